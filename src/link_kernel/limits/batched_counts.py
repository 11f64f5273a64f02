"""Limits whose calls count in this process at once and in Redis soon, so they cost no round trip.

For limits against abuse, which need not be exact to the call. What a process admits is told to
Redis ten times a second, and a window that Redis finds full is full here from then on. So all
processes together admit at most what each of them admits within a tenth of a second more than the
limit, and no process alone more than the limit in a minute of its own.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from link_kernel.errors import ApiError
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter

_PAUSE_S: Final = 0.1
_LAST_REPORT_S: Final = 1.0
_MOST_SUBJECTS: Final = 10_000

_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class BatchedCounts:
    """The calls admitted here that Redis does not know of yet."""

    limiter: RateLimiter
    _untold: Counter[tuple[Limit, tuple[str, ...]]] = field(default_factory=Counter)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self, limit: Limit, *subject: str) -> None:
        """Count a call of `subject`, or raise `RateLimited`; see `RateLimiter.admit`."""
        self.limiter.refuse_known(limit, *subject)
        self.count(limit, *subject)

    def admit_all(self, windows: Sequence[tuple[Limit, tuple[str, ...]]]) -> None:
        """Count a call in several windows, or raise `RateLimited` and count it in none."""
        for limit, subject in windows:
            self.limiter.require_room(limit, *subject)
        for limit, subject in windows:
            self.count(limit, *subject)

    @contextlib.contextmanager
    def holding(
        self,
        windows: Sequence[tuple[Limit, tuple[str, ...]]],
        *,
        done: tuple[type[ApiError], ...] = (),
    ) -> Iterator[None]:
        """Count a call in several windows unless it is refused inside, or raise `RateLimited`.

        It holds its places meanwhile, so calls at once are no more than a limit either. What failed
        with a 5xx may have been done, and counts; so do the refusals `done`, as of a wrong code,
        which was tried.
        """
        for limit, subject in windows:
            self.limiter.require_room(limit, *subject)
        for limit, subject in windows:
            self.limiter.count_here(limit, *subject)
        try:
            yield
        except ApiError as refusal:
            if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(refusal, done):
                for limit, subject in windows:
                    self.limiter.give_back(limit, *subject)
                windows = ()
            raise
        finally:
            for limit, subject in windows:
                self.tell(limit, *subject)

    def count(self, limit: Limit, *subject: str) -> None:
        """Count as `admit` does, for a subject that `refuse_known` let pass in this request."""
        self.limiter.count_here(limit, *subject)
        self.tell(limit, *subject)

    def count_unbound(self, limit: Limit, *subject: str) -> None:
        """Count a call that is admitted even if the window is full."""
        self.limiter.count_here(limit, *subject, is_bound=False)
        self.tell(limit, *subject)

    def tell(self, limit: Limit, *subject: str) -> None:
        """Have Redis count a call that was admitted here."""
        window = (limit, subject)
        # A flood of subjects cannot fill the memory, nor hide the calls of those before it.
        if window in self._untold or len(self._untold) < _MOST_SUBJECTS:
            self._untold[window] += 1
            self._news.set()

    async def report(self) -> None:
        """Tell Redis of every call since the last report; while it does not answer, forget them."""
        self._news.clear()
        untold, self._untold = self._untold, Counter()
        if untold:
            await self.limiter.report(untold)

    async def keep_reporting(self) -> None:
        """Report until `close`, and once more then."""
        closing = False
        while not closing:
            await self._news.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _PAUSE_S)
            closing = self._closing.is_set()  # read before the report, which may miss later calls
            try:
                await self.report()
            except Exception:  # noqa: BLE001  # the next report is tried all the same
                _log.exception("limits_not_told")

    def close(self) -> None:
        """Have `keep_reporting` end after a last report."""
        self._closing.set()
        self._news.set()


@contextlib.asynccontextmanager
async def batching_counts(limiter: RateLimiter) -> AsyncIterator[BatchedCounts]:
    """Yield counts that are reported in the background; the last ones, if Redis takes them soon."""
    counts = BatchedCounts(limiter)
    reporting = asyncio.create_task(counts.keep_reporting())
    try:
        yield counts
    finally:
        counts.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reporting, _LAST_REPORT_S)
