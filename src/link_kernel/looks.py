"""Looks at parts that may be silent, for readiness checks, which may not wait as long as a call."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

_PATIENCE_S: Final = 0.8  # the probes of a platform give up after a second


class Look(Generic[T]):
    """One look at a time: who asks waits a moment for it, and leaves it to go on."""

    def __init__(self, look: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Take what looks."""
        self._look = look
        self._looking: asyncio.Task[T] | None = None
        self._was_left = False
        self._late: asyncio.Task[T] | None = None

    async def result(self) -> T:
        """Return what is found now; of a part that is slow, what the look before this one found.

        So a part that fails in part is told from one that is silent, by all questions but the
        first. Raises `TimeoutError` where no look has ended since the part became slow.
        """
        looking = self._looking
        if looking is None or looking.done():
            self._was_left = False
            looking = self._looking = asyncio.create_task(self._look())
            looking.add_done_callback(self._note)
        await asyncio.wait({looking}, timeout=_PATIENCE_S)
        if looking.done():
            return looking.result()
        self._was_left = True
        if self._late is None:
            raise TimeoutError
        return self._late.result()

    async def stop(self) -> None:
        """End the look that goes on."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    def _note(self, looked: "asyncio.Task[T]") -> None:
        """Keep a look that nobody had the patience for; its failure counts as seen."""
        self._late = looked if self._was_left and not looked.cancelled() else None
        if self._late is not None:
            self._late.exception()


@asynccontextmanager
async def looking(look: Callable[[], Coroutine[Any, Any, T]]) -> AsyncIterator[Look[T]]:
    """Yield looks while the context lasts."""
    looks = Look(look)
    try:
        yield looks
    finally:
        await looks.stop()
