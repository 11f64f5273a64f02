"""Who may not change a customer's contacts, and what they are told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from link_api.contacts.service import MOST_CONTACTS
from link_kernel.ids import from_base64url
from tests.link_api.contacts.steps import (
    NEW,
    add,
    code_for,
    code_of_new,
    confirm,
    entered,
    ids_of,
    typed,
)
from tests.support.clients.link_client import (
    Asking,
    Customer,
    LinkClient,
    data_of,
    new_address,
    new_key,
    refusal,
    wrong,
)
from tests.support.servers.databases import sqlite_in
from tests.support.servers.redis_batches import batches_to_redis
from tests.support.servers.statements import sent_to_the_database
from tests.support.time_machine import TimeMachine

REQUIRED: Final = (403, "CONFIRMATION_REQUIRED")
EXPIRED: Final = (422, "OTP_EXPIRED")
INVALID: Final = (422, "OTP_INVALID")
ROUTES: Final = [
    ("GET", "contacts", None),
    ("POST", "contacts/request-otp", {"purpose": "add_contact"}),
    ("POST", "contacts/verify-otp", {"purpose": "add_contact", "otp_code": "000000"}),
    ("DELETE", "contacts/con_0123456789abcdef", None),
]
MINUTE: Final = 60_000


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def in_another_session(link: LinkClient, phone: str, time_machine: TimeMachine) -> Customer:
    """Return the customer of a phone in another login."""
    await time_machine.forward(MINUTE)
    login = await link.log_in(phone, Asking(address=new_address()))
    return Customer(link, login["session_token"], login["customer_id"])


async def test_a_stranger_is_nobody(link: LinkClient) -> None:
    """No credential, or one that stands for nobody."""
    for method, path, body in ROUTES:
        for token in (None, f"lnk_{new_key()}"):
            answer = await link.call(method, path, body, Asking(token=token))
            assert await refusal(answer) == (401, "UNAUTHENTICATED")


async def test_another_customers_contact_is_like_none(link: LinkClient, ama: Customer) -> None:
    """For a code, and with a confirmation for a removal, which it does not use up."""
    kofi = await link.sign_in()
    [of_kofi] = await ids_of(kofi)
    asked = {"purpose": "remove_contact", "contact_id": of_kofi}
    answer = await ama.call("POST", "contacts/request-otp", asked)
    assert await refusal(answer) == (404, "NOT_FOUND")

    await confirm(ama, "remove_contact")
    assert await refusal(await ama.call("DELETE", f"contacts/{of_kofi}")) == (404, "NOT_FOUND")
    assert await ids_of(kofi) == [of_kofi]


async def test_a_copied_bearer_alone_changes_nothing(
    ama: Customer, mailbox: Callable[[], str]
) -> None:
    """It is the customer's own session, without the customer's phone."""
    second = mailbox()
    await add(ama, second)
    before = await ama.get("contacts")
    thief = ama

    for contact in await ids_of(ama):
        assert await refusal(await thief.call("DELETE", f"contacts/{contact}")) == REQUIRED
    new = {"purpose": NEW, **typed(mailbox())}
    assert await refusal(await thief.call("POST", "contacts/request-otp", new)) == REQUIRED
    assert await refusal(await entered(thief, NEW, "000000", **typed(mailbox()))) == REQUIRED
    assert await refusal(await entered(thief, "remove_contact", "000000")) == EXPIRED
    assert await ama.get("contacts") == before


async def test_a_copied_bearer_cannot_use_what_its_owner_confirms(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """Only whoever entered the code has its confirmation; the thief polls all the while."""
    await add(ama, mailbox())
    phone, second = await ids_of(ama)
    thief = Customer(link, ama.token, ama.id)
    new = typed(mailbox())

    for purpose, method, path, body in (
        ("add_contact", "POST", "contacts/request-otp", {"purpose": NEW, **new}),
        ("remove_contact", "DELETE", f"contacts/{phone}", None),
        ("export_account", "GET", "account/export", None),
        ("close_account", "DELETE", "account", None),
    ):
        await time_machine.forward(MINUTE)
        await confirm(ama, purpose)
        for guessed in ([], [new_key()], ["x" * 43]):
            copy = replace(thief, confirmations=guessed)
            assert await refusal(await copy.call(method, path, body)) == REQUIRED, purpose
        if purpose == "add_contact":
            code = await code_for(ama, NEW, **new)
            assert await refusal(await entered(thief, NEW, code, **new)) == REQUIRED
        if purpose == "remove_contact":
            await data_of(await ama.call(method, f"contacts/{second}"))
        else:
            assert (await ama.call(method, path, body)).status in {200, 429}, purpose


async def test_a_repeated_entry_gets_the_same_confirmation(link: LinkClient, ama: Customer) -> None:
    """Its answer may be lost; it is 256 bits, which Redis does not hold."""
    code, key = await code_for(ama, "remove_contact"), new_key()
    first, again = [
        (await data_of(await entered(ama, "remove_contact", code, key=key)))["confirmation"]
        for _ in range(2)
    ]

    assert first == again
    assert len(from_base64url(first)) == 32


async def test_a_confirmation_and_a_code_are_of_one_session(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """Another login of the same customer can use neither."""
    phone = link.outbox.sent[-1][0].address
    await add(ama, mailbox())
    other = await in_another_session(link, phone, time_machine)
    first, second = await ids_of(ama)

    code = await code_for(ama, "remove_contact")
    assert await refusal(await entered(other, "remove_contact", code)) == EXPIRED
    await time_machine.forward(MINUTE)
    await code_for(other, "remove_contact")
    assert await refusal(await entered(other, "remove_contact", code)) == INVALID
    confirmed = await data_of(await entered(ama, "remove_contact", code))
    for login in (ama, other):
        login.confirmations.append(confirmed["confirmation"])
    assert await refusal(await other.call("DELETE", f"contacts/{second}")) == REQUIRED
    await data_of(await ama.call("DELETE", f"contacts/{second}"))
    assert await ids_of(ama) == [first, second]


@pytest.mark.parametrize("purpose", ["add_contact", "close_account", "export_account"])
async def test_a_code_is_for_one_purpose(
    ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str], purpose: str
) -> None:
    """Neither the code nor the confirmation of another purpose removes a contact."""
    await add(ama, mailbox())
    await time_machine.forward(MINUTE)
    code = await code_for(ama, purpose)
    await time_machine.forward(MINUTE)
    await code_for(ama, "remove_contact")

    assert await refusal(await entered(ama, "remove_contact", code)) == INVALID
    confirmed = await data_of(await entered(ama, purpose, code))
    ama.confirmations.append(confirmed["confirmation"])
    for contact in await ids_of(ama):
        assert await refusal(await ama.call("DELETE", f"contacts/{contact}")) == REQUIRED


async def test_a_code_of_a_sign_in_confirms_nothing_and_no_other_signs_in(
    link: LinkClient, ama: Customer, time_machine: TimeMachine
) -> None:
    """A page that had a code read out for a sign-in has a sign-in, and no account."""
    phone = link.outbox.sent[-1][0].address
    confirming = await code_for(ama, "close_account")
    await time_machine.forward(MINUTE)
    signing_in = await link.code_for(phone)

    assert await refusal(await entered(ama, "close_account", signing_in)) == INVALID
    assert await refusal(await link.verify_otp(confirming, phone)) == INVALID
    assert (await data_of(await entered(ama, "close_account", confirming)))["expires_in"] == 600


async def test_a_code_cannot_be_guessed(ama: Customer) -> None:
    """Five entries, as for a sign-in; then the right one is refused too."""
    code = await code_for(ama, "remove_contact")
    for _ in range(5):
        assert await refusal(await entered(ama, "remove_contact", wrong(code))) == INVALID
    exceeded = (422, "OTP_ATTEMPTS_EXCEEDED")
    assert await refusal(await entered(ama, "remove_contact", code)) == exceeded


async def test_codes_wait_for_each_other_as_those_of_sign_ins(ama: Customer) -> None:
    """One message to a contact in 30 seconds, whatever it is for."""
    await code_for(ama, "remove_contact")
    answer = await ama.call("POST", "contacts/request-otp", {"purpose": "add_contact"})
    assert await refusal(answer) == (429, "RATE_LIMITED")


async def test_who_has_a_contact_is_told_to_whoever_proved_it_alone(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """Before that a customer's contact and anybody's have one answer, and cost the same."""
    taken, free = mailbox(), mailbox()
    kofi = await link.log_in(taken, contact_type="email")
    await time_machine.forward(MINUTE)
    answers, costs = [], []
    for contact in (taken, free):
        await confirm(ama, "add_contact")
        with sent_to_the_database() as statements, batches_to_redis() as trips:
            asked = {"purpose": NEW, **typed(contact)}
            data = await ama.post("contacts/request-otp", asked)
            guessed = await entered(ama, NEW, wrong(link.outbox.code), **typed(contact))
        assert data.pop("contact_masked").startswith(f"{contact[0]}•••")
        answers.append((data, await refusal(guessed)))
        costs.append([one.split()[0] for one in statements])
        assert trips
        await time_machine.forward(MINUTE)

    assert answers[0] == answers[1]
    assert costs[0] == costs[1]
    code = await code_of_new(ama, taken)
    answer = await entered(ama, NEW, code, **typed(taken))
    assert await refusal(answer) == (409, "CONFLICT")
    assert "another customer" in await answer.text()
    await time_machine.forward(MINUTE)
    again = await link.log_in(taken, contact_type="email")
    assert again["customer_id"] == kofi["customer_id"]


async def test_a_confirmation_adds_one_contact(
    link: LinkClient, ama: Customer, mailbox: Callable[[], str]
) -> None:
    """Two codes out, one addition."""
    one, other = mailbox(), mailbox()
    await confirm(ama, "add_contact")
    codes = [await code_for(ama, NEW, **typed(contact)) for contact in (one, other)]

    await data_of(await entered(ama, NEW, codes[0], **typed(one)))
    assert await refusal(await entered(ama, NEW, codes[1], **typed(other))) == REQUIRED


async def test_a_new_contacts_code_is_for_that_contact(
    ama: Customer, mailbox: Callable[[], str]
) -> None:
    """Who proved one mailbox has not proved another."""
    one, other = mailbox(), mailbox()
    code = await code_of_new(ama, one)
    await code_for(ama, NEW, **typed(other))

    assert await refusal(await entered(ama, NEW, code, **typed(other))) == INVALID


async def test_a_customer_has_ten_contacts_at_most(
    ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    for _ in range(MOST_CONTACTS - 1):
        await add(ama, mailbox())
        await time_machine.forward(MINUTE)
    one_more = mailbox()
    code = await code_of_new(ama, one_more)
    answer = await entered(ama, NEW, code, **typed(one_more))
    assert await refusal(answer) == (409, "CONFLICT")
    assert "no more of these" in await answer.text()
