"""A resource server before a real bridge: keys rotate, the bridge goes away, kids are made up."""

import json
import re
import runpy
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import jwt
import pytest

from elements_bridge.keyring import KeyringFile, new_keyring_file
from elements_bridge.settings import Settings
from link_kernel.auth.access_token import AccessTokenVerifier
from link_kernel.auth.authenticator import (
    AuthorizationHeader,
    UnverifiedCredentials,
    VerifiedCredentials,
)
from link_kernel.auth.dpop import DpopNonces, ProofVerifier
from link_kernel.auth.remote_authenticator import RemoteAuthenticator
from link_kernel.clock import SystemClock
from link_kernel.errors import InvalidDpopProof, TokenInvalid, UpstreamUnavailable
from link_kernel.ids import to_base64url
from link_kernel.keys.jwks_cache import COOLDOWN_S, JwksCache
from link_kernel.keys.keyring_file import write_keyring
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.web.jwks_client import HttpJwksSource, open_jwks_client
from tests.elements_bridge.faults.test_keyring_reload import (
    BY_KID,
    WAIT_MS,
    Deployment,
    deployed,
    kid_of,
)
from tests.support.clients.bridge_client import (
    API,
    MINUTE_MS,
    SECOND_MS,
    BridgeClient,
    Json,
    granted,
    running_bridge,
    settings_for,
)
from tests.support.frame_key import FrameKey
from tests.support.issuer import Counted
from tests.support.time_machine import MovableClock, TimeMachine

PAGE = Path(__file__).parents[2] / "docs/resource-server.md"
SECRETS = SecretRing({1: b"s" * 32}, active=1)
URL = "https://api.cimplify.io/v1/link/addresses"


@dataclass
class ResourceServer:
    """What a service that takes elements tokens holds."""

    guard: RemoteAuthenticator
    source: Counted | None = None

    @property
    def asked(self) -> int:
        """How often it asked the bridge for its keys."""
        assert self.source is not None
        return self.source.asked

    async def authenticate(self, token: str, *, key: FrameKey | None = None) -> VerifiedCredentials:
        """Take a call with a token, proved with a key where there is one."""
        credential = AuthorizationHeader("bearer" if key is None else "dpop", token)
        proof = None if key is None else key.proof(URL, method="GET", token=token)
        return await self.guard.authenticate(
            UnverifiedCredentials(credential, proof, "GET", frozenset({URL}))
        )

    async def admit_grant(self, grant: Json) -> None:
        """Take a call with a grant's token, which is genuine."""
        admitted = await self.authenticate(grant["access_token"])
        assert admitted.access.session_id == grant["session"]["id"]


def jwks_url_of(bridge: BridgeClient) -> str:
    """Return where a bridge publishes its keys."""
    return str(bridge.http.make_url(f"{API}/jwks.json"))


@asynccontextmanager
async def resource_server(
    bridge: BridgeClient, settings: Settings, clock: MovableClock
) -> AsyncIterator[ResourceServer]:
    """Open a resource server that knows the bridge's URL and nothing else of it.

    The clock is that of its keys alone: tokens are dated by Redis, whose clock cannot be set.
    """
    async with open_jwks_client() as client:
        source = Counted(HttpJwksSource(client, jwks_url_of(bridge)))
        nonces = DpopNonces(SECRETS, SystemClock())
        verifier = AccessTokenVerifier(
            keys={},
            issuer=settings.issuer,
            audience=settings.audience,
            mode=settings.mode,
            clock=SystemClock(),
        )
        async with JwksCache(source, clock) as keys:
            yield ResourceServer(
                RemoteAuthenticator(keys, verifier, ProofVerifier(nonces, SystemClock())), source
            )


@pytest.fixture
def settings(redis_url: str, keyring: KeyringFile) -> Settings:
    """Settings of a live bridge."""
    return settings_for(redis_url, keyring)


@pytest.fixture
async def server(
    bridge: BridgeClient, settings: Settings, clock: MovableClock
) -> AsyncIterator[ResourceServer]:
    """A resource server before the usual bridge."""
    async with resource_server(bridge, settings, clock) as found:
        yield found


