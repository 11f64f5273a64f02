"""A client of one connection gives it back whenever the task that uses it is cancelled."""

import asyncio
import gc
from contextlib import AbstractAsyncContextManager

import pytest
from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.any_client import connection_of
from link_kernel.redis.closing import close
from link_kernel.redis.connection import connect
from link_kernel.redis.pools import TimeOuts

HASTY = TimeOuts(5, 1)
TURNS = 20
"""More turns of the event loop than the exit of such a client takes."""


async def _cancelled_amid_exit(opened: AbstractAsyncContextManager[Redis], turn: int) -> None:
    """Use a client, fail, and be cancelled so many turns of the event loop later."""
    has_failed = asyncio.Event()

    async def use() -> None:
        try:
            async with opened as redis:
                await redis.ping()
                has_failed.set()
                raise ConnectionError
        finally:
            has_failed.set()  # also where there was no connection to be had

    task = asyncio.create_task(use())
    await has_failed.wait()
    for _ in range(turn):
        await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.parametrize("turn", range(TURNS))
async def test_a_follower_cancelled_amid_its_exit_leaves_no_connection_open(
    own_redis: EmbeddedRedis, turn: int
) -> None:
    """An open one is a warning when it is collected, which fails the test."""
    async with connect(own_redis.url) as redis:
        await _cancelled_amid_exit(redis.follower_of("a", block_s=1), turn)
    gc.collect()


async def test_a_borrowed_connection_is_given_back_by_who_is_cancelled_amid_its_exit(
    own_redis: EmbeddedRedis,
) -> None:
    """Each that was kept was one fewer for all later calls, until none was left."""
    async with connect(own_redis.url, connections=2, time_outs=HASTY) as redis:
        for turn in range(TURNS):
            await _cancelled_amid_exit(connection_of(redis, "a"), turn)
        assert await redis.set("a", "1", px=60_000)


class _SlowToClose:
    def __init__(self) -> None:
        self.begun, self.may_end, self.is_closed = asyncio.Event(), asyncio.Event(), False

    async def aclose(self) -> None:
        self.begun.set()
        await self.may_end.wait()
        self.is_closed = True
        raise ConnectionError


async def test_who_is_cancelled_twice_while_closing_has_closed_all_the_same() -> None:
    """And the cancellation counts, not an error of closing: a time-out stays a time-out."""
    first, second = _SlowToClose(), _SlowToClose()
    second.may_end.set()
    closing = asyncio.create_task(close(first, second))
    await first.begun.wait()
    for _ in range(2):
        closing.cancel()
        await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time
    first.may_end.set()
    await asyncio.wait({closing})
    assert closing.cancelled()
    assert first.is_closed
    assert second.is_closed
