"""Drives a real bridge over HTTP as a merchant page and a frame would."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import jwt
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from elements_bridge.app import open_bridge
from elements_bridge.businesses.store import RedisBusinesses, ReloadPolicy, StoredBusiness
from elements_bridge.keyring import KeyringFile
from elements_bridge.settings import Settings
from link_kernel.clock import Clock
from link_kernel.ids import to_base64url
from link_kernel.sessions.records import Mode
from link_kernel.web.application import new_application
from tests.support.clients.link_client import BRIDGE_TOKEN
from tests.support.clients.whole_response import WholeResponse
from tests.support.frame_key import FrameKey
from tests.support.servers.production_server import ProductionTestServer

SHOP = "https://shop.example"
LINK = "https://link.cimplify.io"
BUSINESS = "bus_0123456789abcdef"
API = "/v1/link/elements"
NOBODY = "http://127.0.0.1:9"

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS

# Every test calls from loopback, and mostly for one business: its limits are tests of their own.
ROOMY = {
    f"limit_{name}": 100_000
    for name in (
        *("bootstrap", "init", "guests", "guests_crowd"),
        *("refresh", "calls", "session_calls", "refused_calls"),
    )
}

Json = dict[str, Any]


def new_key() -> str:
    """Return a fresh `Idempotency-Key`."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Verifier:
    """A frame's PKCE pair (RFC 7636)."""

    text: str
    challenge: str

    @classmethod
    def new(cls) -> Self:
        """Return a new random verifier with its challenge."""
        text = to_base64url(secrets.token_bytes(32))
        return cls(text, to_base64url(hashlib.sha256(text.encode()).digest()))


@dataclass
class BridgeClient:
    """One bridge and the calls that pages and frames make.

    With a `frame_key` every call of a frame carries a proof, and its tokens are bound. Pages are of
    `page` and for `business_id`.
    """

    http: TestClient[Any, Any]
    frame_key: FrameKey | None = None
    page: str = SHOP
    business_id: str = BUSINESS

    async def post(
        self,
        route: str,
        body: object,
        *,
        origin: str | None = LINK,
        key: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ClientResponse:
        """Post JSON to a route below `/v1/link/elements`."""
        sent = dict(headers or {})
        if origin is not None:
            sent["Origin"] = origin
        if key is not None:
            sent["Idempotency-Key"] = key
        if token is not None:
            scheme = "Bearer" if self.frame_key is None or token.startswith("lnk_") else "DPoP"
            sent["Authorization"] = f"{scheme} {token}"
        if self.frame_key is not None and origin == LINK:
            proved = token or spent_by(body)
            sent.setdefault("DPoP", self.frame_key.proof(url_of(route), token=proved))
        return await self.http.post(f"{API}/{route}", json=body, headers=sent)

    async def bootstrap(
        self, challenge: str, *, element: str = "payment", token: str | None = None
    ) -> str:
        """Return a bootstrap token for a frame of the shop."""
        response = await self.post(
            f"bootstrap?business_id={self.business_id}",
            {"element": element, "code_challenge": challenge},
            origin=self.page,
            token=token,
        )
        return str((await granted(response))["bootstrap_token"])

    async def init_body(self, *, element: str = "payment", token: str | None = None) -> Json:
        """Return a body for `init` with a fresh bootstrap token."""
        verifier = Verifier.new()
        return {
            "bootstrap_token": await self.bootstrap(
                verifier.challenge, element=element, token=token
            ),
            "code_verifier": verifier.text,
            "business_id": self.business_id,
            "element": element,
            "parent_origin": self.page,
        }

    async def init(self, *, element: str = "payment", token: str | None = None) -> Json:
        """Run the handshake and return its `TokenGrant`."""
        body = await self.init_body(element=element, token=token)
        return await granted(await self.post("init", body, key=new_key()))

    async def refresh(self, refresh_token: str, key: str | None = None) -> ClientResponse:
        """Spend a refresh token."""
        return await self.post("refresh", {"refresh_token": refresh_token}, key=key or new_key())


def spent_by(body: object) -> str | None:
    """Return the bootstrap or refresh token that a body spends, which its proof names."""
    fields = body if isinstance(body, dict) else {}
    return fields.get("refresh_token") or fields.get("bootstrap_token")


def url_of(route: str) -> str:
    """Return the URL of a route on the elements origin, without its query."""
    return f"{LINK}{API}/{route.partition('?')[0]}"


async def granted(response: ClientResponse) -> Json:
    """Return `data` of a success; fail with the body for anything else."""
    body = await response.json()
    assert response.status == 200, body
    assert body["success"] is True
    data: Json = body["data"]
    return data


def claims_of(grant: Json) -> Json:
    """Return the claims of a grant's access token."""
    claims: Json = jwt.decode(grant["access_token"], options={"verify_signature": False})
    return claims


async def outcome_of(response: ClientResponse) -> tuple[str, str]:
    """Return `X-Refresh-Outcome` and the successor of a refresh."""
    grant = await granted(response)
    return response.headers["X-Refresh-Outcome"], grant["refresh_token"]


async def refusal(response: ClientResponse) -> tuple[int, str]:
    """Return status and code of an error, after checking the envelope."""
    body = await response.json()
    assert body["success"] is False, body
    assert set(body) == {"success", "error"}
    assert {"code", "message", "retryable"} <= set(body["error"])
    assert response.headers["X-Request-Id"]
    return response.status, body["error"]["code"]


def settings_for(redis_url: str, keyring: KeyringFile, **overrides: object) -> Settings:
    """Return settings of a live bridge; nothing listens at its auth service unless overridden."""
    values: dict[str, object] = {
        "redis_url": redis_url,
        "keyring": SecretStr(keyring.model_dump_json()),
        "auth_service_url": NOBODY,
        "auth_service_token": BRIDGE_TOKEN,
        **ROOMY,
        **overrides,
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def running_bridge(
    settings: Settings, clock: Clock, *, port: int | None = None
) -> AsyncIterator[BridgeClient]:
    """Serve a bridge, on a free port unless said; the shop is listed for the business."""
    async with open_bridge(settings, clock=clock) as bridge:
        await configure(bridge.internal.businesses, mode=settings.mode)
        root = new_application(bridge.metrics)
        bridge.mount_public(root)
        async with TestClient(
            ProductionTestServer(root, port=port), response_class=WholeResponse
        ) as http:
            yield BridgeClient(http)


async def list_shop(businesses: RedisBusinesses) -> None:
    """Make the shop a listed origin of the business."""
    await configure(businesses)


async def configure(
    businesses: RedisBusinesses,
    *origins: str,
    business_id: str = BUSINESS,
    state: Literal["enabled", "disabled"] = "enabled",
    mode: Mode = "live",
    country: str = "",
    reload: ReloadPolicy = "forget",
) -> None:
    """Write a business, replacing any former one; without `origins` it lists the shop."""
    held = await businesses.get(business_id)
    version = held.version if held else 0
    listed = origins or (SHOP,)
    written = StoredBusiness(
        business_id, "Shop", state, mode, listed, version, country=country, reload=reload
    )
    assert await businesses.put(written)
