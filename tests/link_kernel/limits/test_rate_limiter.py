"""Rate limiter: sliding windows in Redis, in memory while Redis is down, and never fail-open."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.errors import RateLimited
from link_kernel.limits import rate_limiter
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from tests.support.time_machine import MovableClock, TimeMachine
from tests.support.waiting import next_turn

SECOND = 1_000
TWO = Limit("two", 2)
SOON_S = 10  # 20 calls that each waited for Redis would take twice as long


@pytest.fixture
def metrics() -> Metrics:
    """Metrics of a test's own."""
    return Metrics()


@pytest.fixture
async def windows(
    redis_url: str, clock: MovableClock, metrics: Metrics
) -> AsyncIterator[RateLimiter]:
    """A rate limiter on the test Redis, with the connection options of production."""
    async with connect(redis_url) as client:
        yield RateLimiter(client, clock, metrics)


@pytest.fixture
async def frail(
    own_redis: EmbeddedRedis, clock: MovableClock, metrics: Metrics
) -> AsyncIterator[RateLimiter]:
    """A rate limiter on a Redis that the test may stop."""
    async with connect(own_redis.url) as client:
        yield RateLimiter(client, clock, metrics)


async def admit(windows: RateLimiter, limit: Limit, subject: str) -> None:
    """Count a call here and report it to Redis; raises `RateLimited`."""
    counts = BatchedCounts(windows)
    counts.admit(limit, subject)
    await counts.report()


async def admitted(windows: RateLimiter, limit: Limit = TWO, subject: str = "a") -> bool:
    """Count a call; return whether it was admitted."""
    try:
        await admit(windows, limit, subject)
    except RateLimited:
        return False
    return True


async def wait_told(windows: RateLimiter, limit: Limit = TWO, subject: str = "a") -> int:
    """Make a call over the limit; return the `Retry-After` in seconds."""
    with pytest.raises(RateLimited) as refused:
        await admit(windows, limit, subject)
    assert refused.value.retry_after_s is not None
    return refused.value.retry_after_s


async def limit_keys(redis: Redis) -> list[str]:
    """Return every key of a limit."""
    return [str(key) async for key in redis.scan_iter("link:v1:limit:*")]


async def calls_of_scripts(redis: Redis) -> int:
    """Return how many scripts Redis has run."""
    stats = await redis.info("commandstats")
    return int(stats.get("cmdstat_evalsha", {}).get("calls", 0))


async def test_a_limit_holds_at_its_bound(windows: RateLimiter, metrics: Metrics) -> None:
    assert [await admitted(windows) for _ in range(4)] == [True, True, False, False]
    assert b'link_limited_total{limit="two"} 2.0' in metrics.text()
    assert b"link_limits_kept_locally_total 0.0" in metrics.text()


async def test_names_and_subjects_have_windows_of_their_own(windows: RateLimiter) -> None:
    assert [await admitted(windows) for _ in range(3)] == [True, True, False]

    assert await admitted(windows, subject="b")
    assert await admitted(windows, Limit("other", 2))
    assert not await admitted(windows)


async def test_the_window_moves(windows: RateLimiter, time_machine: TimeMachine) -> None:
    """Calls at 0 and 40 s: at 61 s a fixed window would be empty, this one holds the second."""
    assert await admitted(windows)
    await time_machine.forward(40 * SECOND)
    assert await admitted(windows)
    assert 18 <= await wait_told(windows) <= 20

    await time_machine.forward(21 * SECOND)
    assert await admitted(windows)
    assert 37 <= await wait_told(windows) <= 39


async def test_waiting_as_told_is_enough(windows: RateLimiter, time_machine: TimeMachine) -> None:
    for _ in range(3):
        assert [await admitted(windows) for _ in range(2)] == [True, True]
        await time_machine.forward(await wait_told(windows) * SECOND)


async def test_a_refused_call_does_not_count(
    windows: RateLimiter, time_machine: TimeMachine
) -> None:
    """A client that retries all the time is admitted as soon as the window allows."""
    assert [await admitted(windows) for _ in range(2)] == [True, True]
    for _ in range(11):
        await time_machine.forward(5 * SECOND)
        assert not await admitted(windows)
    await time_machine.forward(6 * SECOND)
    assert [await admitted(windows) for _ in range(3)] == [True, True, False]


async def test_a_full_window_is_remembered_without_asking_redis(
    windows: RateLimiter, redis: Redis, time_machine: TimeMachine
) -> None:
    assert [await admitted(windows) for _ in range(3)] == [True, True, False]
    asked = await calls_of_scripts(redis)

    with pytest.raises(RateLimited):
        windows.refuse_known(TWO, "a")
    assert [await admitted(windows) for _ in range(20)] == [False] * 20
    assert await calls_of_scripts(redis) == asked
    windows.refuse_known(TWO, "b")

    await time_machine.forward(60 * SECOND)
    windows.refuse_known(TWO, "a")
    assert await admitted(windows)