@pytest.fixture
async def here(
    settings: Settings, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[Deployment]:
    """A bridge whose keyring is a file."""
    path = tmp_path / "keyring.json"
    write_keyring(path, new_keyring_file())
    async with deployed(settings, path, clock) as deployment:
        yield deployment


async def test_tokens_of_the_bridge_are_admitted_by_its_published_keys(
    server: ResourceServer, bridge: BridgeClient
) -> None:
    await server.admit_grant(await bridge.init())
    key = FrameKey()
    bound = (await replace(bridge, frame_key=key).init())["access_token"]
    admitted = await server.authenticate(bound, key=key)
    assert admitted.proof is not None
    with pytest.raises(InvalidDpopProof):
        await server.authenticate(bound)
    with pytest.raises(InvalidDpopProof):
        await server.authenticate(bound, key=FrameKey())
    assert server.asked == 1


async def test_the_guard_that_the_docs_write_down_is_one(
    bridge: BridgeClient, tmp_path: Path
) -> None:
    (program,) = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "sample.py").write_text(program, "utf-8")
    elements_guard = runpy.run_path(str(tmp_path / "sample.py"))["elements_guard"]
    async with elements_guard(jwks_url_of(bridge), SECRETS) as guard:
        grant = await bridge.init()
        await ResourceServer(guard).admit_grant(grant)


async def test_a_token_of_the_other_mode_is_invalid(
    bridge: BridgeClient, settings: Settings, clock: MovableClock
) -> None:
    other = settings.model_copy(update={"mode": "test"})
    async with resource_server(bridge, other, clock) as server:
        with pytest.raises(TokenInvalid):
            await server.authenticate((await bridge.init())["access_token"])


@pytest.mark.parametrize("calls_between", [True, False])
async def test_attack_44_the_bridge_rotates_its_keys_and_no_honest_token_is_refused(
    here: Deployment,
    settings: Settings,
    clock: MovableClock,
    time_machine: TimeMachine,
    *,
    calls_between: bool,
) -> None:
    kids = set()
    async with resource_server(here.http, settings, clock) as server:
        grant = await here.http.init()
        await server.admit_grant(grant)
        for _ in range(3):
            here.rotate()
            for _ in range(4):
                grant = await granted(await here.http.refresh(grant["refresh_token"]))
                if calls_between:
                    await server.admit_grant(grant)
                await time_machine.forward(WAIT_MS // 4)
            here.rotate()
            await server.admit_grant(grant)
            grant = await granted(await here.http.refresh(grant["refresh_token"]))
            await server.admit_grant(grant)
            kids.add(kid_of(grant["access_token"]))
    assert len(kids) == 3


async def test_a_key_that_signs_at_once_is_known_after_the_cooldown_and_the_removed_one_gone(
    here: Deployment, settings: Settings, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """The emergency of docs/keys.md: `rotate --now`, `retire --now`."""
    async with resource_server(here.http, settings, clock) as server:
        leaked = await here.http.init()
        await server.admit_grant(leaked)
        here.keys.rotate(here.path, now=True)
        here.remove(BY_KID, kid_of(leaked["access_token"]))
        grant = await here.http.init()
        with pytest.raises(TokenInvalid):
            await server.authenticate(grant["access_token"])
        await time_machine.forward(COOLDOWN_S * SECOND_MS)
        await server.admit_grant(grant)
        with pytest.raises(TokenInvalid):
            await server.authenticate(leaked["access_token"])
    assert server.asked == 2


async def test_attack_43_a_bridge_that_is_gone_ends_no_token_and_a_new_key_is_no_401(
    settings: Settings, clock: MovableClock
) -> None:
    async with AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(running_bridge(settings, clock))
        server = await stack.enter_async_context(resource_server(bridge, settings, clock))
        new_server = await stack.enter_async_context(resource_server(bridge, settings, clock))
        grant, later = await bridge.init(), await bridge.init()
        await server.admit_grant(grant)
        await bridge.http.close()

        for _ in range(11):
            clock.ahead_ms += 60 * MINUTE_MS
            await server.admit_grant(grant)
            await server.admit_grant(later)
            with pytest.raises(UpstreamUnavailable):
                await server.authenticate(forged(grant["access_token"]))
        assert server.asked == 1 + 11
        with pytest.raises(UpstreamUnavailable):
            await new_server.authenticate(grant["access_token"])


async def test_attack_43_ten_thousand_random_kids_make_at_most_one_fetch_per_cooldown(
    server: ResourceServer, bridge: BridgeClient, clock: MovableClock
) -> None:
    grant = await bridge.init()
    for asked in (1, 2):
        for _ in range(5_000):
            with pytest.raises(TokenInvalid):
                await server.authenticate(forged(grant["access_token"]))
        await server.admit_grant(grant)
        assert server.asked == asked
        clock.ahead_ms += COOLDOWN_S * SECOND_MS


def forged(token: str) -> str:
    """Return the token under a made-up kid."""
    header = {**jwt.get_unverified_header(token), "kid": secrets.token_urlsafe(16)}
    return f"{to_base64url(json.dumps(header).encode())}.{token.partition('.')[2]}"
