"""The database: brought up to date at the start, bounded when it fails; on both kinds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiosqlite
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from link_api.customers.storage import SqlCustomers
from link_api.database import startup as database
from link_api.database.alembic_upgrade import MIGRATIONS, alembic_config
from link_api.database.engine import migrating_engine, parse_database_url
from link_api.database.session import Base, Database, reading
from link_api.database.startup import DatabaseError, open_database
from link_api.database.statements import Statement
from link_api.migrations import NEWEST
from link_api.mobile_money.storage import MobileMoneyRow
from link_api.spelling.contacts import Contact
from link_dev.embedded.postgres import EmbeddedPostgres
from link_kernel.errors import StoreUnavailable
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import (
    LinkClient,
    new_key,
    refusal,
    running_link_api,
    settings_for,
)
from tests.support.servers.databases import sqlite_in
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.time_machine import MovableClock

AMA = Contact("email", "ama@example.com")
STARTS = 8
SECONDS = 60  # "within seconds", on a busy machine; who was not bounded would wait for ever


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database."""
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
async def migrating(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    """The engine that migrates, on a database without a table."""
    async with migrating_engine(parse_database_url(empty_database_url)) as opened:
        yield opened


def difference(connection: Connection) -> list[object]:
    """Return what the models have that the tables have not, and the other way round."""
    options = {"compare_server_default": True, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, Base.metadata))


def facts(connection: Connection) -> list[object]:
    """Return what Alembic does not compare: keys and checks with their names."""
    found = inspect(connection)
    return [
        (
            table,
            found.get_pk_constraint(table),
            sorted(found.get_check_constraints(table), key=str),
            sorted(found.get_foreign_keys(table), key=str),
        )
        for table in sorted(Base.metadata.tables)
    ]


async def test_the_migrations_make_what_the_models_say(migrating: AsyncEngine) -> None:
    """Nothing is missing, nothing is left over: types, defaults, keys, checks and their names."""
    assert MobileMoneyRow.metadata is Base.metadata
    async with migrating.begin() as connection:
        await connection.run_sync(database.upgrade)
        assert await connection.run_sync(difference) == []
        migrated = await connection.run_sync(facts)
    async with migrating.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        assert await connection.run_sync(facts) == migrated


def test_the_newest_revision_is_that_of_alembics_only_head() -> None:
    """A migration that `NEWEST` does not name would never run on a database of today."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


async def test_every_migration_can_be_undone_and_done_again(migrating: AsyncEngine) -> None:
    """Down to nothing, and up to the same tables."""

    def base(connection: Connection) -> list[str]:
        command.downgrade(alembic_config(connection), "base")
        return inspect(connection).get_table_names()

    for _ in range(2):
        async with migrating.begin() as connection:
            await connection.run_sync(database.upgrade)
            assert await connection.run_sync(difference) == []
        async with migrating.begin() as connection:
            assert await connection.run_sync(base) == ["alembic_version"]


async def test_a_migration_that_fails_leaves_nothing(
    empty_database_url: str, migrating: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one transaction, so the next start begins where this one began."""

    def fail(connection: Connection) -> None:
        upgrade(connection)
        connection.execute(text("SELECT no_such_column"))

    upgrade = database.upgrade
    monkeypatch.setattr(database, "upgrade", fail)
    with pytest.raises(DatabaseError, match="no_such_column"):
        async with open_database(empty_database_url):
            pass

    async with migrating.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []


async def test_opening_twice_migrates_once_and_keeps_what_is_there(database_url: str) -> None:
    """A restart finds its customers."""
    async with open_database(database_url) as engine:
        first = await SqlCustomers(engine, MovableClock()).of_contact(AMA)
    async with open_database(database_url) as engine:
        assert await SqlCustomers(engine, MovableClock()).of_contact(AMA) == first


async def test_sqlite_is_opened_with_wal_and_foreign_keys(tmp_path: Path) -> None:
    """On every connection of the pool."""
    async with (
        open_database(sqlite_in(tmp_path)) as engine,
        reading(engine) as one,
        reading(engine) as two,
    ):
        for session in (one, two):
            assert await session.fetch(Statement(text("PRAGMA journal_mode"))) == [("wal",)]
            assert await session.fetch(Statement(text("PRAGMA foreign_keys"))) == [(1,)]