async def test_what_is_remembered_is_bounded(
    windows: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest entry is evicted; the report of its next call finds it full in Redis again."""
    monkeypatch.setattr(rate_limiter, "_MAX_WINDOWS", 2)
    for subject in ("a", "b", "c"):
        assert [await admitted(windows, subject=subject) for _ in range(2)] == [True, True]
        assert not await admitted(windows, subject=subject)

    windows.refuse_known(TWO, "a")
    assert [await admitted(windows) for _ in range(2)] == [True, False]
    assert len(windows._full_until) == 2  # noqa: SLF001  # nothing outside shows it


def admitted_here(windows: RateLimiter, subject: str = "a") -> bool:
    """Count a call in process memory only; return whether it was admitted."""
    try:
        windows.admit_here(TWO, subject)
    except RateLimited:
        return False
    return True


async def test_what_is_counted_here_never_touches_redis_and_fills_the_subjects_window(
    windows: RateLimiter, redis: Redis, clock: MovableClock, metrics: Metrics
) -> None:
    asked = await calls_of_scripts(redis)
    assert [admitted_here(windows) for _ in range(2)] == [True, True]
    clock.ahead_ms += 40 * SECOND
    assert [admitted_here(windows) for _ in range(2)] == [False, False]
    assert not await admitted(windows)
    assert 18 <= await wait_told(windows) <= 20
    assert admitted_here(windows, "b")
    assert await calls_of_scripts(redis) == asked
    assert b"link_limits_kept_locally_total 0.0" in metrics.text()

    clock.ahead_ms += 20 * SECOND
    assert await admitted(windows)
    assert [admitted_here(windows) for _ in range(2)] == [True, False]


async def test_calls_of_an_earlier_minute_do_not_count_here(
    windows: RateLimiter, clock: MovableClock
) -> None:
    assert admitted_here(windows)
    clock.ahead_ms += 60 * SECOND
    assert [admitted_here(windows) for _ in range(3)] == [True, True, False]


async def test_what_is_counted_here_is_bounded(
    windows: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry of the longest-idle client is evicted first."""
    monkeypatch.setattr(rate_limiter, "_MAX_WINDOWS", 2)
    for subject in ("a", "b", "a", "c"):
        assert admitted_here(windows, subject)
    assert not admitted_here(windows, "a")
    assert [admitted_here(windows, "b") for _ in range(3)] == [True, True, False]


async def test_a_key_names_its_limit_and_expires_with_the_window(
    windows: RateLimiter, redis: Redis
) -> None:
    await admit(windows, TWO, "a")

    assert await limit_keys(redis) == ["link:v1:limit:two/a/2/60/second"]
    assert 0 < await redis.pttl("link:v1:limit:two/a/2/60/second") <= 60 * SECOND


async def test_a_dead_redis_leaves_the_limit_to_this_process(
    frail: RateLimiter, own_redis: EmbeddedRedis, clock: MovableClock, metrics: Metrics
) -> None:
    """The limiter never fails open, and uses Redis again a second after its return."""
    assert await admitted(frail)
    await own_redis.kill()
    assert [await admitted(frail) for _ in range(3)] == [True, False, False]
    assert b"link_limits_kept_locally_total 1.0" in metrics.text()

    await own_redis.restart()
    clock.ahead_ms += SECOND
    assert await admitted(frail, subject="b")
    async with Redis.from_url(own_redis.url) as redis:
        assert len(await limit_keys(redis)) == 1
    assert b"link_limits_kept_locally_total 1.0" in metrics.text()


async def test_a_window_of_this_process_moves_too(
    frail: RateLimiter, own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    await own_redis.kill()
    assert [await admitted(frail) for _ in range(2)] == [True, True]
    assert 58 <= await wait_told(frail) <= 60

    clock.ahead_ms += 61 * SECOND
    assert [await admitted(frail) for _ in range(3)] == [True, True, False]


async def test_a_read_only_redis_leaves_the_limit_to_this_process(
    frail: RateLimiter, own_redis: EmbeddedRedis, metrics: Metrics
) -> None:
    async with Redis.from_url(own_redis.url) as redis:
        # A replica of a host that never answers keeps its data and refuses writes.
        await redis.replicaof("127.0.0.1", "9")

        assert [await admitted(frail) for _ in range(3)] == [True, True, False]
    assert b"link_limits_kept_locally_total 2.0" in metrics.text()


async def test_a_slow_redis_is_waited_for_once_and_asked_again_by_one_call(
    frail: RateLimiter, own_redis: EmbeddedRedis, clock: MovableClock, metrics: Metrics
) -> None:
    """Circuit breaker: one call waits for the time-out, not each of a thousand."""
    clock.stop()
    many = Limit("many", 100)
    await admit(frail, many, "a")
    own_redis.pause()
    try:
        await admit(frail, many, "a")  # waits for the time-outs
        async with asyncio.timeout(SOON_S):
            for _ in range(20):
                await admit(frail, many, "a")

        clock.ahead_ms += SECOND
        finding_out = asyncio.create_task(admit(frail, many, "a"))
        await next_turn()
        async with asyncio.timeout(SOON_S):
            for _ in range(20):
                await admit(frail, many, "a")
        assert not finding_out.done()
        await finding_out
    finally:
        own_redis.resume()
    assert b"link_limits_kept_locally_total 42.0" in metrics.text()


async def test_calls_near_a_limit_and_full_windows_are_counted_by_its_name(
    windows: RateLimiter, metrics: Metrics
) -> None:
    ten = Limit("ten", 10)
    for _ in range(10):
        windows.admit_here(ten, "ama")
    for _ in range(2):
        with pytest.raises(RateLimited):
            windows.admit_here(ten, "ama")
    windows.admit_here(ten, "kofi")

    figures = metrics.text().decode()
    for name, count in (("near", 3), ("full", 1)):
        assert f'link_limit_{name}_total{{limit="ten"}} {count}.0\n' in figures
    assert 'link_limited_total{limit="ten"} 2.0\n' in figures
