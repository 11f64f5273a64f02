"""Connections end with the database they belong to, whatever task was cancelled or lives on."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from link_api.database.session import Database, reading, writing
from link_api.database.sqlite_connections import SqliteConnections
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.idempotency import IdempotentWrites
from link_kernel.clock import SystemClock
from link_kernel.errors import StoreUnavailable
from tests.support.servers.databases import sqlite_in

SELECT_ONE = Statement(text("SELECT 1"))


@dataclass
class Openings:
    """What SQLite opened in threads of the driver's, and those threads; they wait while held."""

    connections: list[sqlite3.Connection] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _may_go_on: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        """Let the next ones wait, having set `begun`."""
        self.begun.clear()
        self._may_go_on.clear()

    def release(self) -> None:
        """Let all go on."""
        self._may_go_on.set()

    def take_part(self) -> None:
        """Count this thread, and wait in it where openings are held."""
        self.threads.append(threading.current_thread())
        if not self._may_go_on.is_set():
            self.loop.call_soon_threadsafe(self.begun.set)
        self._may_go_on.wait()

    @property
    def left(self) -> list[object]:
        """The threads that have not ended and the connections that are still open."""
        return [
            *(thread for thread in self.threads if thread.is_alive()),
            *(connection for connection in self.connections if is_open(connection)),
        ]


def is_open(connection: sqlite3.Connection) -> bool:
    """Tell whether a connection answers at all."""
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


@pytest.fixture
async def openings(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Openings]:
    """Watch what opens SQLite's files in another thread than ours."""
    seen = Openings()
    seen.release()
    connect = sqlite3.connect

    def watched(*arguments: Any, **named: Any) -> sqlite3.Connection:  # noqa: ANN401  # sqlite3's own
        if threading.current_thread() is not threading.main_thread():
            seen.take_part()
        connection: sqlite3.Connection = connect(*arguments, **named)
        seen.connections.append(connection)
        return connection

    monkeypatch.setattr(sqlite3, "connect", watched)
    yield seen
    seen.release()
    for connection in seen.connections:
        connection.close()


async def read(engine: Database) -> None:
    """Ask the database for something."""
    async with reading(engine) as session:
        await session.fetch(SELECT_ONE)


async def cancel_while_it_opens(task: "asyncio.Task[None]", openings: Openings) -> None:
    """Cancel a task once it waits for a connection; SQLite opens it all the same."""
    await openings.begun.wait()
    openings.release()
    task.cancel()  # before the loop can take what the thread answers
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_cancelled_while_it_connects_leaves_no_connection(
    tmp_path: Path, openings: Openings
) -> None:
    """Closed at once, not with the engine: a server that runs for weeks would pile them up."""
    async with open_database(sqlite_in(tmp_path)) as engine:
        openings.hold()
        await cancel_while_it_opens(asyncio.create_task(read(engine)), openings)

        assert openings.left == []
        await read(engine)
    assert openings.left == []


async def test_a_sweeper_stopped_at_once_leaves_no_connection(
    tmp_path: Path, openings: Openings
) -> None:
    """As in a service that ends as soon as it has begun."""
    async with open_database(sqlite_in(tmp_path)) as engine:
        openings.hold()
        async with IdempotentWrites(engine, SystemClock()).sweeping():
            await openings.begun.wait()
            openings.release()

        assert openings.left == []


async def test_a_start_cancelled_before_it_migrates_leaves_no_connection(
    tmp_path: Path, openings: Openings
) -> None:
    """The connection that migrates keeps the same rule."""

    async def start() -> None:
        async with open_database(sqlite_in(tmp_path)):
            pytest.fail("opened")

    openings.hold()
    await cancel_while_it_opens(asyncio.create_task(start()), openings)

    assert openings.left == []


