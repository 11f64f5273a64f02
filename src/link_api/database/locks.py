"""Async locks with a time-out, one for each key, within one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from link_kernel.errors import StoreUnavailable

_LONGEST_WAIT_S: Final = 8.0


@asynccontextmanager
async def acquire(lock: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
    """Hold a lock or a place of a semaphore; `StoreUnavailable` where none is free within 8 s."""
    try:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            await lock.acquire()
    except TimeoutError as error:
        raise StoreUnavailable("no turn") from error
    try:
        yield
    finally:
        lock.release()


class KeyedLocks:
    """One lock for each key; a lock that nobody holds or waits for is garbage-collected."""

    def __init__(self) -> None:
        """Begin without locks."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of a key; raises `StoreUnavailable` as `acquire` does."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with acquire(lock):
            yield
