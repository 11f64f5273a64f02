"""Services that start beside each other on one database."""

import asyncio
import json
import logging
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from link_api.customers.storage import SqlCustomers
from link_api.database import startup
from link_api.database.engine import migrating_engine, parse_database_url
from link_api.database.sqlite_connections import SqliteConnections
from link_api.database.startup import DatabaseError, open_database
from link_api.migrations import NEWEST
from link_api.spelling.contacts import Contact
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.support.servers.commands import run_module
from tests.support.time_machine import MovableClock

AMA: Final = Contact("email", "ama@example.com")
STARTS: Final = 8
DEADLINE_S: Final = 30
PRAGMAS: Final[Mapping[str, str | int]] = {"busy_timeout": DEADLINE_S * 1000, "journal_mode": "WAL"}


async def test_services_that_start_at_once_all_come_up(empty_database_url: str) -> None:
    """One migrates, the others wait for it and find the work done."""
    async with AsyncExitStack() as opened:
        engines = await asyncio.gather(
            *(opened.enter_async_context(open_database(empty_database_url)) for _ in range(STARTS))
        )
        found = await asyncio.gather(
            *(SqlCustomers(engine, MovableClock()).of_contact(AMA) for engine in engines)
        )
    assert len(set(found)) == 1


async def test_a_new_file_waits_for_a_service_that_writes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite refuses a change of the journal's mode at once beside a writer, whatever may wait."""
    waiting = threading.Event()

    class Told(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401  # SQLite's own
            if statement == "BEGIN IMMEDIATE":
                waiting.set()
            return super().execute(statement, *values)

    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        connect = partial(sqlite3.connect, factory=Told)
        monkeypatch.setattr(sqlite3, "connect", connect)
        async with SqliteConnections(str(file), PRAGMAS) as files:
            opening = asyncio.create_task(files.connect())
            told = asyncio.create_task(asyncio.to_thread(waiting.wait, DEADLINE_S))
            await asyncio.wait({opening, told}, return_when=asyncio.FIRST_COMPLETED)
            other.rollback()
            waiting.set()
            connection = await opening
            [mode] = await connection.run(
                lambda file: file.execute("PRAGMA journal_mode").fetchone()
            )
    assert mode == "wal"


async def test_a_migration_is_one_line_of_the_log(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Alembic's own are templates, whose values no log of ours has."""
    caplog.set_level(logging.INFO)
    async with open_database(empty_database_url):
        pass
    [said] = [record for record in caplog.records if not record.name.startswith("aiosqlite")]
    assert (said.message, said.__dict__["version"]) == ("database_migrated", NEWEST)


async def test_a_migrated_database_opens_while_another_service_holds_the_lock(
    postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """A start has nothing to wait for where nothing is to be migrated."""
    async with postgres_server.connected(postgres_url) as other, other.transaction():
        await other.execute(f"SELECT pg_advisory_xact_lock({startup._MIGRATION_LOCK})")  # noqa: SLF001  # the same lock
        async with asyncio.timeout(DEADLINE_S), open_database(postgres_url) as engine:
            assert (await SqlCustomers(engine, MovableClock()).of_contact(AMA)).id


async def test_a_release_starts_on_the_database_of_a_newer_one(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One that restarts during a rollout, or is rolled back to; the newer revision stays.

    The log says so.
    """
    read = text("SELECT version_num FROM alembic_version")
    async with migrating_engine(parse_database_url(empty_database_url)) as migrating:
        async with migrating.begin() as connection:
            await connection.run_sync(startup.upgrade)
            await connection.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))
        async with open_database(empty_database_url) as engine:
            assert (await SqlCustomers(engine, MovableClock()).of_contact(AMA)).id
        async with migrating.connect() as connection:
            assert (await connection.scalars(read)).all() == ["v9999"]
    [said] = [record for record in caplog.records if record.message == "database_is_ahead"]
    assert (said.levelname, said.__dict__["version"]) == ("WARNING", "v9999")


@pytest.mark.parametrize("revision", ["1975ea83b712", "v9999-hotfix", "v0000"])
async def test_the_database_of_another_program_is_refused_in_one_line(
    empty_database_url: str, revision: str
) -> None:
    """Alembic knows no such revision, and would say so in a hundred lines."""
    async with migrating_engine(parse_database_url(empty_database_url)) as migrating:
        async with migrating.begin() as connection:
            await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            written = text("INSERT INTO alembic_version VALUES (:revision)")
            await connection.execute(written, {"revision": revision})
        with pytest.raises(DatabaseError, match="another program") as caught:
            async with open_database(empty_database_url):
                pass
    assert "\n" not in str(caught.value)


async def test_a_newer_release_that_migrates_first_leaves_nothing_to_do(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before the wait for the lock is read again."""
    found = iter([{"v0001"}, {"v9999"}])
    monkeypatch.setattr(startup, "_applied", lambda _: next(found))
    async with open_database(postgres_url) as engine:
        assert (await SqlCustomers(engine, MovableClock()).of_contact(AMA)).id
    assert next(found, None) is None


async def test_a_command_migrates_and_needs_no_other_setting(
    empty_database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A platform runs it before the services of a release, which find nothing to do."""
    file = tmp_path / "url"
    file.write_text(f"{empty_database_url}\n")
    env = {"LINK_DATABASE_URL_FILE": str(file), "LINK_REDIS_URL": "of no use", "PATH": ""}
    status, output, errors = run_module("link_api", "migrate", env=env)
    assert (0, "database: ok") == (status, output)
    assert [json.loads(line)["message"] for line in errors.splitlines()] == ["database_migrated"]

    caplog.set_level(logging.INFO)
    async with open_database(empty_database_url):
        assert "database_migrated" not in {record.message for record in caplog.records}


def test_a_migration_that_fails_is_one_line_and_status_1() -> None:
    """So a rollout ends before it replaces a service."""
    env = {"LINK_DATABASE_URL": "postgresql://link:hunter2@127.0.0.1:1/link", "PATH": ""}
    status, output, errors = run_module("link_api", "migrate", env=env)
    assert (1, "") == (status, output)
    assert errors.startswith("link-api: LINK_DATABASE_URL: cannot open the database: ")
    assert "hunter2" not in errors
