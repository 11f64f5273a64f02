"""A pool of connections, which are the driver's own: none is opened for one call and closed."""

import asyncio
from typing import Generic, Protocol, TypeVar

from link_api.database.locks import take_turn

C = TypeVar("C")


class Connections(Protocol[C]):
    """Opens and closes the connections of one database."""

    async def connect(self) -> C:
        """Open a connection; a failed or cancelled opening leaves none."""
        ...

    def is_usable(self, connection: C) -> bool:
        """Tell whether an idle connection may be used: it is open, and not too old."""
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
        self._idle: list[C] = []
        self._closing: set[asyncio.Task[None]] = set()

    async def take(self) -> C:
        """Return an idle connection, or a new one.

        Raises `StoreUnavailable` where all are lent for 8 s, and the driver's errors.
        """
        await take_turn(self._places)
        try:
            while self._idle:
                connection = self._idle.pop()
                if self._connections.is_usable(connection):
                    return connection
                await self._connections.close(connection)
            return await self._connections.connect()
        except BaseException:
            self._places.release()
            raise

    def give_back(self, connection: C) -> None:
        """Take back an intact connection, without a transaction."""
        self._idle.append(connection)
        self._places.release()

    def discard(self, connection: C) -> "asyncio.Task[None]":
        """Take back a connection whose state is unknown. Its place is free once it is closed.

        Nobody waits for that: the task that used it may have been cancelled. Returns the closing.
        """
        closing = asyncio.get_running_loop().create_task(self._connections.close(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closed)
        return closing

    async def close(self) -> None:
        """Close the idle connections; those that are lent stay with who opened them."""
        while self._idle:
            await self._connections.close(self._idle.pop())
        if self._closing:
            await asyncio.wait(self._closing)

    def _closed(self, closing: "asyncio.Task[None]") -> None:
        self._closing.discard(closing)
        self._places.release()
