"""SQLite connections that are all closed with their engine, each with a thread of its own.

The driver alone leaks a connection whose opening was cancelled: the file stays open, and the thread
calls back into an event loop that may be closed by then.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiosqlite

_ROWS_AT_ONCE: Final = 64  # the driver's own default
# Times that the journal's mode is asked for: among eight that start at once, two were the most.
_SWITCHES: Final = 32
_CLOSED: Final = "connection closed"
_HELD: Final = "others write to the file all the time, so that its journal's mode cannot be changed"

T = TypeVar("T")


class SqliteConnections:
    """Opens connections while the context lasts, and closes every open one at its end."""

    def __init__(self, file: str, pragmas: Mapping[str, str | int]) -> None:
        """Take the path of the file, opened at the first `connect`, and settings by their names."""
        self._file = file
        self._pragmas = pragmas
        self._made: list[SqliteConnection] = []

    async def __aenter__(self) -> Self:
        """Enter the context; the file is not opened yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection, also one in use by a task, and wait for its thread.

        A running statement is completed first; the driver refuses the task's next statement.
        """
        for connection in self._made:
            connection.stop()
        for connection in self._made:
            await asyncio.to_thread(connection.wait_for_its_end)

    async def connect(self) -> "SqliteConnection":
        """Open a connection; a failed or cancelled opening leaves no file and no thread.

        Nor does one that the end of the context overtakes. Raises `sqlite3.Error`.
        """
        connection = SqliteConnection(self._file, self._pragmas)
        self._made = [made for made in self._made if made.is_running]
        self._made.append(connection)
        try:
            await connection.open()
        except BaseException:
            # Blocks the event loop while the file is opened: an await could be cancelled again.
            connection.wait_for_its_end()
            raise
        return connection

    async def is_usable(self, connection: "SqliteConnection", *, idle_s: float) -> bool:  # noqa: ARG002  # a file answers however long it was idle
        """Tell whether a connection's thread was not told to end."""
        return not connection.is_stopped

    async def close(self, connection: "SqliteConnection") -> None:
        """Close a connection after its running statement, and end its thread."""
        stopped = connection.stop()
        if stopped is not None:
            await stopped


class SqliteConnection(aiosqlite.Connection):
    """The driver's connection, with a reference to the `sqlite3` connection its thread opened."""

    def __init__(self, file: str, pragmas: Mapping[str, str | int]) -> None:
        super().__init__(self._open, iter_chunk_size=_ROWS_AT_ONCE)
        self._thread.daemon = True  # a process that exits does not wait for it
        self._file = file
        self._pragmas = pragmas
        self._opened: sqlite3.Connection | None = None
        self.is_stopped = False
        self._stopped: asyncio.Future[Any] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    async def open(self) -> None:
        """Open the file; raises `sqlite3.Error`, also if it was told to stop meanwhile."""
        await self
        if self.is_stopped:  # the thread had nothing to close when it was told
            raise sqlite3.OperationalError(_CLOSED)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Call a function with the connection, in its thread: one hand-over there and back.

        Raises `sqlite3.OperationalError` once the connection was told to stop.
        """
        if self.is_stopped or self._opened is None:
            raise sqlite3.OperationalError(_CLOSED)
        result: T = await self._execute(function, self._opened)  # type: ignore[no-untyped-call]  # the driver's own
        return result

    def stop(self) -> asyncio.Future[Any] | None:
        """Close the connection and end the thread, once: a second call would never be answered."""
        if not self.is_stopped:
            self.is_stopped = True
            self._stopped = super().stop()
        return self._stopped

    def wait_for_its_end(self) -> None:
        """Wait for the thread, which was told to stop, and close a file that it left open."""
        if self.is_running:
            self._thread.join()
        if self._opened is not None:
            self._opened.close()
        self._connection = None  # else the driver warns of a file that was left open

    def _open(self) -> sqlite3.Connection:
        """Open the file, with its settings; runs in the thread."""
        self._opened = sqlite3.connect(self._file, check_same_thread=False)
        for name, value in self._pragmas.items():
            _set(self._opened, name, value)
        return self._opened


def _set(connection: sqlite3.Connection, name: str, value: str | int) -> None:
    """Set a pragma; raises `sqlite3.OperationalError` once another held the file for too long."""
    for _ in range(_SWITCHES):
        try:
            connection.execute(f"PRAGMA {name}={value}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            _wait_for_the_writer(connection)
        else:
            return
    raise sqlite3.OperationalError(_HELD)


def _wait_for_the_writer(connection: sqlite3.Connection) -> None:
    """Get the write lock once and give it back.

    `busy_timeout` holds for this, but not for a change of the journal's mode beside a writer, which
    SQLite refuses at once: services that start together on a new file all ask for that change.
    """
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
