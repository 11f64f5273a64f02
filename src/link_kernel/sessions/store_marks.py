"""Marks in Redis, one on each primary: another one than before says that the data is another's.

Whether a Redis holds any key does not say it: what came back empty is written to at once.
"""

import asyncio
import math
from secrets import token_hex
from typing import Any, Final

from redis.exceptions import NoPermissionError

from link_kernel.clock import Clock
from link_kernel.redis.pipelining import PipeliningRedis

_KEPT_S: Final = 30 * 86_400
_READ_EVERY_S: Final = 60.0


class StoreMarks:
    """The marks as this process knows them; whoever finds none writes one, for all processes."""

    def __init__(self, clock: Clock) -> None:
        """Begin without any."""
        self._clock = clock
        self._known: dict[str, str | None] = {}
        self._read_at: dict[str, float] = {}

    def is_due(self, key: str) -> bool:
        """Tell whether a mark was not read for a minute."""
        return self._clock.monotonic_s() >= self._read_at.get(key, -math.inf) + _READ_EVERY_S

    async def has_changed(self, primary: PipeliningRedis, key: str) -> bool:
        """Read the mark of a primary, in one round trip; tell whether it is another than before.

        Raises redis-py's error if Redis does not tell it now. One that we may not read is unknown.
        """
        replies = await asyncio.gather(
            primary.enqueue("SET", key, token_hex(16), "NX", "EX", _KEPT_S),
            primary.enqueue("EXPIRE", key, _KEPT_S),
            primary.enqueue("GET", key),
            return_exceptions=True,
        )
        mark: Any = replies[-1]
        if isinstance(mark, BaseException) and not isinstance(mark, NoPermissionError):
            raise mark
        self._read_at[key] = self._clock.monotonic_s()
        if isinstance(mark, NoPermissionError):
            return False
        before, self._known[key] = self._known.get(key), mark
        return before is not None and mark != before
