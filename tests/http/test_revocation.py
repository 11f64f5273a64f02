"""A revocation holds whatever becomes of Redis, and is announced even if the first try failed."""

from typing import cast

from redis.asyncio import Redis
from redis.typing import EncodableT

from link_kernel import keyspace
from tests.bridge_client import BridgeClient, granted, refusal
from tests.redis_content import announced_ids


async def test_a_logout_that_could_not_be_announced_is_503_and_its_repeat_announces(
    bridge: BridgeClient, redis: Redis
) -> None:
    grant = await bridge.init()
    await redis.set(keyspace.REVOCATIONS, "no stream", ex=100)
    body, token = {"scope": "element"}, grant["access_token"]
    answer = await bridge.post("logout", body, token=token)
    assert (503, "STORE_UNAVAILABLE") == await refusal(answer)

    await redis.delete(keyspace.REVOCATIONS)
    assert await granted(await bridge.post("logout", body, token=token)) == {"revoked": 0}
    assert set(await announced_ids(redis)) == {grant["session"]["id"]}


async def test_reuse_is_announced(bridge: BridgeClient, redis: Redis) -> None:
    first = await bridge.init()
    await granted(await bridge.refresh(first["refresh_token"]))
    theft = await bridge.refresh(first["refresh_token"])
    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)
    assert set(await announced_ids(redis)) == {first["session"]["id"]}


async def test_a_revocation_that_redis_lost_still_holds_and_is_written_again(
    bridge: BridgeClient, redis: Redis
) -> None:
    grant = await bridge.init()
    session_id = grant["session"]["id"]
    key = keyspace.elements_session(session_id, session_id)
    before = cast("dict[EncodableT, EncodableT]", await redis.hgetall(key))
    await bridge.post("logout", {"scope": "element"}, token=grant["access_token"])
    await redis.hset(key, mapping=before)

    late = await bridge.refresh(grant["refresh_token"])

    assert (401, "SESSION_REVOKED") == await refusal(late)
    assert await redis.hget(key, "status") == "revoked"
