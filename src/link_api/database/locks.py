"""Async locks with a time-out, one for each key, within one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from link_api.database.failures import NO_ANSWER
from link_kernel.errors import StoreUnavailable

_LONGEST_WAIT_S: Final = 8.0


async def take_turn(places: asyncio.Semaphore) -> None:
    """Take a place of a semaphore; `StoreUnavailable` where none is free within 8 s."""
    if not places.locked():  # nobody waits either: the usual case, which needs no timer
        await places.acquire()
        return
    try:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            await places.acquire()
    except TimeoutError as error:
        NO_ANSWER.met("no turn")
        raise StoreUnavailable("no turn") from error


class KeyedLocks:
    """One lock for each key; a lock that nobody holds or waits for is garbage-collected."""

    def __init__(self) -> None:
        """Begin without locks."""
        self._locks: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of a key; raises `StoreUnavailable` as `take_turn` does."""
        lock = self._locks.setdefault(key, asyncio.Semaphore(1))
        await take_turn(lock)
        try:
            yield
        finally:
            lock.release()
