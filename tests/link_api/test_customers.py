"""Customers in SQL, and the database they are in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from link_api.contacts import Contact
from link_api.customers.storage import CustomerRow, SqlCustomers
from link_api.database import Base, DatabaseRefused, open_database, reading
from link_api.mobile_money.storage import MobileMoneyRow
from link_kernel.errors import StoreUnavailable
from tests.time_machine import MovableClock

AMA = Contact("email", "ama@example.com")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A file of its own."""
    return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """An open, migrated database."""
    async with open_database(url) as opened:
        yield opened


async def test_the_migrations_make_what_the_models_say(engine: AsyncEngine, tmp_path: Path) -> None:
    """Nothing is missing, nothing is left over, checks and their names included."""
    assert MobileMoneyRow.metadata is Base.metadata

    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    def checks(connection: Connection) -> list[object]:
        return [
            (table, inspect(connection).get_check_constraints(table))
            for table in sorted(Base.metadata.tables)
        ]

    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
        migrated = await connection.run_sync(checks)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        assert await connection.run_sync(checks) == migrated


async def test_opening_twice_migrates_once_and_keeps_what_is_there(url: str) -> None:
    """A restart finds its customers."""
    async with open_database(url) as engine:
        first = await SqlCustomers(engine, MovableClock()).of_contact(AMA)
    async with open_database(url) as engine:
        assert await SqlCustomers(engine, MovableClock()).of_contact(AMA) == first


async def test_sqlite_is_opened_with_wal_and_foreign_keys(engine: AsyncEngine) -> None:
    """On every connection of the pool."""
    async with reading(engine) as one, reading(engine) as two:
        for session in (one, two):
            assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
            assert await session.scalar(text("PRAGMA foreign_keys")) == 1


async def test_a_hundred_first_logins_at_once_are_one_customer(engine: AsyncEngine) -> None:
    """The unique contact decides, not who looked first."""
    customers = SqlCustomers(engine, MovableClock())
    found = await asyncio.gather(*(customers.of_contact(AMA) for _ in range(100)))

    assert len(set(found)) == 1


async def test_a_phone_and_a_mailbox_are_two_customers_until_joined(engine: AsyncEngine) -> None:
    """A contact stands for whoever proved it, and nobody proved both."""
    customers, clock = SqlCustomers(engine, MovableClock()), MovableClock()
    by_phone = await customers.of_contact(Contact("phone", "+233241234567"))
    by_mail = await customers.of_contact(AMA)

    assert by_phone.id != by_mail.id
    assert by_phone.account_id != by_mail.account_id
    async with engine.connect() as connection:
        rows = (await connection.execute(CustomerRow.__table__.select())).all()
    assert all(abs(row.created_at - clock.now_ms()) < 60_000 for row in rows)


async def test_a_customer_without_a_contact_cannot_be(engine: AsyncEngine) -> None:
    """Nobody could ever sign in as it."""
    statement = text("INSERT INTO customers (id, account_id, created_at) VALUES ('c', 'a', 1)")
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(statement)


async def test_a_locked_database_is_unavailable_not_wrong(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """The caller hears 503 and may come again."""
    async with aiosqlite.connect(tmp_path / "test.db") as other:
        await other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable):
            await SqlCustomers(engine, MovableClock()).of_contact(AMA)
        await other.rollback()

    assert (await SqlCustomers(engine, MovableClock()).of_contact(AMA)).id


@pytest.mark.parametrize(
    "refused",
    [
        "no url at all",
        "nosuch://user:hunter2@host/db",
        "postgresql+nosuch://user:hunter2@host/db",
        "sqlite+aiosqlite:////no/such/folder/link.db",
    ],
)
async def test_a_database_that_cannot_be_opened_says_why(refused: str) -> None:
    """In one line, without the password."""
    with pytest.raises(DatabaseRefused) as caught:
        async with open_database(refused):
            pass
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
