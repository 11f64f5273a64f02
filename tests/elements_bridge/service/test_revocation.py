"""A revocation holds whatever becomes of Redis, and is announced even if the first try failed."""

from typing import cast

from redis.asyncio import Redis
from redis.typing import EncodableT

from elements_bridge.keyring import KeyringFile
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    BUSINESS,
    BridgeClient,
    claims_of,
    granted,
    new_key,
    refusal,
    settings_for,
)
from tests.support.clients.bridge_sign_in import PHONE, ask, sign_in
from tests.support.clients.internal_client import INTERNAL_TOKEN, running_both_listeners
from tests.support.clients.link_client import Outbox
from tests.support.link_login import LinkLogin
from tests.support.redis_content import announced_ids
from tests.support.time_machine import MovableClock
from tests.support.waiting import until


async def test_a_logout_that_could_not_be_announced_is_503_and_its_repeat_announces(
    bridge: BridgeClient, redis: Redis
) -> None:
    grant = await bridge.init()
    await redis.set(redis_keys.REVOCATIONS, "no stream", ex=100)
    body, token = {"scope": "element"}, grant["access_token"]
    answer = await bridge.post("logout", body, token=token)
    assert (503, "STORE_UNAVAILABLE") == await refusal(answer)

    await redis.delete(redis_keys.REVOCATIONS)
    assert await granted(await bridge.post("logout", body, token=token)) == {"revoked": 0}
    assert set(await announced_ids(redis)) == {grant["session"]["id"]}


async def test_reuse_is_announced(bridge: BridgeClient, redis: Redis) -> None:
    first = await bridge.init()
    await granted(await bridge.refresh(first["refresh_token"]))
    theft = await bridge.refresh(first["refresh_token"])
    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)
    assert set(await announced_ids(redis)) == {first["session"]["id"]}


async def test_a_reuse_without_end_adds_nothing_to_the_stream(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, redis: Redis
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        bridge, key = both_listeners.public, new_key()
        first = await bridge.init()
        session_id = first["session"]["id"]
        await granted(await bridge.refresh(first["refresh_token"]))
        for _ in range(20):
            theft = await bridge.refresh(first["refresh_token"], key)
            assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)
            await until(lambda: both_listeners.bridge.feed.is_revoked(session_id, None))
    assert await announced_ids(redis) == [session_id]


async def test_a_reuse_that_could_not_be_announced_is_503_and_its_repeat_announces(
    bridge: BridgeClient, redis: Redis
) -> None:
    first, key = await bridge.init(), new_key()
    await granted(await bridge.refresh(first["refresh_token"]))
    await redis.set(redis_keys.REVOCATIONS, "no stream", ex=100)
    theft = await bridge.refresh(first["refresh_token"], key)
    assert (503, "STORE_UNAVAILABLE") == await refusal(theft)

    await redis.delete(redis_keys.REVOCATIONS)
    theft = await bridge.refresh(first["refresh_token"], key)
    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)
    assert set(await announced_ids(redis)) == {first["session"]["id"]}


async def test_a_revocation_that_redis_lost_still_holds_and_is_written_again(
    bridge: BridgeClient, redis: Redis
) -> None:
    grant = await bridge.init()
    session_id = grant["session"]["id"]
    key = redis_keys.elements_session(session_id, session_id)
    before = cast("dict[EncodableT, EncodableT]", await redis.hgetall(key))
    await bridge.post("logout", {"scope": "element"}, token=grant["access_token"])
    await redis.hset(key, mapping=before)

    late = await bridge.refresh(grant["refresh_token"])

    assert (401, "SESSION_REVOKED") == await refusal(late)
    assert await redis.hget(key, "status") == "revoked"


