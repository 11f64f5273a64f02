"""What one process remembers of revocations, whatever Redis has lost of them in a failover."""

import math
from collections.abc import Collection
from typing import Final, NamedTuple

# Replication lags by seconds: what was revoked longer ago, a replica has, or none ever had.
_MAY_BE_LOST_S: Final = 10 * 60.0
_READ_WITHIN_S: Final = 1.0


class _Heard(NamedTuple):
    """When a revocation was first heard of, last heard of, and last read from the stream."""

    first_at: float
    last_at: float
    read_at: float


class RevocationMemory:
    """Revoked ids, with times of the process's monotonic clock in seconds.

    An id is *read* from the stream, or *noted* by the process that has published it. Ids that the
    stream should have, and has not as far as it was read, are *lost*.
    """

    def __init__(self, remembered_s: float) -> None:
        """Take for how many seconds an id is remembered."""
        self._remembered_s = remembered_s
        self._heard: dict[str, _Heard] = {}  # the one heard of longest ago stands first
        self._missing: dict[str, float] = {}  # id → when it was last published
        self._began_at = math.inf

    def begin(self, now: float) -> None:
        """Begin to read a stream, which may be that of another primary."""
        self._began_at = now
        self._missing = dict.fromkeys(self.recent(now), -math.inf)

    def read(self, name: str, now: float) -> None:
        """Remember an id that stands in the stream."""
        self._missing.pop(name, None)
        heard = self._heard.pop(name, None)
        self._heard[name] = _Heard(heard.first_at if heard else now, now, now)

    def note(self, names: Collection[str], now: float) -> None:
        """Remember ids that this process has published, also again."""
        for name in names:
            heard = self._heard.pop(name, None) or _Heard(now, now, -math.inf)
            self._heard[name] = heard._replace(last_at=now)
            if heard.read_at < self._began_at:
                self._missing[name] = now

    def remembers(self, name: str, now: float) -> bool:
        """Tell whether an id was heard of, and not too long ago."""
        heard = self._heard.get(name)
        return heard is not None and heard.last_at >= now - self._remembered_s

    def is_published(self, name: str) -> bool:
        """Tell whether an id was read from the present stream."""
        heard = self._heard.get(name)
        return heard is not None and heard.read_at >= self._began_at

    def recent(self, now: float) -> list[str]:
        """Return the ids that were revoked so lately that a failover may have lost it."""
        since = now - _MAY_BE_LOST_S
        return [name for name, heard in self._heard.items() if heard.first_at >= since]

    def lost(self, now: float) -> list[str]:
        """Return the ids that the stream, read to its end, should have and has not."""
        return [name for name, at in self._missing.items() if at <= now - _READ_WITHIN_S]

    def evict_old(self, now: float) -> None:
        """Forget the ids for which no refresh can come any more."""
        while self._heard:
            oldest = next(iter(self._heard))
            if self.remembers(oldest, now):
                return
            del self._heard[oldest]
            self._missing.pop(oldest, None)
