"""Closes clients and pools to the end: redis-py's own context manager does not when cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from redis.asyncio import ConnectionPool, Redis


class _Closable(Protocol):
    async def aclose(self) -> None: ...


async def close(*opened: _Closable) -> None:
    """Close one after another, to the end also if the task that asks is cancelled meanwhile.

    It may be cancelled more than once, and then the cancellation counts, not an error of closing.
    """
    closing, cancelled = asyncio.create_task(_close_each(opened)), False
    while not closing.done():
        try:
            await asyncio.wait({closing})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        closing.exception()  # looked at, so that asyncio does not log it
        raise asyncio.CancelledError
    closing.result()


async def _close_each(opened: tuple[_Closable, ...]) -> None:
    async with AsyncExitStack() as stack:
        for one in reversed(opened):
            stack.push_async_callback(one.aclose)


@asynccontextmanager
async def single_connection_of(pool: ConnectionPool) -> AsyncIterator[Redis]:
    """Yield a client with one connection of a pool, which gets it back in any case."""
    redis = Redis(connection_pool=pool, single_connection_client=True)
    try:
        yield await redis.initialize()
    finally:
        await close(redis)
