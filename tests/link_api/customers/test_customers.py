"""Customers in SQL, and the database they are in."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from link_api.contacts import Contact
from link_api.customers.storage import CustomerRow, SqlCustomers
from link_api.database.startup import open_database
from tests.support.time_machine import MovableClock

AMA = Contact("email", "ama@example.com")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An open, migrated database."""
    async with open_database(database_url) as opened:
        yield opened


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
