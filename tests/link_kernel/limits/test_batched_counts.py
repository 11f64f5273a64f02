"""Counts that Redis is told of in batches: exact here, and soon true everywhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.errors import RateLimited
from link_kernel.limits import batched_counts, rate_limiter
from link_kernel.limits.batched_counts import BatchedCounts, batching_counts
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect, time_outs_of
from tests.support.time_machine import MovableClock, TimeMachine

SECOND = 1_000
TWO = Limit("two", 2)


@pytest.fixture
async def here(redis_url: str, clock: MovableClock) -> AsyncIterator[BatchedCounts]:
    """The counts of one process, reported when a test says so."""
    async with connect(redis_url) as client:
        yield BatchedCounts(RateLimiter(client, clock, Metrics()))


@pytest.fixture
async def there(redis_url: str, clock: MovableClock) -> AsyncIterator[BatchedCounts]:
    """The counts of another process."""
    async with connect(redis_url) as client:
        yield BatchedCounts(RateLimiter(client, clock, Metrics()))


def admitted(counts: BatchedCounts, subject: str = "a") -> bool:
    """Count a call; return whether it was admitted."""
    try:
        counts.admit(TWO, subject)
    except RateLimited:
        return False
    return True


async def scripts_run(redis: Redis) -> int:
    """Return how many scripts Redis has run since its statistics were reset."""
    stats = await redis.info("commandstats")
    return int(stats.get("cmdstat_evalsha", {}).get("calls", 0))


async def test_one_process_alone_holds_its_limit_exactly(here: BatchedCounts) -> None:
    assert [admitted(here) for _ in range(4)] == [True, True, False, False]
    await here.report()
    assert [admitted(here, "b") for _ in range(3)] == [True, True, False]


async def test_the_window_slides_here_as_in_redis(here: BatchedCounts, clock: MovableClock) -> None:
    assert admitted(here)
    clock.ahead_ms += 40 * SECOND
    assert admitted(here)
    with pytest.raises(RateLimited) as refused:
        here.admit(TWO, "a")
    assert refused.value.retry_after_s in {19, 20}
    clock.ahead_ms += 21 * SECOND
    assert [admitted(here) for _ in range(2)] == [True, False]


async def test_after_two_reports_what_all_admitted_is_full_for_all(
    here: BatchedCounts, there: BatchedCounts, time_machine: TimeMachine
) -> None:
    """Each has admitted two before it was told: twice the limit, the most that two can."""
    assert [admitted(here) for _ in range(2)] == [True, True]
    assert admitted(there)
    await here.report()
    await there.report()

    assert not admitted(there)
    await time_machine.forward(61 * SECOND)
    assert [admitted(there) for _ in range(3)] == [True, True, False]


async def test_of_a_report_that_does_not_fit_as_many_count_as_fit(
    here: BatchedCounts, there: BatchedCounts, redis: Redis
) -> None:
    """Otherwise a process could admit the same burst again and again, unseen by the others."""
    three = Limit("three", 3)
    for _ in range(2):
        here.admit(three, "a")
        there.admit(three, "a")
    await here.report()
    await there.report()

    [key] = [key async for key in redis.scan_iter("link:v1:limit:three*")]
    assert await redis.llen(key) == 3
    with pytest.raises(RateLimited):
        there.admit(three, "a")


async def test_a_call_that_one_window_refuses_is_counted_in_none(
    here: BatchedCounts, redis: Redis
) -> None:
    """Whether it is the first that is full or the last."""
    five = Limit("five", 5)
    windows = [(five, ("wide",)), (TWO, ("a",))]
    for _ in range(2):
        here.admit_all(windows)
    for refused in (windows, windows[::-1]):
        with pytest.raises(RateLimited):
            here.admit_all(refused)
    for _ in range(3):
        here.admit(five, "wide")
    with pytest.raises(RateLimited):
        here.admit(five, "wide")

    await here.report()

    lengths = [await redis.llen(key) async for key in redis.scan_iter("link:v1:limit:*")]
    assert sorted(lengths) == [2, 5]


async def test_a_crowd_is_known_where_its_calls_were_counted_and_by_report_elsewhere(
    here: BatchedCounts, there: BatchedCounts, clock: MovableClock
) -> None:
    """The other process learns it with its own next report, and keeps it for 6 s."""
    crowd = Limit("crowd", 9, crowd=4)
    known = []
    for _ in range(4):
        known.append(here.limiter.is_crowded(crowd, "shop"))
        here.admit(crowd, "shop")
    assert known == [False] * 4
    assert here.limiter.is_crowded(crowd, "shop")
    await here.report()
    assert not there.limiter.is_crowded(crowd, "shop")

    there.admit(crowd, "shop")
    await there.report()

    assert there.limiter.is_crowded(crowd, "shop")
    assert not there.limiter.is_crowded(crowd, "other")
    clock.ahead_ms += 7 * SECOND
    assert not there.limiter.is_crowded(crowd, "shop")
    assert here.limiter.is_crowded(crowd, "shop")
    clock.ahead_ms += 60 * SECOND
    assert not here.limiter.is_crowded(crowd, "shop")


async def test_an_unbound_window_holds_the_latest_calls(
    here: BatchedCounts, clock: MovableClock
) -> None:
    """So it is full as long as so many calls are of the last minute."""
    for _ in range(4):
        here.count_unbound(TWO, "a")
        clock.ahead_ms += 20 * SECOND
    with pytest.raises(RateLimited) as refused:
        here.limiter.require_room(TWO, "a")
    assert refused.value.retry_after_s in {20, 21}
    clock.ahead_ms += 21 * SECOND
    here.limiter.require_room(TWO, "a")


async def test_a_long_report_is_told_in_parts(
    here: BatchedCounts, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limiter, "_TOLD_AT_ONCE", 2)
    for subject in range(5):
        assert admitted(here, str(subject))

    await here.report()

    assert len([key async for key in redis.scan_iter("link:v1:limit:*")]) == 5


async def test_a_subject_that_is_known_counts_on_in_a_flood(
    here: BatchedCounts, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched_counts, "_MOST_SUBJECTS", 1)
    assert [admitted(here, subject) for subject in ("a", "b", "a")] == [True] * 3

    await here.report()

    [key] = [key async for key in redis.scan_iter("link:v1:limit:*")]
    assert await redis.llen(key) == 2


async def test_windows_that_are_idle_are_forgotten(
    here: BatchedCounts, clock: MovableClock
) -> None:
    for subject in range(10):
        assert admitted(here, str(subject))
    clock.ahead_ms += 61 * SECOND
    for subject in range(5):
        admitted(here, f"new {subject}")

    assert len(here.limiter._windows) == 5  # noqa: SLF001  # what is kept is the subject here


async def test_a_report_that_fails_is_not_the_last(
    redis_url: str, redis: Redis, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of this program is logged; the counts after it reach Redis."""
    tell, failed = RateLimiter.report, asyncio.Event()

    async def failing_once(self: RateLimiter, untold: Any) -> None:  # noqa: ANN401  # passed on
        if not failed.is_set():
            failed.set()
            raise TypeError("a fault of ours")
        await tell(self, untold)

    monkeypatch.setattr(RateLimiter, "report", failing_once)
    async with connect(redis_url) as client:
        async with batching_counts(RateLimiter(client, clock, Metrics())) as counts:
            assert admitted(counts)
            await failed.wait()
            assert admitted(counts, "b")
        assert len([key async for key in redis.scan_iter("link:v1:limit:*")]) == 1