async def test_a_lost_revocation_that_could_not_be_announced_is_announced_by_the_repeat(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, redis: Redis
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        bridge = both_listeners.public
        grant = await bridge.init()
        session_id = grant["session"]["id"]
        key = redis_keys.elements_session(session_id, session_id)
        before = cast("dict[EncodableT, EncodableT]", await redis.hgetall(key))
        await bridge.post("logout", {"scope": "element"}, token=grant["access_token"])
        await both_listeners.heard(session_id)
        await redis.hset(key, mapping=before)
        await redis.delete(redis_keys.REVOCATIONS)
        await redis.client_kill_filter(_type="normal", skipme=True)
        await until(lambda: not both_listeners.bridge.feed.is_published(session_id))
        await redis.set(redis_keys.REVOCATIONS, "no stream", ex=100)
        late = await bridge.refresh(grant["refresh_token"])
        assert (503, "STORE_UNAVAILABLE") == await refusal(late)

        await redis.delete(redis_keys.REVOCATIONS)
        for _ in range(2):
            late = await bridge.refresh(grant["refresh_token"])
            assert (401, "SESSION_REVOKED") == await refusal(late)
            await until(lambda: both_listeners.bridge.feed.is_published(session_id))
        assert set(await announced_ids(redis)) == {session_id}


async def names_announced_by(redis: Redis, *names: str) -> bool:
    """Tell whether all of these were announced."""
    return set(names) <= set(await announced_ids(redis))


async def test_attack_36_what_ends_on_one_bridge_is_refused_on_another(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock, login: LinkLogin
) -> None:
    settings = settings_for(redis_url, keyring, internal_token=INTERNAL_TOKEN)
    async with (
        running_both_listeners(settings, clock) as here,
        running_both_listeners(settings, clock) as there,
    ):
        grant = await here.public.init(token=login.token)
        token, session_id = grant["access_token"], grant["session"]["id"]
        assert (await there.authorize(token)).status == 200

        await granted(await here.public.post("logout", {"scope": "element"}, token=token))

        await until(lambda: there.bridge.feed.is_revoked(session_id, None))
        assert (401, "SESSION_REVOKED") == await refusal(await there.authorize(token))


async def test_a_revoked_login_is_refused_by_its_elements_lsid(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, login: LinkLogin, redis: Redis
) -> None:
    settings = settings_for(redis_url, keyring, internal_token=INTERNAL_TOKEN)
    async with running_both_listeners(settings, clock) as both_listeners:
        grant = await both_listeners.public.init(token=login.token)
        assert (await both_listeners.authorize(grant["access_token"])).status == 200
        await both_listeners.revoke({"link_session_id": login.link_session_id})
        await until(lambda: both_listeners.bridge.feed.is_revoked("", login.link_session_id))
        refused = await both_listeners.authorize(grant["access_token"])
        assert (401, "SESSION_REVOKED") == await refusal(refused)


async def test_a_customers_logout_names_every_session_and_the_repeat_names_what_was_not_heard(
    signing_bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    bridge = signing_bridge
    grant = await sign_in(bridge, outbox, await bridge.init())
    claims = claims_of(grant)
    await redis.delete(redis_keys.REVOCATIONS)
    await redis.set(redis_keys.REVOCATIONS, "no stream", ex=100)
    body, token = {"scope": "customer"}, grant["access_token"]
    broken = await bridge.post("logout", body, token=token)
    assert (503, "STORE_UNAVAILABLE") == await refusal(broken)

    await redis.delete(redis_keys.REVOCATIONS)
    await granted(await bridge.post("logout", body, token=token))

    assert await names_announced_by(redis, claims["sid"], claims["lsid"])
    index = redis_keys.session_index(claims["sub"])
    assert claims["sid"] not in await redis.zrange(index, 0, -1)


async def test_signing_in_announces_the_session_it_replaces_and_its_repeat_still_answers(
    signing_bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    bridge = signing_bridge
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()
    token = guest["access_token"]
    first = await granted(await bridge.post("verify-otp", body, token=token, key=key))
    assert await names_announced_by(redis, guest["session"]["id"])

    again = await granted(await bridge.post("verify-otp", body, token=token, key=key))

    assert again["refresh_token"] == first["refresh_token"]
    other = await bridge.post("request-otp", PHONE, token=token)
    assert (401, "SESSION_REVOKED") == await refusal(other)


async def test_a_session_that_made_room_is_announced(
    bridge: BridgeClient, login: LinkLogin, redis: Redis
) -> None:
    first = await bridge.init(token=login.token)
    for _ in range(50):
        await bridge.init(token=login.token)
    assert await names_announced_by(redis, first["session"]["id"])


async def test_a_login_seen_as_revoked_gives_no_session_and_no_sibling_whatever_redis_says(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, login: LinkLogin, redis: Redis
) -> None:
    settings = settings_for(redis_url, keyring, internal_token=INTERNAL_TOKEN)
    async with running_both_listeners(settings, clock) as both_listeners:
        bridge = both_listeners.public
        body, grant = (
            await bridge.init_body(token=login.token),
            await bridge.init(token=login.token),
        )
        before = cast("dict[EncodableT, EncodableT]", await redis.hgetall(login.key))
        await both_listeners.revoke({"link_session_id": login.link_session_id})
        await until(lambda: both_listeners.bridge.feed.is_revoked("", login.link_session_id))
        await redis.hset(login.key, mapping=before)  # a failover brought it back
        await redis.expire(login.key, 3600)

        late = await bridge.post("init", body, key=new_key())
        asked = await bridge.post(
            f"bootstrap?business_id={BUSINESS}",
            {"element": "auth", "code_challenge": "a" * 43},
            token=grant["access_token"],
        )
        refreshed = await bridge.refresh(grant["refresh_token"])

        for answer in (late, asked, refreshed):
            assert (401, "SESSION_REVOKED") == await refusal(answer)
    assert not await redis.exists(login.key)


async def test_a_logout_without_end_adds_nothing_to_the_stream(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, redis: Redis
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        grant = await both_listeners.public.init()
        body, token = {"scope": "element"}, grant["access_token"]
        await granted(await both_listeners.public.post("logout", body, token=token))
        await until(lambda: both_listeners.bridge.feed.is_revoked(grant["session"]["id"], None))
        for _ in range(20):
            await granted(await both_listeners.public.post("logout", body, token=token))
    assert await announced_ids(redis) == [grant["session"]["id"]]


async def test_a_bridge_whose_feed_is_stale_is_not_ready_and_serves_on(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, redis: Redis
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        await both_listeners.bridge.feed.__aexit__(None, None, None)
        clock.ahead_ms += 10_500
        ready = await both_listeners.http.get("/readyz")
        assert (ready.status, (await ready.json())["revocations"]) == (503, "stale")
        first = await both_listeners.public.init()
        await granted(await both_listeners.public.refresh(first["refresh_token"]))
