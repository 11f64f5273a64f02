"""The driver resends a command whose reply was lost: an unproved contact still counts once."""

import pytest
from redis.asyncio import Redis

from link_api.auth.codes import redis_keys
from link_api.auth.codes.records import CodeBounds, CountedAt, Full
from link_api.auth.codes.unproved import RedisUnproved, Unproved
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog

PHONE = Unproved("contact", is_phone=True, network="network", site="site")
COUNTS = (
    redis_keys.MESSAGES_UNPROVED,
    redis_keys.messages_of_site("site"),
    redis_keys.messages_to_phone("contact"),
)


@pytest.fixture
def counts(redis: Redis) -> RedisUnproved:
    """A deployment of 10 messages an hour, so 2 of one site."""
    return RedisUnproved(redis, CodeBounds(messages_hourly=10), SecurityLog(Metrics()))


async def test_a_message_admitted_twice_is_one(counts: RedisUnproved, redis: Redis) -> None:
    """By one call; another call is another message."""
    for _ in range(3):
        assert await counts.admit(PHONE, call="first") is None
    assert [await redis.zcard(key) for key in COUNTS] == [1, 1, 1]

    assert await counts.admit(PHONE, call="second") is None
    for call in ("first", "second"):
        assert await counts.admit(PHONE, call=call) is None, "its own message keeps it out"
    for _ in range(2):
        assert isinstance(await counts.admit(PHONE, call="third"), Full)
    assert [await redis.zcard(key) for key in COUNTS] == [2, 2, 2]


async def test_a_phone_released_twice_is_counted_as_proved_once(
    counts: RedisUnproved, redis: Redis
) -> None:
    """Its messages make room; those of another phone stay."""
    other = Unproved("other", is_phone=True, network="network", site="site")
    prover = Unproved("contact", is_phone=True, network="elsewhere", site="elsewhere")
    await counts.admit(PHONE, call="first")
    await counts.admit(other, call="second")
    for _ in range(2):
        await counts.release(prover, (CountedAt("network", "site"), CountedAt("never", "never")))

    assert await redis.zrange(redis_keys.MESSAGES_UNPROVED, 0, -1) == ["second"]
    assert await redis.zrange(redis_keys.MESSAGES_PROVED, 0, -1) == ["first"]
    assert await redis.zrange(redis_keys.contacts_asked("network"), 0, -1) == ["other"]
    assert await redis.zrange(redis_keys.messages_of_site("site"), 0, -1) == ["second"]


async def test_an_event_whose_reply_was_lost_is_told_by_the_resent_command(
    counts: RedisUnproved, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """And by no other call of that hour."""
    for step in range(9):
        asking = Unproved(f"c{step}", is_phone=True, network=f"n{step}", site=f"s{step}")
        await counts.admit(asking, call=f"call{step}")
        if step == 7:
            assert len(caplog.records) == 1
            await counts.admit(asking, call=f"call{step}")

    assert [getattr(record, "event", "") for record in caplog.records] == ["otp_hourly_near"] * 2
