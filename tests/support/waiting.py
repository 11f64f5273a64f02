"""Polls a condition until it holds or a deadline passes; never a fixed sleep."""

import asyncio
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

DEADLINE_S = 60


async def until(holds: Callable[[], bool], *, every_s: float = 0.001) -> None:
    """Return once the polled condition holds; `TimeoutError` after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():  # noqa: ASYNC110  # what is waited for has no event to tell of
            await asyncio.sleep(every_s)  # noqa: TID251  # the one place that polls


async def until_answered(asks: Callable[[], Awaitable[bool]], *, every_s: float = 0.01) -> None:
    """Return once a condition that must be asked for holds; `TimeoutError` after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not await asks():  # noqa: ASYNC110  # what is waited for has no event to tell of
            await asyncio.sleep(every_s)  # noqa: TID251  # the one place that polls


async def until_replicating(replica: Redis) -> None:
    """Return once a replica is in step with its master."""

    async def is_up() -> bool:
        return bool((await replica.info("replication"))["master_link_status"] == "up")

    await until_answered(is_up)


async def next_turn() -> None:
    """Let every other task of the event loop run once."""
    await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time


async def a_little_of(seconds: float) -> None:
    """Wait a twentieth of what a server asked for, as its client: no event tells of the end."""
    await asyncio.sleep(seconds / 20)  # noqa: TID251  # the wait is what is played
