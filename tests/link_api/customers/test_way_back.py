"""A former customer comes back by another contact, as SQL has it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from link_api.customers.contacts import ADD_CONTACT, added
from link_api.customers.dormancy import DAY_MS, Dormancy
from link_api.customers.former import CameBack, FormerCustomers
from link_api.customers.service import Customer, ProvedContact
from link_api.customers.storage import SqlCustomers
from link_api.database.session import Database, writing
from link_api.database.startup import open_database
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id
from tests.support.time_machine import MovableClock

PHONE = Contact("phone", "+233245550301")
MAIL = Contact("email", "adwoa@way-back.example")
SECOND_PHONE = Contact("phone", "+233245550302")
OTHERS = Contact("email", "kojo@way-back.example")
NOBODYS = Contact("email", "nobody@way-back.example")


def proved(contact: Contact, customer_id: str) -> dict[str, Any]:
    """Return the parameters of `ADD_CONTACT`."""
    return added(ProvedContact(new_id("con"), contact, 0, None), customer_id, now_ms=0)


@dataclass
class Parted:
    """A former customer, who has `MAIL`, and the fresh one, who has `PHONE` now."""

    database: Database
    customers: SqlCustomers
    parting: FormerCustomers
    former: Customer
    fresh: Customer

    async def owner(self, contact: Contact) -> Customer:
        """Return the customer of a contact that is proved."""
        return (await self.customers.of_contact(contact)).ids


@pytest.fixture
async def parted(database_url: str, clock: MovableClock) -> AsyncIterator[Parted]:
    """A number that began anew."""
    async with open_database(database_url) as database:
        customers = SqlCustomers(database, clock)
        parting = FormerCustomers(database, Dormancy(365, clock))
        former = (await customers.of_contact(PHONE)).ids
        async with writing(database) as session:
            await session.fetch(ADD_CONTACT, **proved(MAIL, former.id))
        await customers.of_contact(OTHERS)
        clock.ahead_ms += 400 * DAY_MS
        await parting.begin_anew(PHONE, former)
        yield Parted(database, customers, parting, former, (await customers.of_contact(PHONE)).ids)


async def test_another_contact_of_theirs_brings_the_former_one_back(parted: Parted) -> None:
    """With the number; the fresh one has no contact any more, and a repeat says so again."""
    assert parted.fresh != parted.former
    for _ in range(2):
        assert await parted.parting.bring_back(parted.fresh.id, MAIL)
        assert await parted.owner(PHONE) == await parted.owner(MAIL) == parted.former
        record = await parted.customers.get(parted.former.id)
        assert {own.contact for own in record.contacts} == {PHONE, MAIL}
        assert (record.phone, record.email) == (PHONE.address, MAIL.address)


@pytest.mark.parametrize("contact", [OTHERS, NOBODYS, PHONE])
async def test_any_other_contact_changes_nothing(parted: Parted, contact: Contact) -> None:
    """A stranger's, nobody's, and the number itself."""
    assert not await parted.parting.bring_back(parted.fresh.id, contact)

    assert await parted.owner(PHONE) == parted.fresh
    assert await parted.owner(MAIL) == parted.former


async def test_only_the_fresh_customer_leads_to_the_former_one(parted: Parted) -> None:
    """Not a third one who proves the former one's contact, nor the former one."""
    third = await parted.owner(OTHERS)
    for customer in (third, parted.former):
        assert not await parted.parting.bring_back(customer.id, MAIL)

    assert await parted.owner(PHONE) == parted.fresh


async def test_the_former_one_who_woke_by_mail_gets_the_number_back_too(parted: Parted) -> None:
    """In the session that proved the number."""
    await parted.parting.wake(parted.former)

    assert await parted.parting.bring_back(parted.fresh.id, MAIL)
    assert await parted.owner(PHONE) == parted.former


async def test_a_contact_that_the_fresh_one_added_comes_along(parted: Parted) -> None:
    """The same person proved it."""
    another = Contact("email", "adwoa@new-mailbox.example")
    async with writing(parted.database) as session:
        await session.fetch(ADD_CONTACT, **proved(another, parted.fresh.id))
    await parted.parting.bring_back(parted.fresh.id, MAIL)

    assert await parted.owner(another) == parted.former


async def test_where_the_fresh_ones_number_began_anew_too_their_contact_is_asked_all_the_same(
    parted: Parted, clock: MovableClock
) -> None:
    """They are reached by another one, and lead to the former customer by none but that one's."""
    another = Contact("email", "adwoa@third-mailbox.example")
    async with writing(parted.database) as session:
        await session.fetch(ADD_CONTACT, **proved(another, parted.fresh.id))
    clock.ahead_ms += 400 * DAY_MS
    await parted.parting.begin_anew(PHONE, parted.fresh)

    assert await parted.parting.bring_back(parted.fresh.id, NOBODYS) is None
    assert await parted.owner(another) == parted.fresh
    assert await parted.parting.bring_back(parted.fresh.id, MAIL)
    assert await parted.owner(another) == parted.former


async def test_at_once_with_sign_ins_and_with_itself_it_happens_once(parted: Parted) -> None:
    """Nobody waits for ever, and each contact has one customer."""
    answers = await asyncio.gather(
        *(parted.parting.bring_back(parted.fresh.id, MAIL) for _ in range(8)),
        *(parted.owner(PHONE) for _ in range(8)),
        *(parted.parting.begin_anew(PHONE, parted.former) for _ in range(8)),
    )

    came = [answer for answer in answers[:8] if isinstance(answer, CameBack)]
    assert [(each.former_id, each.fresh_ids) for each in came] == [
        (parted.former.id, (parted.fresh.id,))
    ] * 8
    assert sorted(len(each.got) for each in came) == [0] * 7 + [1]
    assert set(answers[8:16]) <= {parted.fresh, parted.former}
    assert await parted.owner(PHONE) == await parted.owner(MAIL) == parted.former


async def test_two_numbers_at_once_bring_the_former_one_back_once(parted: Parted) -> None:
    """Each is proved in a session of the other's fresh customer."""
    async with writing(parted.database) as session:
        await session.fetch(ADD_CONTACT, **proved(SECOND_PHONE, parted.former.id))
    await parted.parting.begin_anew(SECOND_PHONE, parted.former)
    second = await parted.owner(SECOND_PHONE)
    await asyncio.gather(
        *(parted.parting.bring_back(parted.fresh.id, SECOND_PHONE) for _ in range(4)),
        *(parted.parting.bring_back(second.id, PHONE) for _ in range(4)),
    )

    record = await parted.customers.get(parted.former.id)
    assert {own.contact for own in record.contacts} == {PHONE, SECOND_PHONE, MAIL}
    for fresh in (parted.fresh, second):
        assert (await parted.customers.get(fresh.id)).contacts == ()
