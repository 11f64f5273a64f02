"""Connections to a SQLite file; each has a thread of its driver's, and none outlives its engine.

The driver by itself forgets a connection whose opening was cancelled: nobody closes the file, and
the thread answers to an event loop that may have ended in between.
"""

import asyncio
import sqlite3
from types import TracebackType
from typing import Any, Final, Self

import aiosqlite

_ROWS_AT_ONCE: Final = 64  # the driver's own default


class SqliteConnections:
    """Opens connections while the context lasts, and ends with it whatever is still open."""

    def __init__(self, file: str) -> None:
        """Take the path of the file; it is opened at the first `connect`."""
        self._file = file
        self._made: list[_Connection] = []

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection, also one that a task still holds, and wait for its thread.

        A statement that runs is finished first; the task's next one is refused by the driver.
        """
        for connection in self._made:
            connection.stop()
        for connection in self._made:
            await asyncio.to_thread(connection.wait_for_its_end)

    async def connect(self) -> aiosqlite.Connection:
        """Open a connection; where that fails or is cancelled, nothing of it is left.

        Raises `sqlite3.Error`.
        """
        connection = _Connection(self._file)
        self._made = [made for made in self._made if made.is_running]
        self._made.append(connection)
        try:
            return await connection
        except BaseException:
            # Blocks the loop as long as a file takes to open: awaiting could be cancelled again.
            connection.wait_for_its_end()
            raise


class _Connection(aiosqlite.Connection):
    """The driver's connection, which knows what its thread opened even if nobody waited for it."""

    def __init__(self, file: str) -> None:
        super().__init__(self._open, iter_chunk_size=_ROWS_AT_ONCE)
        self._thread.daemon = True  # a process that dies does not wait for it
        self._file = file
        self._opened: sqlite3.Connection | None = None
        self._is_stopped = False
        self._stopped: asyncio.Future[Any] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the thread has begun and not ended."""
        return self._thread.is_alive()

    def stop(self) -> asyncio.Future[Any] | None:
        """Close the connection and end the thread, once: a second call would have no answer."""
        if not self._is_stopped:
            self._is_stopped = True
            self._stopped = super().stop()
        return self._stopped

    def wait_for_its_end(self) -> None:
        """Wait for the thread, which was told to stop, and close what it may have left open."""
        if self.is_running:
            self._thread.join()
        if self._opened is not None:
            self._opened.close()

    def _open(self) -> sqlite3.Connection:
        """Open the file; runs in the thread."""
        self._opened = sqlite3.connect(self._file, check_same_thread=False)
        return self._opened