async def test_an_opening_that_the_end_overtakes_leaves_no_connection(
    tmp_path: Path, openings: Openings
) -> None:
    """Its thread is told to end while the file is being opened: it has nothing to close then."""
    openings.hold()
    async with SqliteConnections(str(tmp_path / "link.db"), {}) as files:
        opening = asyncio.create_task(files.connect())
        await openings.begun.wait()
        asyncio.get_running_loop().call_soon(openings.release)

    with pytest.raises(sqlite3.OperationalError, match="closed"):
        await opening
    assert openings.left == []


@dataclass
class Holder:
    """Holds a connection in a transaction, until the database has ended and beyond."""

    holding: asyncio.Event = field(default_factory=asyncio.Event)
    database_ended: asyncio.Event = field(default_factory=asyncio.Event)
    driver: Any = None

    async def hold(self, engine: Database) -> None:
        """Ask for something, and again once the database has ended."""
        async with writing(engine) as session:
            self.driver = session.driver
            await session.fetch(SELECT_ONE)
            self.holding.set()
            await self.database_ended.wait()
            await session.fetch(SELECT_ONE)

    async def outlive(self, url: str) -> "asyncio.Task[None]":
        """Return the task that holds a connection of a database which has ended."""
        async with open_database(url) as engine:
            task = asyncio.create_task(self.hold(engine))
            await self.holding.wait()
        return task

    async def end(self, task: "asyncio.Task[None]", ending: str) -> None:
        """Cancel the task, or let it be refused at its next statement; it ends either way.

        A cancelled one may be refused as well, when it wants to roll back.
        """
        if ending == "cancelled":
            task.cancel()
        self.database_ended.set()
        refusals = (StoreUnavailable, asyncio.CancelledError)
        with pytest.raises(refusals if ending == "cancelled" else StoreUnavailable):
            await task


@pytest.mark.parametrize("ending", ["cancelled", "going on"])
async def test_a_task_that_outlives_a_sqlite_file_keeps_no_connection(
    tmp_path: Path, openings: Openings, ending: str
) -> None:
    """It is refused at its next statement, or cancelled, and finds nothing to close."""
    holder = Holder()
    task = await holder.outlive(sqlite_in(tmp_path))

    assert openings.left == []
    await holder.end(task, ending)
    assert openings.left == []


@pytest.mark.parametrize("ending", ["cancelled", "going on"])
async def test_a_task_that_outlives_a_postgresql_keeps_no_connection(
    postgres_url: str, ending: str
) -> None:
    """The same, where a connection is a socket."""
    holder = Holder()
    task = await holder.outlive(postgres_url)

    assert holder.driver.is_closed()
    await holder.end(task, ending)


async def read_when_told(engine: Database, ended: asyncio.Event) -> None:
    """Begin to read, and ask for the first thing once the database has ended."""
    async with reading(engine) as session:
        await ended.wait()
        await session.fetch(SELECT_ONE)


async def test_a_reader_that_outlives_its_database_opens_none_anew(
    tmp_path: Path, openings: Openings
) -> None:
    """Its first statement is not sent again on another connection, which nobody would close."""
    ended, waiting = asyncio.Event(), asyncio.Event()
    async with open_database(sqlite_in(tmp_path)) as engine:
        task = asyncio.create_task(read_when_told(engine, ended))
        asyncio.get_running_loop().call_soon(waiting.set)
        await waiting.wait()
        await read(engine)
    ended.set()

    with pytest.raises(StoreUnavailable):
        await task
    with pytest.raises(StoreUnavailable):
        await read(engine)
    assert openings.left == []


async def test_a_connection_to_a_demoted_primary_is_replaced(postgres_url: str) -> None:
    """Such a connection answers, so it would be taken again and again, and refuse every write."""
    writes = Statement(text("CREATE TABLE written (id int)"))
    async with open_database(postgres_url) as engine:
        async with reading(engine) as session:
            await session.driver.execute("SET default_transaction_read_only = on")

        async with writing(engine) as session:
            await session.fetch(writes)
        async with reading(engine) as session:
            assert [tuple(row) for row in await session.fetch(SELECT_ONE)] == [(1,)]
