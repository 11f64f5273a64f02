"""Whose a contact is: rows of contacts, and what the release before wrote."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import bindparam, text, update

from link_api.customers.contacts import NOBODYS_DOMAIN
from link_api.customers.storage import SqlCustomers
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id
from tests.support.time_machine import MovableClock

EFUA = Contact("phone", "+233245550101")
MAIL = Contact("email", "efua@contacts.example")
WEEK_MS = 7 * 24 * 60 * 60_000


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database."""
    async with open_database(database_url) as opened:
        yield opened


BEFORE = Statement(
    text(
        "INSERT INTO customers (id, account_id, phone, email, created_at)"
        " VALUES (:id, :account_id, :phone, :email, 5)"
    )
)
GOES = Statement(update(ContactRow).values(goes_at=bindparam("at")))
CLEARED = Statement(update(CustomerRow).values(phone=None, email=CustomerRow.id + NOBODYS_DOMAIN))


async def run(database: Database, statement: Statement, **values: object) -> None:
    """Run a write, in a transaction of its own."""
    async with writing(database) as session:
        await session.fetch(statement, **values)


async def written_by_the_release_before(database: Database) -> str:
    """Write a customer with a phone and a mailbox as that release does; return the id."""
    ids = {"id": new_id("cus"), "account_id": new_id("acc")}
    await run(database, BEFORE, **ids, phone=EFUA.address, email=MAIL.address)
    return ids["id"]


async def test_both_contacts_of_a_row_without_contacts_are_the_customers(
    database: Database,
) -> None:
    """During a rollout the release before makes customers, who have the same ids after it."""
    customers = SqlCustomers(database, MovableClock())
    customer_id = await written_by_the_release_before(database)

    before = await customers.get(customer_id)
    assert await customers.has(MAIL)
    assert (await customers.of_contact(EFUA)).id == customer_id
    assert (await customers.of_contact(MAIL)).id == customer_id
    after = await customers.get(customer_id)

    assert [one.contact for one in before.contacts] == [EFUA, MAIL]
    assert [one.id for one in after.contacts] == [one.id for one in before.contacts]
    assert (after.phone, after.email) == (EFUA.address, MAIL.address)


async def test_what_stands_for_no_contact_is_none(database: Database) -> None:
    """Nobody's address fills the column where the release before wants one."""
    customers = SqlCustomers(database, MovableClock())
    customer_id = await written_by_the_release_before(database)
    await run(database, CLEARED)

    assert (await customers.get(customer_id)).contacts == ()
    assert not await customers.has(EFUA)


async def test_a_contact_that_goes_is_the_customers_until_then_and_free_from_then_on(
    database: Database,
) -> None:
    """Who reads decides by the clock; the next one to prove it is somebody else."""
    clock = MovableClock()
    customers = SqlCustomers(database, clock)
    former = await customers.of_contact(EFUA)
    goes_at = clock.now_ms() + WEEK_MS
    await run(database, GOES, at=goes_at)
    await run(database, CLEARED)

    clock.ahead_ms += WEEK_MS - 1000
    assert await customers.has(EFUA)
    assert [one.is_leaving for one in (await customers.get(former.id)).contacts] == [True]
    clock.ahead_ms += 1000
    assert not await customers.has(EFUA)
    next_one = await customers.of_contact(EFUA)

    assert next_one.id != former.id
    assert (await customers.of_contact(EFUA)).id == next_one.id


async def test_a_sign_in_by_a_contact_that_goes_keeps_it(database: Database) -> None:
    """Whoever proves it has it."""
    clock = MovableClock()
    customers = SqlCustomers(database, clock)
    customer = await customers.of_contact(EFUA)
    await run(database, GOES, at=clock.now_ms() + WEEK_MS)

    before = await customers.of_contact(EFUA)
    assert (before.id, before.is_leaving(EFUA)) == (customer.id, True)

    clock.ahead_ms += 2 * WEEK_MS
    assert (await customers.of_contact(EFUA)).id == customer.id
