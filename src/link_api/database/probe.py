"""Looks at the database for readiness checks, which may not wait as long as a call does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from link_api.database.session import Database
from link_api.database.startup import DatabaseState, examine
from link_kernel.errors import StoreUnavailable

_PATIENCE_S: Final = 1.0  # a platform's probe gives up after that, or a few more


class DatabaseProbe:
    """One look at a time: who asks waits a second for it, and leaves it to go on."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database
        self._looking: asyncio.Task[DatabaseState] | None = None

    async def state(self) -> DatabaseState:
        """Return the state; raises `StoreUnavailable` where no look has ended by then."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(examine(self._database))
            self._looking.add_done_callback(_note_seen)
        await asyncio.wait({self._looking}, timeout=_PATIENCE_S)
        if not self._looking.done():
            raise StoreUnavailable("no answer yet")
        return self._looking.result()

    async def stop(self) -> None:
        """End the look that goes on."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})


@asynccontextmanager
async def probing(database: Database) -> AsyncIterator[DatabaseProbe]:
    """Yield what looks at the database while the context lasts."""
    probe = DatabaseProbe(database)
    try:
        yield probe
    finally:
        await probe.stop()


def _note_seen(looking: "asyncio.Task[DatabaseState]") -> None:
    """Note that a failure was seen: nobody may have waited for it."""
    if not looking.cancelled():
        looking.exception()