async def test_a_redis_that_is_silent_holds_up_no_stop(
    own_redis: EmbeddedRedis, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last calls are not told then."""
    monkeypatch.setattr(batched_counts, "_LAST_REPORT_S", 0.1)
    async with connect(own_redis.url, time_outs=time_outs_of(30_000, 30_000)) as client:
        await client.ping()
        own_redis.pause()
        try:
            limiter = RateLimiter(client, clock, Metrics())
            async with asyncio.timeout(10), batching_counts(limiter) as counts:
                assert admitted(counts)
        finally:
            own_redis.resume()


async def test_a_report_is_one_command_a_subject_and_nothing_without_news(
    here: BatchedCounts, redis: Redis
) -> None:
    for subject in ("a", "a", "b"):
        assert admitted(here, subject)
    await here.report()  # loads the script where Redis has not seen it
    await redis.config_resetstat()
    for subject in ("c", "c", "d"):
        assert admitted(here, subject)

    await here.report()
    await here.report()

    assert await scripts_run(redis) == 2


async def test_what_is_not_yet_reported_is_bounded(
    here: BatchedCounts, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched_counts, "_MOST_SUBJECTS", 2)
    for subject in ("a", "b", "c"):
        assert admitted(here, subject)

    await here.report()

    assert len([key async for key in redis.scan_iter("link:v1:limit:*")]) == 2


async def test_while_redis_is_away_this_process_counts_on(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """Never open; the calls of that time are not told afterwards."""
    metrics = Metrics()
    async with connect(own_redis.url) as client:
        counts = BatchedCounts(RateLimiter(client, clock, metrics))
        assert admitted(counts)
        await own_redis.kill()

        await counts.report()

        assert [admitted(counts) for _ in range(2)] == [True, False]
        assert b"link_limits_kept_locally_total 1.0" in metrics.text()


async def test_the_last_calls_of_a_process_are_told_too(
    redis_url: str, redis: Redis, clock: MovableClock
) -> None:
    async with connect(redis_url) as client:
        async with batching_counts(RateLimiter(client, clock, Metrics())) as counts:
            assert admitted(counts)
        assert [key async for key in redis.scan_iter("link:v1:limit:*")]
