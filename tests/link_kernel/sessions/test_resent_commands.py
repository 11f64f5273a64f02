"""Idempotency of the scripts: redis-py retries a command whose reply was lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from redis.asyncio import Redis

from link_kernel.ids import new_id
from link_kernel.redis.scripts import lua_source
from link_kernel.sessions.outcomes import (
    CreateOutcome,
    Lifetimes,
    ProofUse,
    RotateOutcome,
    SessionStatus,
    UpgradeOutcome,
)
from link_kernel.sessions.records import (
    ElementsSession,
    Identity,
    NewElementsSession,
    SessionKey,
)
from link_kernel.sessions.store import SessionStore
from tests.support.link_login import log_in
from tests.support.servers.detours import connect_through
from tests.support.servers.lossy_proxy import LossyProxy
from tests.support.servers.topologies import RedisServer

PACKAGE = "link_kernel.sessions"
LIFETIMES = Lifetimes(600_000, 3_600_000)


@pytest.fixture
def proxy() -> LossyProxy:
    """A proxy before the servers of the test Redis; see `LossyProxy`."""
    return LossyProxy()


@pytest.fixture
async def store(
    proxy: LossyProxy, redis_server: RedisServer, redis: Redis
) -> AsyncIterator[SessionStore]:
    """The session store behind the proxy, scripts loaded, with production's connection options."""
    async with connect_through(proxy, redis_server) as through:
        for script in (files(PACKAGE) / "lua").iterdir():
            if script.is_file():
                await through.script_load(lua_source(PACKAGE, Path(script.name).stem))
        yield SessionStore(through)


def new_guest() -> NewElementsSession:
    """Return a new session of a guest."""
    return NewElementsSession(
        new_id("els"), Identity(), "bus_demo", "auth", "https://shop.example", 1
    )


async def created(store: SessionStore) -> SessionKey:
    """Create a session without losing a reply."""
    new = new_guest()
    found = await store.create(new, lifetimes=LIFETIMES, key_hash="k0", may_create=True)
    assert found.outcome is CreateOutcome.CREATED
    return new.session_key


async def rotate(store: SessionStore, at: SessionKey, generation: int, key: str) -> RotateOutcome:
    """Refresh with a generation."""
    found = await store.rotate(at, generation=generation, key_hash=key, secret_version=1)
    return found.outcome


async def test_a_resent_create_finds_its_own_session(
    store: SessionStore, proxy: LossyProxy
) -> None:
    await created(store)
    new = new_guest()
    proxy.lose_next = True
    found = await store.create(new, lifetimes=LIFETIMES, key_hash="k", may_create=True)
    assert (proxy.lost, found.outcome) == (1, CreateOutcome.REPEATED)


async def test_a_resent_rotation_gives_the_same_successor(
    store: SessionStore, proxy: LossyProxy
) -> None:
    at = await created(store)
    assert await rotate(store, at, 0, "k1") is RotateOutcome.ROTATED

    proxy.lose_next = True
    assert await rotate(store, at, 1, "k2") is RotateOutcome.REPLAYED

    assert proxy.lost == 1
    assert await rotate(store, at, 2, "k3") is RotateOutcome.ROTATED


async def test_a_resent_theft_is_still_called_theft(store: SessionStore, proxy: LossyProxy) -> None:
    at = await created(store)
    assert await rotate(store, at, 0, "k1") is RotateOutcome.ROTATED

    proxy.lose_next = True
    assert await rotate(store, at, 0, "thief") is RotateOutcome.REUSED

    assert proxy.lost == 1
    assert await rotate(store, at, 1, "k2") is RotateOutcome.REVOKED


async def test_a_resent_upgrade_is_still_an_upgrade(store: SessionStore, proxy: LossyProxy) -> None:
    at, new = await created(store), await created(store)
    first, second = await created(store), await created(store)
    await store.upgrade(first, request_mac="m", upgraded_to=second)

    proxy.lose_next = True
    assert await store.upgrade(at, request_mac="m", upgraded_to=new) is UpgradeOutcome.UPGRADED
    assert proxy.lost == 1


async def test_a_resent_end_stays_an_end(
    store: SessionStore, proxy: LossyProxy, redis: Redis
) -> None:
    at, login = await created(store), await log_in(redis)
    await store.end(await created(store), reason="logout")
    await store.end_link_session("cus_x", "lses_x")

    proxy.lose_next = True
    await store.end(at, reason="logout")
    assert await rotate(store, at, 0, "k1") is RotateOutcome.REVOKED

    proxy.lose_next = True
    await store.end_link_session(login.customer_id, login.link_session_id)
    assert await store.find_link_session(login.token) is None
    assert proxy.lost == 2


async def test_a_resent_refresh_with_a_proof_is_one_request(
    store: SessionStore, proxy: LossyProxy
) -> None:
    new = replace(new_guest(), jkt="jkt")
    born = ProofUse("jkt", "jti 0", "k0")
    proxy.lose_next = True
    found = await store.create(new, lifetimes=LIFETIMES, key_hash="k0", may_create=True, proof=born)
    assert (proxy.lost, found.outcome) == (1, CreateOutcome.REPEATED)

    proxy.lose_next = True
    rotated = await store.rotate(
        new.session_key,
        generation=0,
        key_hash="k1",
        secret_version=1,
        proof=ProofUse("jkt", "jti 1", "k1"),
    )
    assert (proxy.lost, rotated.outcome) == (2, RotateOutcome.REPLAYED)


async def test_a_resent_claim_of_a_proof_is_the_same_claim(
    store: SessionStore, proxy: LossyProxy
) -> None:
    claim = ProofUse("jkt", "jti", "request")
    proxy.lose_next = True
    assert await store.record_proof_use("cus_x", claim)
    assert proxy.lost == 1
    assert not await store.record_proof_use("cus_x", claim._replace(request_hash="another"))


async def test_a_resent_create_ends_one_session_for_its_room(
    store: SessionStore, proxy: LossyProxy, redis: Redis
) -> None:
    login = await log_in(redis)
    who = Identity(login.customer_id, "acc", login.link_session_id, ("otp",), 0)

    async def create() -> ElementsSession:
        new = replace(new_guest(), identity=who)
        found = await store.create(new, lifetimes=LIFETIMES, key_hash="k", may_create=True)
        assert found.session is not None
        return found.session

    before = [await create() for _ in range(50)]
    proxy.lose_next = True
    newest = await create()

    assert proxy.lost == 1
    outcomes = [(await store.read(one.session_key)).outcome for one in (*before, newest)]
    (ended,) = [one for one, outcome in zip(before, outcomes, strict=False) if outcome != "live"]
    assert newest.evicted == ended.id
    assert outcomes.count(SessionStatus.REVOKED) == 1
