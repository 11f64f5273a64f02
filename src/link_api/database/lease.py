"""A connection of the pool while one session uses it, replaced once where nothing was done yet."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, Generic, Literal, TypeVar

from link_api.database.failures import cause_of, is_read_only, outlives
from link_api.database.pool import ConnectionPool
from link_api.database.statements import Call
from link_kernel.errors import StoreUnavailable
from link_kernel.observability.metrics import Metrics
from link_kernel.tracing.active import active

C = TypeVar("C")
Kind = Literal["read", "transaction"]
_NO_SPAN: Final = nullcontext()


@contextmanager
def counting_time(metrics: Metrics, kind: Kind) -> Iterator[None]:
    """Count how long the SQL inside takes; it failed where the database did not answer."""
    started, outcome = time.perf_counter(), "ok"
    try:
        yield
    except StoreUnavailable:
        outcome = "error"
        raise
    finally:
        metrics.sql.labels(kind, outcome).observe(time.perf_counter() - started)


def tracing_sql(system: str, calls: Sequence[Call]) -> AbstractContextManager[None]:
    """Make a span of the statements sent inside, if there are any spans."""
    spans = active()
    if spans is None:
        return _NO_SPAN
    return spans.sql(system, [call.statement.summary for call in calls])


class Lease(Generic[C]):
    """Lends a connection to a session, and another one where the first has outlived its server."""

    def __init__(self, pool: ConnectionPool[C], connection: C) -> None:
        """Take the pool, and the connection that it lent."""
        self._pool = pool
        self.connection = connection
        self.closing: asyncio.Task[None] | None = None
        """The closing of a connection that is not given back, once the lease has ended."""

    def judge(self, error: Exception, *, is_closed: bool) -> bool:
        """Have all connections replaced where the error says that they are of no use any more.

        Return whether another connection may do better than this one.
        """
        if not is_closed and not outlives(error):
            return False
        self._pool.replace(self.connection, cause_of(error))
        # A server that was reached a moment ago and takes no writes is the only one there is.
        return not (is_read_only(error) and self._pool.is_kept(self.connection))

    async def renew(self) -> None:
        """Take another connection; raises as `ConnectionPool.take`, which ends the lease."""
        self.closing = self._pool.discard(self.connection)
        self.connection = await self._pool.take()
        self.closing = None

    def end(self, *, is_intact: bool) -> None:
        """Give the connection back, or have it closed."""
        if self.closing is not None:
            return
        if is_intact:
            self._pool.give_back(self.connection)
        else:
            self.closing = self._pool.discard(self.connection)
