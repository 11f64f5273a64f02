"""Customers in SQL, and the database they are in."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import select, text

from link_api.customers.storage import SqlCustomers
from link_api.customers.tables import CustomerRow
from link_api.database.session import Database, reading, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from tests.support.time_machine import MovableClock

AMA = Contact("email", "ama@example.com")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database."""
    async with open_database(database_url) as opened:
        yield opened


async def test_a_hundred_first_logins_at_once_are_one_customer(engine: Database) -> None:
    """The unique contact decides, not who looked first."""
    customers = SqlCustomers(engine, MovableClock())
    found = await asyncio.gather(*(customers.of_contact(AMA) for _ in range(100)))

    assert len({customer.id for customer in found}) == 1


async def test_a_phone_and_a_mailbox_are_two_customers_until_joined(engine: Database) -> None:
    """A contact stands for whoever proved it, and nobody proved both."""
    customers, clock = SqlCustomers(engine, MovableClock()), MovableClock()
    by_phone = await customers.of_contact(Contact("phone", "+233241234567"))
    by_mail = await customers.of_contact(AMA)

    assert by_phone.id != by_mail.id
    assert by_phone.account_id != by_mail.account_id
    async with reading(engine) as session:
        rows = await session.fetch(Statement(select(CustomerRow.created_at)))
    assert len(rows) == 2
    assert all(abs(created_at - clock.now_ms()) < 60_000 for (created_at,) in rows)


async def test_a_customer_without_a_contact_cannot_be(engine: Database) -> None:
    """Nobody could ever sign in as it."""
    statement = text("INSERT INTO customers (id, account_id, created_at) VALUES ('c', 'a', 1)")
    with pytest.raises((sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)):
        async with writing(engine) as session:
            await session.fetch(Statement(statement))
