"""PostgreSQL connections that are all closed with their database, with time-outs of seconds."""

import asyncio
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

import asyncpg

_CLOSE_S: Final = 2.0
_LONGEST_LIFE_S: Final = 30 * 60.0


class PostgresqlConnections:
    """Opens connections while the context lasts, and closes every open one at its end."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401  # the driver's own
        """Take the arguments of `asyncpg.connect`; nothing is opened before the first `connect`."""
        self._arguments = arguments
        self._opened_at_s: WeakKeyDictionary[asyncpg.Connection, float] = WeakKeyDictionary()

    async def __aenter__(self) -> Self:
        """Enter the context; nothing is opened yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection, also one in use by a task, whose statement then fails."""
        for connection in list(self._opened_at_s):
            connection.terminate()  # no effect on a closed one

    async def connect(self) -> asyncpg.Connection:
        """Open a connection; raises `OSError` and the driver's errors."""
        connection = await asyncpg.connect(**self._arguments)
        self._opened_at_s[connection] = asyncio.get_running_loop().time()
        return connection

    def is_usable(self, connection: asyncpg.Connection) -> bool:
        """Tell whether a connection is open, and younger than half an hour.

        So the connections follow a name that leads to another server.
        """
        age_s = asyncio.get_running_loop().time() - self._opened_at_s[connection]
        return age_s < _LONGEST_LIFE_S and not connection.is_closed()

    async def close(self, connection: asyncpg.Connection) -> None:
        """Close a connection within two seconds, after asking the server to stop its statement."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await connection.close()
        except Exception:  # noqa: BLE001  # a server that is gone or silent closes nothing
            connection.terminate()
