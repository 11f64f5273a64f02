"""Notices that Redis has lost its businesses, and restores them from the file an operator keeps.

A Redis without a disk that restarts is empty, and answers as if no shop had ever been there. Only
this process's memory and the file tell that state from a new deployment.
"""

import asyncio
import contextlib
import logging
import math
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable
from itertools import islice
from pathlib import Path
from typing import Final, Literal, TypeVar

from elements_bridge.businesses.backup.business_file import BusinessFileError, read_business_file
from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.clock import Clock
from link_kernel.errors import StoreUnavailable

T = TypeVar("T")

PresenceState = Literal["ok", "none_known", "lost"]
"""Whether the store holds businesses; `lost` if it held some before, or the file names some."""

CACHE_S: Final = 5.0  # how long a look-up of a business holds
_REMEMBERED: Final = 10_000
# Any one of them shows that the store is not empty; several, since one may be deleted by hand.
_ASKED_FOR: Final = 16
# A scan goes through all keys of the store, and is needed only while no business is known.
_SCAN_EVERY_S: Final = 60.0
_LONGEST_START_S: Final = 1.0
_WAY_BACK: Final = "elements-bridge business sync --file FILE"
_FIRST_ONE: Final = f"elements-bridge business add, or: {_WAY_BACK}"
_SETTING: Final = "ELEMENTS_BUSINESSES"

_log: Final = logging.getLogger(__name__)


class BusinessPresence:
    """Whether the store holds businesses; requests and probes ask, and only a task scans."""

    def __init__(self, businesses: RedisBusinesses, clock: Clock, file: Path | None = None) -> None:
        """Take the store, the clock and the file to restore an empty store from."""
        self._businesses = businesses
        self._clock = clock
        self._file = file
        self._state: PresenceState = "ok"
        self._seen: OrderedDict[str, int] = OrderedDict()  # id → version, 0 if it is not known
        self._asked_at = self._scanned_at = -math.inf
        self._doubt = asyncio.Event()
        self._named: frozenset[str] = frozenset()  # the ids in the file, when it was last read
        self._missing: set[str] = set()  # those of them that the store lacked

    def note(self, business_id: str, version: int = 0) -> None:
        """Remember a business that was read; say if its version is lower than the one before.

        A version only rises: the store lost writes, as one that loads an older snapshot does, and
        what was disabled or no longer listed may be in force again.
        """
        known = self._seen.get(business_id, 0)
        if 0 < version < known:
            extra = {"business_id": business_id, "version": version, "detail": _WAY_BACK}
            _log.error("business_rolled_back", extra=extra)
        self._seen[business_id] = version or known
        self._seen.move_to_end(business_id)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if self._state == "lost":
            _log.warning("businesses_found_again")
        self._state = "ok"

    async def require_any(self, absent_id: str) -> None:
        """Return if a business may be called unknown because `absent_id` is not in the store.

        Raises `StoreUnavailable` where all are lost, or this one that the file names: its shop is
        to try again, not to give up. Ids can be made up, so those never read cost one command in
        five seconds.
        """
        if absent_id in self._named:
            self._miss(absent_id)
            raise StoreUnavailable("business lost")
        is_news = absent_id in self._seen and self._state != "lost"
        if is_news or self._clock.monotonic_s() >= self._asked_at + CACHE_S:
            await self.examine()
        if self._state == "lost":
            raise StoreUnavailable("businesses lost")
        self._seen.pop(absent_id, None)

    async def examine(self) -> None:
        """Ask for known businesses, in one round trip at most; raises `StoreUnavailable`."""
        self._asked_at = self._clock.monotonic_s()
        latest = list(islice(reversed(self._seen), _ASKED_FOR))
        held = await self._businesses.first_of(latest) if latest else None
        if held is not None:
            self.note(held)
            return
        is_news = bool(latest) and self._state != "lost"
        if is_news:
            self._lose(len(self._seen))
        if is_news or self._asked_at >= self._scanned_at + _SCAN_EVERY_S:
            self._doubt.set()

    async def state(self) -> PresenceState:
        """Return the state for a readiness check, the last known one if Redis does not answer."""
        with contextlib.suppress(StoreUnavailable):
            await self.examine()
        return self._state

    @property
    def last_state(self) -> PresenceState:
        """The last known state."""
        return self._state

    async def scan(self) -> None:
        """Look for any business, and restore those of the file that the store lacks."""
        held = await self._businesses.any_id()
        if self._file is not None:
            held = await self._restore(self._file, is_empty=held is None) or held
        self._scanned_at = self._clock.monotonic_s()
        if held is not None:
            self.note(held)
        elif self._seen:
            self._lose(len(self._seen))
        elif self._state == "ok":
            _log.warning("no_business_known", extra={"detail": _FIRST_ONE})
            self._state = "none_known"

    async def keep_watching(self) -> None:
        """Scan whenever no known business was found, until cancelled."""
        while True:
            await self._doubt.wait()
            await self.try_scan()
            self._doubt.clear()

    async def begin(self) -> None:
        """Restore what the store lacks of the file, within a second; else a scan tells later.

        It takes the longer the more sessions there are, so that no start waits for it.
        """
        held = None
        if self._file is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_START_S):
                    held = await _tried(self._restore(self._file, is_empty=False))
        if held is None:
            self._doubt.set()
        else:
            self.note(held)

    async def try_scan(self) -> None:
        """Scan; a failure is told by Redis's readiness, and the next question tries again."""
        await _tried(self.scan())

    def _lose(self, known: int) -> None:
        """Say once that the store lost its businesses, and by which command they come back."""
        if self._state != "lost":
            _log.error("businesses_lost", extra={"count": known, "detail": _WAY_BACK})
            self._state = "lost"
            self._seen = OrderedDict.fromkeys(self._seen, 0)  # what comes back counts from 1

    def _miss(self, business_id: str) -> None:
        """Say once that the store lost a business of the file, as one shard of a Cluster does."""
        if business_id not in self._missing:
            self._missing.add(business_id)
            _log.error("business_lost", extra={"business_id": business_id, "detail": _WAY_BACK})
        if self._clock.monotonic_s() >= self._scanned_at + CACHE_S:
            self._doubt.set()

    async def _restore(self, file: Path, *, is_empty: bool) -> str | None:
        """Write the businesses of the file that are not there; return the id of one that is now.

        Each is written as a new one, so that none which somebody wrote meanwhile is overwritten.
        """
        try:
            named = {each.id: each for each in await asyncio.to_thread(read_business_file, file)}
        except BusinessFileError as error:
            extra = {"setting": _SETTING, "count": len(error.faults)}
            _log.error("businesses_not_restored", extra=extra)
            return None
        self._named = frozenset(named)
        missing = await self._businesses.missing_of(sorted(named))
        self._missing.intersection_update(missing)
        if not missing:
            return next(iter(named), None)
        if is_empty and self._seen:
            self._lose(len(self._seen))
        try:
            await self._businesses.put_all([named[each] for each in missing])
        except StoreUnavailable:
            if is_empty:
                self._lose(len(named))
            raise
        _log.warning("businesses_restored", extra={"setting": _SETTING, "count": len(missing)})
        self._missing.clear()
        return missing[0]


