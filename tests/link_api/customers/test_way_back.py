"""A former customer comes back by another contact, as SQL has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from link_api.account.forgetting import Forgetting
from link_api.app import open_link_api
from link_api.contacts.storage import SqlContacts
from link_api.customers.contacts import ADD_CONTACT, added
from link_api.customers.dormancy import DAY_MS
from link_api.customers.former import FormerCustomers
from link_api.customers.service import Customer, ProvedContact
from link_api.customers.storage import LOCK_CUSTOMER, SqlCustomers
from link_api.customers.way_back import CameBack
from link_api.database.session import writing
from link_api.database.statements import Statement
from link_api.services import Services
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from link_kernel.errors import SessionRevoked
from link_kernel.ids import new_id
from tests.support.clients.link_client import Outbox, settings_for
from tests.support.time_machine import MovableClock

PHONE = Contact("phone", "+233245550301")
MAIL = Contact("email", "adwoa@way-back.example")
SECOND_PHONE = Contact("phone", "+233245550302")
THIRDS_PHONE = Contact("phone", "+233245550303")
ADDED = Contact("email", "adwoa@new-mailbox.example")
OTHERS = Contact("email", "kojo@way-back.example")
NOBODYS = Contact("email", "nobody@way-back.example")


def proved(contact: Contact, customer_id: str) -> dict[str, Any]:
    """Return the parameters of `ADD_CONTACT`."""
    return added(ProvedContact(new_id("con"), contact, 0, None), customer_id, now_ms=0)


@dataclass
class Parted:
    """A former customer, who has `MAIL`, and the fresh one, who has `PHONE` now."""

    services: Services
    customers: SqlCustomers
    parting: FormerCustomers
    former: Customer
    fresh: Customer

    async def owner(self, contact: Contact) -> Customer:
        """Return the customer of a contact that is proved."""
        return (await self.customers.of_contact(contact)).ids

    async def give(self, contact: Contact, customer: Customer) -> None:
        """Give a customer a contact."""
        async with writing(self.services.database) as session:
            await session.fetch(ADD_CONTACT, **proved(contact, customer.id))

    async def bring_back(self, contact: Contact, fresh: Customer | None = None) -> CameBack | None:
        """Prove a contact in a session of a customer, the fresh one unless said."""
        of = (fresh or self.fresh).id
        return await self.services.keyed.current.way_back.bring_back(of, contact)


@asynccontextmanager
async def parting(settings: Settings, clock: MovableClock) -> AsyncIterator[Parted]:
    """Let a number begin anew."""
    async with open_link_api(settings, clock=clock, sender=Outbox()) as api:
        auth = api.services.keyed.current.auth
        former = (await auth.customers.of_contact(PHONE)).ids
        parted = Parted(api.services, auth.customers, auth.sign_ins.former, former, former)
        await parted.give(MAIL, former)
        await parted.owner(OTHERS)
        clock.ahead_ms += 400 * DAY_MS
        await parted.parting.begin_anew(PHONE, former)
        parted.fresh = await parted.owner(PHONE)
        yield parted


@pytest.fixture
async def parted(settings: Settings, clock: MovableClock) -> AsyncIterator[Parted]:
    """A number that began anew."""
    async with parting(settings, clock) as parted:
        yield parted


async def test_another_contact_of_theirs_brings_the_former_one_back(parted: Parted) -> None:
    """With the number; the account of the fresh one, who has no contact any more, is closed."""
    assert parted.fresh != parted.former
    came = await parted.bring_back(MAIL)
    assert came == CameBack((parted.fresh.id,), had=(MAIL,), given={PHONE: ()})
    assert await parted.owner(PHONE) == await parted.owner(MAIL) == parted.former
    record = await parted.customers.get(parted.former.id)
    assert {own.contact for own in record.contacts} == {PHONE, MAIL}
    assert (record.phone, record.email) == (PHONE.address, MAIL.address)
    with pytest.raises(SessionRevoked):
        await parted.customers.get(parted.fresh.id)
    assert await parted.bring_back(MAIL) is None


@pytest.mark.parametrize("contact", [OTHERS, NOBODYS, PHONE])
async def test_any_other_contact_changes_nothing(parted: Parted, contact: Contact) -> None:
    """A stranger's, nobody's, and the number itself."""
    assert not await parted.bring_back(contact)

    assert await parted.owner(PHONE) == parted.fresh
    assert await parted.owner(MAIL) == parted.former


async def test_only_the_fresh_customer_leads_to_the_former_one(parted: Parted) -> None:
    """Not a third one who proves the former one's contact, nor the former one."""
    third = await parted.owner(OTHERS)
    for customer in (third, parted.former):
        assert not await parted.bring_back(MAIL, customer)

    assert await parted.owner(PHONE) == parted.fresh


async def test_the_former_one_who_woke_by_mail_gets_the_number_back_too(parted: Parted) -> None:
    """In the session that proved the number."""
    await parted.parting.wake(parted.former)

    assert await parted.bring_back(MAIL)
    assert await parted.owner(PHONE) == parted.former


async def test_a_contact_that_the_fresh_one_added_stays_with_them(parted: Parted) -> None:
    """It may be another person's, who would share the former one's account, or lose their own."""
    await parted.give(ADDED, parted.fresh)
    came = await parted.bring_back(MAIL)

    assert came is not None
    assert came.given == {PHONE: (ADDED,)}
    assert await parted.owner(ADDED) == parted.fresh
    assert await parted.owner(PHONE) == parted.former


