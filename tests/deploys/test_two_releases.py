"""A rollout and a rollback: two releases on one Redis and one database.

What one of them began the other continues, in both directions: what today's began and the older one
continues is a rollback.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.redis import keys as redis_keys
from tests.deploys.deployed import Address, Deployment
from tests.deploys.releases import (
    Place,
    Release,
    rights_of,
    running_release,
    unpacked_release,
)
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.bridge_client import (
    LINK,
    Json,
    configure,
    granted,
    new_key,
    outcome_of,
    refusal,
)
from tests.support.clients.internal_client import RESOURCE
from tests.support.clients.link_client import (
    Asking,
    Customer,
    data_of,
    new_address,
    new_phone,
)
from tests.support.clients.link_client import granted as flat
from tests.support.clients.link_client import refusal as link_refusal
from tests.support.frame_key import FrameKey
from tests.support.servers.commands import SOURCE
from tests.support.servers.hook_receiver import hook_receiver
from tests.support.servers.watched_redis import DebuggableRedis
from tests.support.waiting import until_answered

ADDRESSES: Final = "/v1/link/addresses"
HOUR_MS: Final = 3_600_000


async def a_login_goes_on(here: Release, there: Release) -> None:
    """A code of one is good at the other; so are both tokens, and a lost answer is repeated."""
    phone, asking = new_phone(), Asking(address=new_address(), key=new_key())
    code = await here.link.code_for(phone, asking)
    login = await flat(await there.link.verify_otp(code, phone, asking))
    again = await flat(await here.link.verify_otp(code, phone, asking))
    assert again["session_token"] == login["session_token"]

    key = new_key()
    lost = await flat(await here.link.refresh(login["refresh_token"], key))
    repeated = await flat(await there.link.refresh(login["refresh_token"], key))
    assert repeated["refresh_token"] == lost["refresh_token"]
    last = await flat(await there.link.refresh(repeated["refresh_token"]))

    customers = [
        Customer(release.link, last["session_token"], login["customer_id"])
        for release in (here, there)
    ]
    key = new_key()
    [one, other] = [await ama.post("addresses", HOME, key=key) for ama in customers]
    assert one["id"] == other["id"]
    told = [await ama.get("data") for ama in customers]
    known = set.intersection(*(set(data["customer"]) for data in told))  # the newer one tells more
    for data in told:
        data["customer"] = {name: data["customer"][name] for name in known}
    assert "id" in known
    assert told[0] == told[1]

    assert (await there.link.logout(last["session_token"])).status == 200
    ended = await here.link.call("GET", "data", asking=Asking(token=last["session_token"]))
    assert (401, "UNAUTHENTICATED") == await link_refusal(ended)
    spent = await here.link.refresh(last["refresh_token"])
    assert spent.status == 401


async def a_frame_goes_on(here: Release, there: Release) -> None:
    """The handshake, refreshes and their repeats, and a token that was stolen."""
    key = FrameKey()
    mine, theirs = here.frame(key), there.frame(key)
    body, once = await mine.init_body(), new_key()
    guest = await granted(await theirs.post("init", body, key=once))
    repeated = await granted(await mine.post("init", body, key=once))
    assert repeated["session"]["id"] == guest["session"]["id"]

    once = new_key()
    rotated = await outcome_of(await mine.refresh(guest["refresh_token"], once))
    replayed = await outcome_of(await theirs.refresh(guest["refresh_token"], once))
    assert (rotated[0], replayed) == ("rotated", ("replayed", rotated[1]))
    _, newest = await outcome_of(await theirs.refresh(rotated[1]))

    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(await mine.refresh(rotated[1]))
    assert (401, "SESSION_REVOKED") == await refusal(await theirs.refresh(newest))


async def a_customer_signs_in_and_out(here: Release, there: Release) -> None:
    """The code is asked for at one and verified at the other, whose session the first one ends."""
    key = FrameKey()
    mine, theirs = here.frame(key), there.frame(key)
    guest = await mine.init(element="address")
    contact = {"contact": new_phone(), "contact_type": "phone"}
    await granted(await mine.post("request-otp", contact, token=guest["access_token"]))
    proved, once = {**contact, "otp_code": here.link.outbox.code}, new_key()
    [grant, repeated] = [
        await granted(await frame.post("verify-otp", proved, token=guest["access_token"], key=once))
        for frame in (theirs, mine)
    ]
    assert (grant["session"]["id"], grant["refresh_token"]) == (
        repeated["session"]["id"],
        repeated["refresh_token"],
    )

    token = grant["access_token"]
    for release in (here, there):
        assert await is_authorized(release, token, key)
        assert (await (await release.bridge.introspect(token)).json())["active"] is True
        assert await addresses_of(release, token, key) == []
    ended = await mine.post("logout", {"scope": "customer"}, token=token)
    assert (await granted(ended))["revoked"] >= 1
    await until_refused(there, token, key)
    assert (401, "SESSION_REVOKED") == await refusal(await theirs.refresh(grant["refresh_token"]))


async def an_operator_ends_sessions(here: Release, there: Release) -> None:
    """The other release hears of it by the feed."""
    ama = await there.link.sign_in()
    for body in (
        lambda grant: {"session_id": grant["session"]["id"]},
        lambda _: {"customer_id": ama.id},
    ):
        key = FrameKey()
        grant = await there.frame(key).init(element="address", token=ama.token)
        assert await is_authorized(there, grant["access_token"], key)
        assert (await here.bridge.revoke(body(grant))).status == 200
        await until_refused(there, grant["access_token"], key)


WALKS: Final = (
    a_login_goes_on,
    a_frame_goes_on,
    a_customer_signs_in_and_out,
    an_operator_ends_sessions,
)


async def is_authorized(release: Release, token: str, key: FrameKey) -> bool:
    """Ask a bridge about a call, as a gateway does."""
    answer = await release.bridge.authorize(token, key=key)
    assert answer.status in {200, 401}, await answer.text()
    return answer.status == 200


async def until_refused(release: Release, token: str, key: FrameKey) -> None:
    """Wait until a bridge has heard of the end of a session."""

    async def is_refused() -> bool:
        return not await is_authorized(release, token, key)

    await until_answered(is_refused)


async def addresses_of(release: Release, token: str, key: FrameKey) -> list[Json]:
    """Read a customer's addresses as a frame does."""
    proof = key.proof(RESOURCE, method="GET", token=token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Origin": LINK}
    found: list[Json] = await data_of(await release.link.http.get(ADDRESSES, headers=headers))
    return found


async def an_end_that_was_lost_is_repeated(redis: Redis, here: Release, there: Release) -> None:
    """After a failover, by whoever knows of it: no right is needed that the other lacks."""
    ama, key = await here.link.sign_in(), FrameKey()
    grant = await here.frame(key).init(element="address", token=ama.token)
    stored = redis_keys.elements_session(ama.id, grant["session"]["id"])
    alive: dict[Any, Any] = await redis.hgetall(stored)
    ended = await here.frame(key).post("logout", {"scope": "element"}, token=grant["access_token"])
    assert {"revoked": 1} == await granted(ended)
    await until_refused(there, grant["access_token"], key)

    await redis.delete(stored)
    await redis.hset(stored, mapping=alive)
    await redis.pexpire(stored, HOUR_MS)
    await redis.execute_command("DEBUG", "CHANGE-REPL-ID")  # type: ignore[no-untyped-call]
    await redis.client_kill_filter(_type="normal", skipme=True)

    async def has_ended() -> bool:
        return await redis.hget(stored, "status") == "revoked"

    await until_answered(has_ended)


@pytest.fixture
async def server(production_time_outs: None) -> AsyncIterator[DebuggableRedis]:
    """The Redis of both releases."""
    async with DebuggableRedis() as found:
        yield found


@pytest.fixture
async def redis(server: DebuggableRedis) -> AsyncIterator[Redis]:
    """A client with all rights."""
    async with Redis.from_url(server.url, decode_responses=True) as found:
        yield found


async def urls_with_rights_of(redis: Redis, url: str, source: Path) -> tuple[str, str]:
    """Make users with the rights that a release prints; return the URLs of its services."""
    names = [f"{name}.{new_key()}" for name in ("bridge", "link-api")]
    for words in await rights_of(source, *names):
        await redis.execute_command("ACL", "SETUSER", *words, ">pw")  # type: ignore[no-untyped-call]
    bridge, link_api = [url.replace("://", f"://{name}:pw@") for name in names]
    return bridge, link_api


async def test_what_one_release_began_the_other_goes_on_with(
    redis: Redis, server: DebuggableRedis, postgres_url: str, tmp_path: Path
) -> None:
    """Also where each bridge asks the other's Link API, and each has the other's rights alone.

    Rights change before the programs, or after; bridges are replaced before Link APIs.
    """
    await configure(RedisBusinesses(redis), mode="test")
    deployment, saved = Deployment(server.url, tmp_path), unpacked_release(tmp_path / "saved")
    links = Address(), Address()
    places = [Place(Address(), link, asks) for link, asks in (links, links[::-1])]
    async with hook_receiver() as receiver, AsyncExitStack() as opened:

        async def start(source: Path, whose_rights: Path, at: Place) -> Release:
            urls = await urls_with_rights_of(redis, server.url, whose_rights)
            return await opened.enter_async_context(
                running_release(deployment, source, at, receiver, urls, postgres_url)
            )

        earlier, todays = await asyncio.gather(
            start(saved, SOURCE, places[0]), start(SOURCE, saved, places[1])
        )
        for walk in WALKS:
            await walk(earlier, todays)
            await walk(todays, earlier)
        await an_end_that_was_lost_is_repeated(redis, earlier, todays)
        for process in (*earlier.processes, *todays.processes):
            assert (await process.readiness())[0] == 200
            assert not process.service.heard["store_unavailable"]
