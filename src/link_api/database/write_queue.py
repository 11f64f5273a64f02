"""Those who want the same thing come one after the other, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from link_kernel.errors import StoreUnavailable

_LONGEST_WAIT_S: Final = 8.0


@asynccontextmanager
async def in_turn(queue: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
    """Hold a place of a queue; raise `StoreUnavailable` where none is free within 8 s."""
    try:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            await queue.acquire()
    except TimeoutError as error:
        raise StoreUnavailable("no turn") from error
    try:
        yield
    finally:
        queue.release()


class Turns:
    """A queue for each name that somebody waits for or holds."""

    def __init__(self) -> None:
        """Begin with none."""
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Hold the one place of a name; raises `StoreUnavailable` as `in_turn` does."""
        queue = self._queues.setdefault(name, asyncio.Lock())
        async with in_turn(queue):
            yield
