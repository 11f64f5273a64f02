"""A customer adds a second contact, signs in by it, and removes one."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.link_api.contacts.steps import (
    NEW,
    add,
    code_for,
    code_of_new,
    confirm,
    entered,
    ids_of,
    remove,
    typed,
)
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    Outbox,
    data_of,
    new_key,
    refusal,
    wrong,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

DAY = 24 * 60 * 60_000
REQUIRED = (403, "CONFIRMATION_REQUIRED")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: what is about the database is in `test_contact_races.py`."""
    return sqlite_in(tmp_path)


def told(outbox: Outbox) -> list[tuple[str, str]]:
    """Return whom notices went to, and of what."""
    return [(contact.address, notice.change) for contact, notice in outbox.notices]


async def test_a_second_contact_signs_the_same_customer_in(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """It is shown masked from then on, and the first contact was told."""
    second = mailbox()
    added = await add(ama, second)
    await time_machine.forward(DAY)
    login = await link.log_in(second, contact_type="email")

    assert login["customer_id"] == ama.id
    assert re.fullmatch(r"con_[0-9A-Za-z]{16,32}", added["id"])
    assert (added["contact_type"], added["leaves_at"]) == ("email", None)
    [first, shown] = await Customer(link, login["session_token"], ama.id).get("contacts")
    assert shown == added
    masked = [first["contact_masked"], f"{second[0]}•••@second.example"]
    assert [first["contact_masked"], shown["contact_masked"]] == masked
    assert login["contacts_masked"] == masked
    [(to, change)] = told(link.outbox)
    assert (to[-4:], change) == (first["contact_masked"][-4:], "contact_added")


async def test_a_repeat_of_the_addition_is_answered_alike_and_told_once(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """For as long as answers are kept, which is longer than the code lives."""
    second, key = mailbox(), new_key()
    code = await code_of_new(ama, second)
    first = await data_of(await entered(ama, NEW, code, key=key, **typed(second)))
    await time_machine.forward(20 * 60_000)

    assert await data_of(await entered(ama, NEW, code, key=key, **typed(second))) == first
    assert len(link.outbox.notices) == 1


async def test_a_removed_contact_is_gone_at_once_if_its_own_code_said_so(
    link: LinkClient, ama: Customer, mailbox: Callable[[], str]
) -> None:
    """It is free: who proves it next is somebody else."""
    phone, other = link.outbox.sent[-1][0].address, mailbox()
    await add(ama, other)
    first, second = await ids_of(ama)
    link.outbox.notices.clear()

    answer = await data_of(await remove(ama, first, by=first))

    assert answer == {"leaves_at": None}
    assert await ids_of(ama) == [second]
    assert (await link.sign_in(phone)).id != ama.id
    assert told(link.outbox) == [(other, "contact_removed")]


async def test_a_contact_that_did_not_say_so_goes_after_seven_days(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """Both contacts are told; until then it is the customer's, and afterwards nobody's."""
    phone, second = link.outbox.sent[-1][0].address, mailbox()
    await add(ama, second)
    first, other = await ids_of(ama)
    link.outbox.notices.clear()

    answer = await data_of(await remove(ama, first, by=other))

    assert sorted(told(link.outbox)) == sorted(
        [(phone, "contact_leaves"), (second, "contact_leaves")]
    )
    [stays, leaves] = await ama.get("contacts")
    assert (stays["id"], leaves["id"]) == (other, first)
    assert leaves["leaves_at"] == answer["leaves_at"]
    await time_machine.forward(7 * DAY)
    by_mail = await link.log_in(second, contact_type="email")
    again = Customer(link, by_mail["session_token"], by_mail["customer_id"])
    assert (again.id, await ids_of(again)) == (ama.id, [other])
    assert (await link.sign_in(phone)).id != ama.id


async def test_a_sign_in_by_a_contact_that_leaves_keeps_it(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """A thief who removes it by another contact is found out, and the other one is told."""
    phone, second = link.outbox.sent[-1][0].address, mailbox()
    await add(ama, second)
    first, other = await ids_of(ama)
    await data_of(await remove(ama, first, by=other))
    link.outbox.notices.clear()
    await time_machine.forward(6 * DAY)

    assert (await link.sign_in(phone)).id == ama.id

    assert told(link.outbox) == [(second, "contact_stays")]
    await time_machine.forward(2 * DAY)
    login = await link.log_in(phone)
    again = Customer(link, login["session_token"], ama.id)
    assert await ids_of(again) == [first, other]
    assert [one["leaves_at"] for one in await again.get("contacts")] == [None, None]


async def test_the_last_contact_stays(
    link: LinkClient, ama: Customer, mailbox: Callable[[], str]
) -> None:
    """Also where another one is only leaving; the refusal uses nothing up."""
    [only] = await ids_of(ama)
    await confirm(ama, "remove_contact")
    confirmed = replace(ama, confirmations=[*ama.confirmations])
    assert await refusal(await ama.call("DELETE", f"contacts/{only}")) == (409, "CONFLICT")

    await add(ama, mailbox())
    second = (await ids_of(ama))[1]
    await data_of(await confirmed.call("DELETE", f"contacts/{second}"))
    answer = await remove(ama, only, by=only)
    assert await refusal(answer) == (409, "CONFLICT")
    assert "the only way in" in await answer.text()
    await data_of(await ama.call("DELETE", f"contacts/{second}"))  # what it refused to use
    assert await ids_of(ama) == [only, second]


async def test_a_key_confirms_one_thing(ama: Customer, time_machine: TimeMachine) -> None:
    """Another purpose, and another code, is another body under it."""
    key, codes = new_key(), []
    for purpose in ("add_contact", "close_account"):
        codes.append(await code_for(ama, purpose))
        await time_machine.forward(60_000)
    first = await data_of(await entered(ama, "add_contact", codes[0], key=key))

    reused = (422, "IDEMPOTENCY_KEY_REUSED")
    assert await refusal(await entered(ama, "close_account", codes[1], key=key)) == reused
    assert await refusal(await entered(ama, "add_contact", wrong(codes[0]), key=key)) == reused
    assert await data_of(await entered(ama, "add_contact", codes[0], key=key)) == first
    await data_of(await entered(ama, "close_account", codes[1], key=new_key()))


async def test_a_deletion_is_repeated_by_its_key_alone(
    ama: Customer, mailbox: Callable[[], str]
) -> None:
    """The key of one deletion is none for another contact."""
    for _ in range(2):
        await add(ama, mailbox())
    first, second, third = await ids_of(ama)
    key = new_key()
    answer = await data_of(await remove(ama, third, by=first, key=key))

    assert await data_of(await ama.call("DELETE", f"contacts/{third}", key=key)) == answer
    assert await refusal(await ama.call("DELETE", f"contacts/{second}", key=key)) == REQUIRED
    assert await refusal(await ama.call("DELETE", f"contacts/{third}")) == REQUIRED


async def test_a_contact_that_is_the_customers_own_is_no_second_one(
    link: LinkClient, ama: Customer
) -> None:
    """Nothing changes, and nobody is told."""
    phone = link.outbox.sent[-1][0].address
    [only] = await ids_of(ama)

    assert (await add(ama, phone))["id"] == only
    assert await ids_of(ama) == [only]
    assert told(link.outbox) == []
