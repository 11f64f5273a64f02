"""A former customer comes back by a contact that is typed and proved in the fresh one's session."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from link_api.database.session import writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.contacts.steps import (
    FORMER,
    NEW,
    add,
    code_for,
    confirm,
    entered,
    prove,
    typed,
)
from tests.support.clients.frames import Together
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    data_of,
    new_key,
    new_phone,
    refusal,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

MAIL = "afia@came-back.example"
REQUIRED = (403, "CONFIRMATION_REQUIRED")
SILENT = 366 * 24 * 60 * 60_000
PROVED: Final[dict[str, object]] = {"purpose": FORMER, "confirmation": None, "expires_in": 0}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: `test_way_back.py` asks both kinds for races."""
    return sqlite_in(tmp_path)


@pytest.fixture
def phone() -> str:
    """The number that began anew."""
    return new_phone()


@pytest.fixture
async def former(link: LinkClient, phone: str) -> Customer:
    """A customer with a second contact and an address."""
    customer = await link.sign_in(phone)
    await add(customer, MAIL)
    await customer.post("addresses", HOME)
    return customer


@pytest.fixture
async def fresh(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine
) -> Customer:
    """Who has the former one's number now."""
    await time_machine.forward(SILENT)
    return await link.sign_in(phone)


async def test_it_comes_back_with_its_number(
    link: LinkClient, former: Customer, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """The fresh one's sessions end; the next sign-in by the number is the former customer's."""
    assert await prove(fresh, MAIL) == PROVED

    assert await refusal(await fresh.call("GET", "data")) == (401, "UNAUTHENTICATED")
    await time_machine.forward(60_000)
    again = await link.sign_in(phone)
    assert again.id == former.id
    assert again.id != fresh.id
    assert [saved["city"] for saved in await again.get("addresses")] == [HOME["city"]]
    kinds = [contact["contact_type"] for contact in await again.get("contacts")]
    assert sorted(kinds) == ["email", "phone"]
    assert [(to.address, notice.change) for to, notice in link.outbox.notices[-1:]] == [
        (MAIL, "contact_added")
    ]


async def test_its_mailbox_is_told_that_the_number_began_anew(
    link: LinkClient, phone: str, time_machine: TimeMachine
) -> None:
    """Once, and no other phone of theirs, which may have a new owner too."""
    former = await link.sign_in(phone)
    for contact in (MAIL, new_phone()):
        await time_machine.forward(60_000)
        await add(former, contact)
    await time_machine.forward(SILENT)
    told = len(link.outbox.notices)
    await link.sign_in(phone)
    await time_machine.forward(60_000)
    await link.sign_in(phone)

    [(to, notice)] = link.outbox.notices[told:]
    assert (to.address, notice.change) == (MAIL, "number_left")
    assert notice.contact_masked.endswith(phone[-4:])


async def test_nothing_hints_at_another_contact(
    link: LinkClient, former: Customer, fresh: Customer, phone: str
) -> None:
    """Not in what the fresh one reads, nor in what a code is answered with."""
    texts = [
        await (await fresh.call("GET", path)).text()
        for path in ("data", "contacts", "sessions", "preferences", "addresses", "mobile-money")
    ]
    enrolled = await fresh.call("POST", "enroll", {"contact": phone, "name": "Yaw"})
    texts.append(await enrolled.text())

    for hint in (former.id, MAIL, "came-back.example", "•••@", str(HOME["city"])):
        assert [found for found in texts if hint in found] == []


@pytest.mark.parametrize("contact", ["kwesi@strangers.example", "+233245550377", MAIL])
async def test_whoever_has_the_contact_the_answers_are_the_same(
    link: LinkClient, fresh: Customer, contact: str, time_machine: TimeMachine
) -> None:
    """Another customer's, nobody's and the former one's; before the code and after it."""
    if "strangers" in contact:
        await link.log_in(contact, contact_type="email")
        await time_machine.forward(60_000)
    await confirm(fresh, "add_contact")
    asked = await fresh.call(
        "POST", "contacts/request-otp", {"purpose": FORMER, **typed(contact)}, key=new_key()
    )
    sent = await data_of(asked)
    assert (sent["expires_in"], sent["ask_again_in"]) == (600, 30)
    wrong = f"{(int(link.outbox.code) + 1) % 10**6:06}"
    answer = await entered(fresh, FORMER, wrong, **typed(contact))
    assert await refusal(answer) == (422, "OTP_INVALID")

    right = await entered(fresh, FORMER, link.outbox.code, **typed(contact))
    assert await data_of(right) == PROVED


async def test_a_strangers_contact_changes_nothing(
    link: LinkClient, former: Customer, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """The fresh one goes on, neither gets the contact nor loses anything."""
    stranger = await link.log_in("akua@strangers.example", contact_type="email")
    await time_machine.forward(60_000)
    for contact in ("akua@strangers.example", "nobody@strangers.example"):
        assert await prove(fresh, contact) == PROVED
        await time_machine.forward(60_000)

    assert len(await fresh.get("contacts")) == 1
    again = await link.log_in("akua@strangers.example", contact_type="email")
    assert again["customer_id"] == stranger["customer_id"]
    assert (await link.sign_in(phone)).id == fresh.id


async def test_who_tries_many_contacts_is_held_back_as_by_any_code(
    link: LinkClient, fresh: Customer, time_machine: TimeMachine
) -> None:
    """Each contact has its own bounds, and each code needs what was sent to it."""
    await confirm(fresh, "add_contact")
    asked = {"purpose": FORMER, **typed(MAIL)}
    codes = []
    for _ in range(2):
        answer = await fresh.call("POST", "contacts/request-otp", asked, key=new_key())
        codes.append(answer.status)
    assert codes == [200, 429]
    for _ in range(5):
        answer = await entered(fresh, FORMER, "000000", **typed(MAIL))
        assert answer.status == 422
    answer = await entered(fresh, FORMER, "000000", **typed(MAIL))
    assert await refusal(answer) == (422, "OTP_ATTEMPTS_EXCEEDED")


async def test_a_bearer_alone_brings_nobody_back(
    link: LinkClient, former: Customer, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """The former owner who copied the new owner's `lnk_` has not the number."""
    asked = {"purpose": FORMER, **typed(MAIL)}
    answer = await fresh.call("POST", "contacts/request-otp", asked, key=new_key())
    assert await refusal(answer) == REQUIRED
    sign_in_code = await link.code_for(MAIL, contact_type="email")
    answer = await entered(fresh, FORMER, sign_in_code, **typed(MAIL))
    assert await refusal(answer) == REQUIRED

    assert (await link.sign_in(phone)).id == fresh.id


async def test_a_code_for_one_is_no_code_for_the_other(
    link: LinkClient, former: Customer, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """Neither of the two typed purposes, nor a sign-in, nor another session of the same."""
    await confirm(fresh, "add_contact")
    code = await code_for(fresh, FORMER, **typed(MAIL))
    assert await refusal(await entered(fresh, NEW, code, **typed(MAIL))) == (422, "OTP_EXPIRED")
    answer = await link.verify_otp(code, MAIL, contact_type="email")
    assert await refusal(answer) == (422, "OTP_EXPIRED")
    await time_machine.forward(60_000)
    other = await link.sign_in(phone)
    await confirm(other, "add_contact")
    answer = await entered(other, FORMER, code, **typed(MAIL))
    assert await refusal(answer) == (422, "OTP_EXPIRED")


async def test_added_as_a_new_contact_it_is_anothers(link: LinkClient, fresh: Customer) -> None:
    """As with every contact that a customer has; it takes nothing from the former one."""
    await confirm(fresh, "add_contact")
    code = await code_for(fresh, NEW, **typed(MAIL))
    answer = await entered(fresh, NEW, code, key=new_key(), **typed(MAIL))

    assert await refusal(answer) == (409, "CONFLICT")


async def test_at_once_it_comes_back_once(
    link: LinkClient, former: Customer, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """The same call sent again and again."""
    await confirm(fresh, "add_contact")
    code, key = await code_for(fresh, FORMER, **typed(MAIL)), new_key()
    answers = await asyncio.gather(
        *(entered(fresh, FORMER, code, key=key, **typed(MAIL)) for _ in range(8))
    )

    assert 200 in {answer.status for answer in answers} <= {200, 401}
    await time_machine.forward(60_000)
    assert (await link.sign_in(phone)).id == former.id


async def test_in_a_frame_too(together: Together, database_url: str, phone: str) -> None:
    """Its session ends as all others do."""
    former = await together.link.sign_in(phone)
    await add(former, MAIL)
    async with open_database(database_url) as database, writing(database) as session:
        await session.fetch(Statement(text("UPDATE customers SET active_on = active_on - 366")))
    frame = await together.signed_in("auth", phone=phone)
    fresh_id = frame.grant["session"]["customer_id"]
    for body in ({"purpose": "add_contact"}, {"purpose": FORMER, **typed(MAIL)}):
        await frame.post("contacts/request-otp", body)
        code = together.link.outbox.code
        answer = await frame.post("contacts/verify-otp", {**body, "otp_code": code})
        if answer["confirmation"] is not None:
            frame.confirmations.append(answer["confirmation"])

    assert answer == PROVED
    assert fresh_id != former.id
    assert await refusal(await frame.call("GET", "data")) == (401, "SESSION_REVOKED")
    assert (await frame.refresh()).status == 401
    again = await together.signed_in("auth", phone=phone)
    assert again.grant["session"]["customer_id"] == former.id
