"""Ends again what a failover may have brought back to life: its ends were not replicated."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from link_kernel.ids import is_id
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.store import SessionStore

_AT_ONCE: Final = 200
_REVOKED: Final = "revoked"


@dataclass(frozen=True, slots=True)
class LostRevocations:
    """Writes the ends of revoked sessions and logins again; idempotent.

    Every process does so with what it remembers: a session that is alive again would be refused
    only until the last of them forgets, and a login lives for a month.
    """

    sessions: SessionStore

    async def end_again(self, ids: Sequence[str]) -> None:
        """End what is alive of these ids; raises `StoreUnavailable`."""
        for first in range(0, len(ids), _AT_ONCE):
            await asyncio.gather(*map(self._end, ids[first : first + _AT_ONCE]))

    async def _end(self, revoked_id: str) -> None:
        partition = await self.sessions.find_partition(revoked_id)
        if is_id(revoked_id, "els"):  # a guest's session is its own partition
            session_key = SessionKey(revoked_id, partition or revoked_id)
            await self.sessions.end(session_key, reason=_REVOKED)
        elif partition is not None:
            await self.sessions.end_link_session(partition, revoked_id)
