"""Two at once: the database decides, and each is answered by what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from link_api.auth.codes.marks import ContactMarks
from link_api.auth.records import Notice
from link_api.contacts.storage import SqlContacts
from link_api.customers.storage import SqlCustomers
from link_api.database.session import writing
from link_api.spelling.contacts import Contact
from link_kernel.errors import StoreUnavailable
from tests.link_api.contacts.steps import (
    NEW,
    add,
    code_of_new,
    confirm,
    entered,
    ids_of,
    typed,
)
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    new_key,
    new_phone,
    refusal,
)
from tests.support.clients.running_api import RunningApi
from tests.support.time_machine import MovableClock, TimeMachine

DAY = 24 * 60 * 60_000


async def test_of_two_removals_at_once_one_contact_is_left(
    ama: Customer, mailbox: Callable[[], str]
) -> None:
    """Each code was right, and each contact had another one beside it."""
    await add(ama, mailbox())
    both = await ids_of(ama)
    for contact_id in both:
        await confirm(ama, "remove_contact", contact_id=contact_id)
    callers = [replace(ama, confirmations=[own]) for own in ama.confirmations[-2:]]

    answers = await asyncio.gather(
        *(
            caller.call("DELETE", f"contacts/{one}")
            for caller, one in zip(callers, both, strict=True)
        )
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    staying = [one for one in await ama.get("contacts") if one["leaves_at"] is None]
    assert len(staying) == 1


async def test_of_two_customers_who_add_one_contact_at_once_one_has_it(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """Both have its code; the table decides, and a code that comes later is gone by then."""
    kofi = await link.sign_in()
    contested = mailbox()
    codes = []
    for customer in (ama, kofi):
        codes.append(await code_of_new(customer, contested))
        await time_machine.forward(61_000)

    answers = await asyncio.gather(
        *(
            entered(customer, NEW, code, **typed(contested))
            for customer, code in zip((ama, kofi), codes, strict=True)
        )
    )

    assert sorted(answer.status for answer in answers) in ([201, 409], [201, 422])
    winner = ama if answers[0].status == 201 else kofi
    await time_machine.forward(DAY)
    login = await link.log_in(contested, contact_type="email")
    assert login["customer_id"] == winner.id


async def test_a_sign_up_and_an_addition_of_one_contact_are_one_customer(
    link: LinkClient, ama: Customer, time_machine: TimeMachine
) -> None:
    """Whoever comes second finds the first one's, or that the codes went to its owner.

    No customer without a contact is left.
    """
    contested = new_phone()
    adding = await code_of_new(ama, contested)
    await time_machine.forward(61_000)
    signing_up = await link.code_for(contested)

    added, signed_up = await asyncio.gather(
        entered(ama, NEW, adding, **typed(contested)), link.verify_otp(signing_up, contested)
    )

    owner = (await signed_up.json()).get("customer_id")
    assert (added.status == 201) == (owner in {ama.id, None})
    assert added.status in {201, 409}
    assert signed_up.status in {200, 422}


async def test_a_dormant_customers_number_is_added_by_who_proves_it(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """As a sign-in by it would begin anew: the former one keeps the rest, and is told by mail."""
    phone, mailbox = new_phone(), "mansa@added-number.example"
    former = await link.sign_in(phone)
    await add(former, mailbox)
    await time_machine.forward(366 * DAY)
    login = await link.log_in("kwaku@added-number.example", contact_type="email")
    kwaku = Customer(link, login["session_token"], login["customer_id"])
    await time_machine.forward(60_000)
    told = len(link.outbox.notices)
    await add(kwaku, phone)

    assert [(to.address, notice.change) for to, notice in link.outbox.notices[told:]] == [
        (mailbox, "number_added"),
        ("kwaku@added-number.example", "contact_added"),
    ]
    await time_machine.forward(DAY)
    assert (await link.sign_in(phone)).id == kwaku.id
    by_mail = await link.log_in(mailbox, contact_type="email")
    assert by_mail["customer_id"] == former.id
    assert len(by_mail["contacts_masked"]) == 1


async def test_a_contact_that_was_removed_during_a_sign_in_by_another_stays_removed(
    running: RunningApi, clock: MovableClock
) -> None:
    """That other one is kept, since it was leaving; what else was there before is not written."""
    services, mail = running.api.services, Contact("email", "esi@kept-by-sign-in.example")
    first, second = (Contact("phone", new_phone()) for _ in range(2))
    customers = SqlCustomers(services.database, clock)
    ama = await customers.of_contact(first)
    async with writing(services.database) as session:
        stored = SqlContacts(services.scope(session, ama.id))
        await stored.add(second)
        await stored.add(mail)
    async with writing(services.database) as session:
        stored = SqlContacts(services.scope(session, ama.id))
        own = {one.contact: one for one in (await stored.get()).contacts}
        await stored.remove(own[mail], goes_at=clock.now_ms() + DAY)
    found = await customers.find_known(mail)
    async with writing(services.database) as session:
        await SqlContacts(services.scope(session, ama.id)).remove(own[second], goes_at=None)
    await customers.signed_in(mail, found)

    contacts = (await customers.get(ama.id)).contacts
    assert [(one.contact, one.goes_at) for one in contacts] == [(first, None), (mail, None)]


async def test_no_answer_waits_for_a_notice(
    link: LinkClient, time_machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its time whoever signs in by a number would see that it had an owner with a mailbox."""
    phone, mailbox = new_phone(), "mensah@held-notice.example"
    may_go_on, is_told = asyncio.Event(), asyncio.Event()
    await add(await link.sign_in(phone), mailbox)
    await time_machine.forward(366 * DAY)
    told = len(link.outbox.notices)
    notify = link.outbox.notify

    async def wait(contact: Contact, notice: Notice) -> None:
        await may_go_on.wait()
        await notify(contact, notice)
        is_told.set()

    monkeypatch.setattr(link.outbox, "notify", wait)
    assert (await link.sign_in(phone)).id
    assert link.outbox.notices[told:] == []
    may_go_on.set()
    await is_told.wait()
    [(to, notice)] = link.outbox.notices[told:]
    assert (to.address, notice.change) == (mailbox, "number_left")


async def test_who_lost_a_number_is_told_where_the_codes_could_not_be_deleted(
    link: LinkClient, time_machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That comes after the commit; the repeat has nothing to tell any more."""
    phone, mailbox = new_phone(), "yaa@told-all-the-same.example"
    await add(await link.sign_in(phone), mailbox)
    await time_machine.forward(366 * DAY)
    kofi = await link.sign_in()
    await time_machine.forward(60_000)
    code, key = await code_of_new(kofi, phone), new_key()
    told = len(link.outbox.notices)
    with monkeypatch.context() as away:
        away.setattr(ContactMarks, "forget_codes", refuse)
        answer = await entered(kofi, NEW, code, key=key, **typed(phone))
        assert await refusal(answer) == (503, "STORE_UNAVAILABLE")
    assert (await entered(kofi, NEW, code, key=key, **typed(phone))).status == 201
    assert (mailbox, "number_added") in [
        (to.address, notice.change) for to, notice in link.outbox.notices[told:]
    ]


async def refuse(_marks: ContactMarks, _contact: Contact) -> None:
    raise StoreUnavailable("Redis is away")
