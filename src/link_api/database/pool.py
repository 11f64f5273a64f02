"""A pool of connections, which are the driver's own: none is opened for one call and closed."""

import asyncio
import logging
from typing import Final, Generic, Protocol, TypeVar

from link_api.database.locks import take_turn
from link_kernel.errors import StoreUnavailable

C = TypeVar("C")

# A server that takes no writes refuses each: replaced at each, the readers would only connect.
_REPLACED_EVERY_S: Final = 1.0

_log: Final = logging.getLogger(__name__)


class Connections(Protocol[C]):
    """Opens and closes the connections of one database."""

    async def connect(self) -> C:
        """Open a connection; a failed or cancelled opening leaves none."""
        ...

    async def is_usable(self, connection: C, *, idle_s: float) -> bool:
        """Tell whether a connection that was idle for so long may be used; bounded in time."""
        ...

    async def close(self, connection: C) -> None:
        """Close a connection, also one whose statement may still run; bounded in time."""
        ...


class ConnectionPool(Generic[C]):
    """Lends connections, each to one task at a time, and keeps those that come back intact.

    The one that came back last is lent first: so the fewest are open, with their statements
    prepared.
    """

    def __init__(self, connections: Connections[C], *, size: int) -> None:
        """Take what opens connections, and the most that are open at once."""
        self._connections = connections
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[C, float]] = []
        self._lent: set[C] = set()
        self._replaced_at_s = float("-inf")
        self._closing: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def take(self) -> C:
        """Return an idle connection, or a new one.

        Raises `StoreUnavailable` where all are lent for 8 s, or after `close`, and the driver's
        errors.
        """
        await take_turn(self._places)
        try:
            if self._is_closed:  # nobody would close what is opened now
                raise StoreUnavailable("closed")  # noqa: TRY301  # the place is to be released
            connection = await self._take_idle()
            if connection is None:
                connection = await self._connections.connect()
        except BaseException:
            self._places.release()
            raise
        self._lent.add(connection)
        return connection

    def give_back(self, connection: C) -> None:
        """Take back an intact connection, without a transaction."""
        if connection not in self._lent:  # replaced meanwhile
            self.discard(connection)
            return
        self._lent.remove(connection)
        self._idle.append((connection, asyncio.get_running_loop().time()))
        self._places.release()

    def discard(self, connection: C) -> "asyncio.Task[None]":
        """Take back a connection whose state is unknown. Its place is free once it is closed.

        Nobody waits for that: the task that used it may have been cancelled. Returns the closing.
        """
        self._lent.discard(connection)
        closing = self._close(connection)
        closing.add_done_callback(lambda _closed: self._places.release())
        return closing

    def replace(self, connection: C, cause: str) -> None:
        """Close all connections, those that are lent when they come back, for what one has met.

        Nothing is done for a connection that was to be replaced before, nor twice within a second.
        """
        now_s = asyncio.get_running_loop().time()
        is_soon = now_s < self._replaced_at_s + _REPLACED_EVERY_S
        if is_soon or self._is_closed or not self.is_kept(connection):
            return
        self._replaced_at_s = now_s
        _log.warning(
            "database_connections_replaced",
            extra={"detail": cause, "count": len(self._idle) + len(self._lent)},
        )
        self._lent.clear()
        self._close_idle()

    def is_kept(self, connection: C) -> bool:
        """Tell whether a lent connection is to be lent again after it comes back."""
        return connection in self._lent

    async def close(self) -> None:
        """Close the idle connections and lend none; those that are lent stay with their openers."""
        self._is_closed = True
        self._close_idle()
        if self._closing:
            await asyncio.wait(self._closing)

    async def _take_idle(self) -> C | None:
        """Return the connection that was used last, unless it is of no use; the rest is no better.

        So callers wait for no more than one connection that died in silence.
        """
        if not self._idle:
            return None
        connection, since_s = self._idle.pop()
        idle_s = asyncio.get_running_loop().time() - since_s
        is_usable = False
        try:
            is_usable = await self._connections.is_usable(connection, idle_s=idle_s)
        finally:
            if not is_usable:
                self._close(connection)
        if is_usable:
            return connection
        self._close_idle()
        return None

    def _close_idle(self) -> None:
        while self._idle:
            self._close(self._idle.pop()[0])

    def _close(self, connection: C) -> "asyncio.Task[None]":
        closing = asyncio.get_running_loop().create_task(self._connections.close(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return closing