async def test_a_number_that_began_anew_again_is_not_the_fresh_ones_to_give(
    parted: Parted, clock: MovableClock
) -> None:
    """Nor is one that they removed."""
    await parted.give(ADDED, parted.fresh)
    clock.ahead_ms += 400 * DAY_MS
    await parted.parting.begin_anew(PHONE, parted.fresh)
    third = await parted.owner(PHONE)

    assert await parted.bring_back(MAIL) is None
    assert await parted.owner(PHONE) == third
    assert await parted.owner(ADDED) == parted.fresh


async def test_a_number_that_was_leaving_and_was_kept_is_the_fresh_ones_to_give(
    parted: Parted, clock: MovableClock
) -> None:
    """Not while it leaves; a sign-in by it keeps it, in its row alone."""
    await parted.give(ADDED, parted.fresh)
    async with writing(parted.services.database) as session:
        stored = SqlContacts(parted.services.scope(session, parted.fresh.id))
        [number] = [own for own in (await stored.get()).contacts if own.contact == PHONE]
        await stored.remove(number, goes_at=clock.now_ms() + DAY_MS)
    assert await parted.bring_back(MAIL) is None

    assert await parted.owner(PHONE) == parted.fresh
    assert await parted.bring_back(MAIL)
    assert await parted.owner(PHONE) == parted.former


async def test_a_mailbox_that_the_release_before_noted_stays_the_former_ones(
    settings: Settings, clock: MovableClock
) -> None:
    """It wrote no row of it, and the number's row would hide it."""
    async with open_link_api(settings, clock=clock, sender=Outbox()) as api:
        auth = api.services.keyed.current.auth
        former = (await auth.customers.of_contact(PHONE)).ids
        async with writing(api.services.database) as session:
            await session.fetch(Statement(text("DELETE FROM contacts")))
            await session.fetch(Statement(text(f"UPDATE customers SET email = '{MAIL.address}'")))  # noqa: S608  # our own
        clock.ahead_ms += 400 * DAY_MS
        await auth.sign_ins.former.begin_anew(PHONE, former)
        fresh = (await auth.customers.of_contact(PHONE)).ids
        parted = Parted(api.services, auth.customers, auth.sign_ins.former, former, fresh)

        assert await parted.bring_back(MAIL)
        record = await parted.customers.get(former.id)
        assert {own.contact for own in record.contacts} == {PHONE, MAIL}


async def test_who_has_lost_the_number_adds_another_one_of_the_former_customer(
    parted: Parted, clock: MovableClock
) -> None:
    """As anybody does who proves it: they could not bring that customer back any more."""
    await parted.give(SECOND_PHONE, parted.former)
    await parted.give(ADDED, parted.fresh)
    let_go = parted.parting.let_go
    async with writing(parted.services.database) as session:
        assert await let_go(session, SECOND_PHONE, parted.fresh.id) is None
    clock.ahead_ms += 400 * DAY_MS
    await parted.parting.begin_anew(PHONE, parted.fresh)
    async with writing(parted.services.database) as session:
        assert await let_go(session, SECOND_PHONE, parted.fresh.id)


async def test_an_account_that_it_closed_is_nobodys_to_close(
    parted: Parted, clock: MovableClock
) -> None:
    """Nothing is left of it in either store."""
    services = parted.services
    closing = services.keyed.current.closing
    await parted.bring_back(MAIL)
    closed = await closing.find(parted.fresh.id)
    assert closed is not None
    assert closed.names_left == ()
    clock.ahead_ms += 91 * DAY_MS
    assert await Forgetting(services.database, clock, closing).run() == 0


async def test_at_once_with_sign_ins_and_with_itself_it_happens_once(parted: Parted) -> None:
    """Nobody waits for ever, and each contact has one customer."""
    answers = await asyncio.gather(
        *(parted.bring_back(MAIL) for _ in range(8)),
        *(parted.owner(PHONE) for _ in range(8)),
        *(parted.parting.begin_anew(PHONE, parted.former) for _ in range(8)),
    )

    [came] = [answer for answer in answers[:8] if isinstance(answer, CameBack)]
    assert came.fresh_ids == (parted.fresh.id,)
    assert set(answers[8:16]) <= {parted.fresh, parted.former}
    assert await parted.owner(PHONE) == await parted.owner(MAIL) == parted.former


async def test_two_numbers_at_once_bring_the_former_one_back_once(parted: Parted) -> None:
    """Each is proved in a session of the other's fresh customer."""
    await parted.give(SECOND_PHONE, parted.former)
    await parted.parting.begin_anew(SECOND_PHONE, parted.former)
    second = await parted.owner(SECOND_PHONE)
    answers = await asyncio.gather(
        *(parted.bring_back(SECOND_PHONE) for _ in range(4)),
        *(parted.bring_back(PHONE, second) for _ in range(4)),
    )

    [came] = filter(None, answers)
    assert set(came.fresh_ids) == {parted.fresh.id, second.id}
    record = await parted.customers.get(parted.former.id)
    assert {own.contact for own in record.contacts} == {PHONE, SECOND_PHONE, MAIL}
    for fresh in (parted.fresh, second):
        with pytest.raises(SessionRevoked):
            await parted.customers.get(fresh.id)


async def test_a_claim_waits_for_nobody_but_the_former_one_and_the_fresh_ones(
    redis_url: str, postgres_url: str, clock: MovableClock
) -> None:
    """Whoever adds a number of theirs waits for them, and would be waited for: a deadlock."""
    async with parting(settings_for(redis_url, postgres_url), clock) as parted:
        third = await parted.owner(THIRDS_PHONE)
        async with writing(parted.services.database) as session:
            await session.fetch(LOCK_CUSTOMER, row_id=third.id)
            assert await parted.bring_back(THIRDS_PHONE) is None
