"""The pool of connections: each comes back clean or is closed, whatever became of its task."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from link_api.database import engine, locks, postgresql_connections, session
from link_api.database.session import Database, Session, reading, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_dev.embedded.postgres import EmbeddedPostgres
from link_kernel.errors import StoreUnavailable
from link_kernel.observability.lasting_faults import LastingFault
from tests.support.servers.databases import sqlite_in

ONE = Statement(text("SELECT 1"))
ADD = Statement(
    text("INSERT INTO customers (id, account_id, email, created_at) VALUES ('c', 'a', 'e', 1)")
)
COUNT = Statement(text("SELECT count(*) FROM customers"))
# Takes longer than any test waits, unless it is stopped; SQLite's ends by itself, in a moment.
LONG = {
    "sqlite": Statement(
        text(
            "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 1000000)"
            " SELECT count(*) FROM n"
        )
    ),
    "postgresql": Statement(text("SELECT pg_sleep(600)")),
}
RUNNING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE state = 'active' AND query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database with a single connection, so that one that never came back would be missed."""
    monkeypatch.setattr(session, "_SIZES", {"sqlite": (1, 1), "postgresql": (1, 1)})
    async with open_database(database_url) as opened:
        yield opened


@dataclass
class Busy:
    """Runs a long statement, in a transaction with a write or in none."""

    database: Database
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Read for long."""
        async with reading(self.database) as opened:
            await self._run_long(opened)

    async def write(self) -> None:
        """Write, then read for long in the same transaction."""
        async with writing(self.database) as opened:
            await opened.fetch(ADD)
            await self._run_long(opened)

    async def _run_long(self, opened: Session) -> None:
        asyncio.get_running_loop().call_soon(self.begun.set)  # once this task waits
        await opened.fetch(LONG[self.database.dialect.name])

    async def cancel(self, task: "asyncio.Task[None]") -> None:
        """Cancel the task while its statement runs."""
        await self.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def customers(database: Database) -> int:
    """Count the customers, on whatever connection is lent."""
    async with reading(database) as opened:
        [[count]] = await opened.fetch(COUNT)
    return int(count)


async def test_a_connection_that_comes_back_intact_is_lent_again(database: Database) -> None:
    """After a read, a write, and what failed in between: its transaction was rolled back."""
    drivers: set[object] = set()
    async with reading(database) as opened:
        drivers.add(opened.driver)
    with pytest.raises(ZeroDivisionError):
        await fail_after_a_write(database, drivers)
    assert await customers(database) == 0

    async with writing(database) as opened:
        drivers.add(opened.driver)
        opened.defer(ADD)
    assert await customers(database) == 1
    assert len(drivers) == 1


async def fail_after_a_write(database: Database, drivers: set[object]) -> None:
    """Note the connection, write and raise."""
    async with writing(database) as opened:
        drivers.add(opened.driver)
        await opened.fetch(ADD)
        raise ZeroDivisionError


async def test_a_cancelled_reader_gives_its_place_back(database: Database) -> None:
    """The next one gets another connection; a row read late would answer the wrong question."""
    busy = Busy(database)
    await busy.cancel(asyncio.create_task(busy.read()))

    assert await customers(database) == 0


async def test_a_cancelled_writer_leaves_no_transaction(database: Database) -> None:
    """Nothing is written, and no lock is left to wait for."""
    busy = Busy(database)
    await busy.cancel(asyncio.create_task(busy.write()))

    assert await customers(database) == 0
    async with writing(database) as opened:
        opened.defer(ADD)
    assert await customers(database) == 1


async def test_the_next_writer_waits_until_a_cancelled_one_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its statement still runs and holds SQLite's lock, whose own waiting is unfair."""
    monkeypatch.setattr(engine, "_BUSY_MS", 1)
    monkeypatch.setattr(session, "_SIZES", {"sqlite": (2, 1)})
    async with open_database(sqlite_in(tmp_path)) as database:
        busy = Busy(database)
        await busy.cancel(asyncio.create_task(busy.write()))
        async with writing(database) as opened:
            await opened.fetch(ADD)
        assert await customers(database) == 1


async def test_a_cancelled_statement_is_stopped_on_the_server(
    postgres_url: str, postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the time its place is free: callers who leave must not pile up work."""
    monkeypatch.setattr(session, "_SIZES", {"postgresql": (1, 1)})
    async with open_database(postgres_url) as database:
        busy = Busy(database)
        task = asyncio.create_task(busy.read())
        async with postgres_server.connected(postgres_url) as other:
            while await other.fetchval(RUNNING) == 0:
                assert not task.done()
            await busy.cancel(task)
            await customers(database)
            assert await other.fetchval(RUNNING) == 0


async def test_a_task_cancelled_while_it_waits_takes_no_place(database: Database) -> None:
    """The one who holds the connection gives it to the next in the queue."""
    async with reading(database):
        waiting = [asyncio.create_task(customers(database)) for _ in range(2)]
        both_wait = asyncio.Event()
        asyncio.get_running_loop().call_soon(both_wait.set)
        await both_wait.wait()
        waiting[0].cancel()
    assert await waiting[1] == 0
    assert waiting[0].cancelled()


async def test_who_gets_no_connection_in_time_hears_503(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says why, and the place is not lost."""
    monkeypatch.setattr(locks, "_LONGEST_WAIT_S", 0.01)
    not_told = LastingFault(logging.getLogger("pool"), "store_unavailable", "store_answers_again")
    monkeypatch.setattr(locks, "NO_ANSWER", not_told)
    async with reading(database):
        with pytest.raises(StoreUnavailable):
            await customers(database)
    assert "store_unavailable" in caplog.messages
    assert await customers(database) == 0


async def test_an_old_connection_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names may lead to another server by then."""
    monkeypatch.setattr(postgresql_connections, "_LONGEST_LIFE_S", 0.0)
    async with open_database(postgres_url) as database:
        async with reading(database) as opened:
            old = opened.driver
        async with reading(database) as opened:
            assert opened.driver is not old
            assert await opened.fetch(ONE)
        assert old.is_closed()