async def test_a_locked_sqlite_file_is_unavailable_not_wrong(
    tmp_path: Path, production_time_outs: None
) -> None:
    """Each of many callers hears 503 within seconds, and may come again."""
    async with open_database(sqlite_in(tmp_path)) as engine:
        customers = SqlCustomers(engine, MovableClock())
        async with aiosqlite.connect(tmp_path / "link.db") as other, asyncio.timeout(SECONDS):
            await other.execute("BEGIN EXCLUSIVE")
            answers = await asyncio.gather(
                *(customers.of_contact(AMA) for _ in range(STARTS)), return_exceptions=True
            )
            await other.rollback()
        assert {type(answer) for answer in answers} == {StoreUnavailable}

        assert (await customers.of_contact(AMA)).id


async def test_a_locked_table_of_postgresql_is_unavailable_not_wrong(
    postgres_url: str, postgres_server: EmbeddedPostgres, production_time_outs: None
) -> None:
    """Likewise, within seconds."""
    async with open_database(postgres_url) as engine:
        customers = SqlCustomers(engine, MovableClock())
        async with (
            postgres_server.connected(postgres_url) as other,
            other.transaction(),
            asyncio.timeout(SECONDS),
        ):
            await other.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreUnavailable):
                await customers.of_contact(AMA)

        assert (await customers.of_contact(AMA)).id


async def test_a_server_that_falls_silent_is_unavailable_within_seconds(
    postgres_url: str, postgres_server: EmbeddedPostgres, production_time_outs: None
) -> None:
    """A connection that is open and answers nothing is as good as none."""
    silence = FaultProxy(postgres_server.port)
    async with silence.running() as port:
        url = postgres_url.replace(f":{postgres_server.port}/", f":{port}/")
        async with open_database(url) as engine:
            customers = SqlCustomers(engine, MovableClock())
            first = await customers.of_contact(AMA)
            silence.begin(Fault.SILENT)
            async with asyncio.timeout(2 * SECONDS):
                with pytest.raises(StoreUnavailable):
                    await customers.of_contact(AMA)
                with pytest.raises(StoreUnavailable):
                    await customers.of_contact(AMA)  # no connection is left, and none is made
            await silence.mend()
            assert await customers.of_contact(AMA) == first


async def test_tables_that_are_gone_are_a_503(
    link: LinkClient, break_database: Callable[[], Awaitable[None]]
) -> None:
    """The fault is ours and not the caller's, who may come again."""
    ama = await link.sign_in()
    await break_database()

    answer = await ama.call("POST", "addresses", HOME, key=new_key())
    assert await refusal(answer) == (503, "STORE_UNAVAILABLE")


async def test_a_server_that_stopped_is_a_503_until_it_is_back(
    redis_url: str, own_postgres: EmbeddedPostgres, clock: MovableClock
) -> None:
    """Nobody is logged out, and the service needs no restart."""
    settings = settings_for(redis_url, own_postgres.url)
    async with running_link_api(settings, clock) as link:
        ama = await link.sign_in()
        await ama.post("addresses", HOME)
        await own_postgres.kill()
        key = new_key()
        async with asyncio.timeout(SECONDS):
            for call in (("GET", "addresses"), ("POST", "addresses", HOME)):
                answer = await ama.call(*call, key=key)
                assert await refusal(answer) == (503, "STORE_UNAVAILABLE")
                assert answer.headers["Retry-After"]

        await own_postgres.restart()
        assert (await ama.call("POST", "addresses", HOME, key=key)).status == 201
        assert len(await ama.get("addresses")) == 2


@pytest.mark.parametrize(
    "refused",
    [
        "no url at all",
        "nosuch://user:hunter2@host/db",
        "sqlite:////no/such/folder/link.db",
        "postgresql://user:hunter2@127.0.0.1:1/db",
        "postgresql://user:hunter2@no-such-host.invalid/db",
    ],
)
async def test_a_database_that_cannot_be_opened_says_why(refused: str) -> None:
    """In one line, without the password."""
    with pytest.raises(DatabaseError) as caught:
        async with open_database(refused):
            pass
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_login_that_postgresql_refuses_is_one_line(
    postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """Who may not come in, and which database is not there."""
    scheme, _, rest = postgres_url.partition("://link:")
    password, _, where = rest.partition("@")
    wrong = {
        f"{scheme}://link:hunter2@{where}": "password authentication failed",
        f"{postgres_url}x": "does not exist",
    }
    for url, reason in wrong.items():
        with pytest.raises(DatabaseError, match=reason) as caught:
            async with open_database(url):
                pass
        assert "hunter2" not in str(caught.value)
        assert password not in str(caught.value)