async def _tried(examination: Awaitable[T]) -> T | None:
    """Return what was found, `None` after a failure."""
    try:
        return await examination
    except StoreUnavailable:
        return None
    except Exception:  # noqa: BLE001  # a task that ended would never restore anything
        _log.exception("businesses_not_examined")
        return None


def _read_at_the_start(file: Path) -> None:
    """Read the file once; raises `BusinessFileError`, whose faults name the setting."""
    # A pipe would be waited for, each time that businesses are restored.
    if os.access(file, os.R_OK) and not file.is_file():
        raise BusinessFileError(
            [f"{_SETTING}: {file}: is no file; name one that `business export` wrote"]
        )
    try:
        read_business_file(file)
    except BusinessFileError as error:
        raise BusinessFileError(f"{_SETTING}: {fault}" for fault in error.faults) from None


@contextlib.asynccontextmanager
async def watching_presence(
    businesses: RedisBusinesses, clock: Clock, file: Path | None
) -> AsyncIterator[BusinessPresence]:
    """Yield the presence, and watch while it lasts; the caller begins.

    Raises `BusinessFileError`: a file that cannot restore anything is found at the deployment.
    """
    if file is not None:
        _read_at_the_start(file)
    presence = BusinessPresence(businesses, clock, file)
    watching = asyncio.create_task(presence.keep_watching())
    try:
        yield presence
    finally:
        watching.cancel()
        await asyncio.wait([watching])
