"""What a contact that is being removed still confirms."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.link_api.contacts.steps import (
    NEW,
    add,
    code_for,
    confirm,
    entered,
    ids_of,
    remove,
    typed,
)
from tests.support.clients.link_client import Customer, LinkClient, data_of, refusal
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

REQUIRED: Final = (403, "CONFIRMATION_REQUIRED")
MINUTE: Final = 60_000


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def with_a_phone_that_leaves(
    link: LinkClient, ama: Customer, mail: str, time_machine: TimeMachine
) -> Customer:
    """Return the login by mail of a customer who has lost the phone and removes it."""
    await add(ama, mail)
    await time_machine.forward(MINUTE)
    login = await link.log_in(mail, contact_type="email")
    owner = Customer(link, login["session_token"], ama.id)
    await time_machine.forward(MINUTE)
    phone, *_, own = await ids_of(owner)
    await data_of(await remove(owner, phone, by=own))
    await time_machine.forward(MINUTE)
    return owner


async def test_a_contact_that_leaves_confirms_its_own_removal_alone(
    link: LinkClient, ama: Customer, time_machine: TimeMachine, mailbox: Callable[[], str]
) -> None:
    """Whoever has the lost phone keeps nothing by it, and takes no other contact away."""
    third = await add(ama, mailbox())
    await with_a_phone_that_leaves(link, ama, mailbox(), time_machine)
    leaving = next(one["id"] for one in await ama.get("contacts") if one["leaves_at"])

    for purpose in ("add_contact", "close_account", "export_account"):
        asked = {"purpose": purpose, "contact_id": leaving}
        answer = await ama.call("POST", "contacts/request-otp", asked)
        assert await refusal(answer) == (404, "NOT_FOUND")
    await confirm(ama, "remove_contact", contact_id=leaving)
    assert await refusal(await ama.call("DELETE", f"contacts/{third['id']}")) == REQUIRED
    await data_of(await ama.call("DELETE", f"contacts/{leaving}"))
    assert leaving not in await ids_of(ama)


@pytest.mark.parametrize("purpose", ["add_contact", "close_account", "export_account"])
async def test_what_a_contact_confirmed_ends_where_it_begins_to_leave(
    link: LinkClient,
    ama: Customer,
    time_machine: TimeMachine,
    mailbox: Callable[[], str],
    purpose: str,
) -> None:
    """The thief was faster than the owner by a minute."""
    [phone], new = await ids_of(ama), typed(mailbox())
    thief = replace(ama, confirmations=[])
    await confirm(thief, purpose, contact_id=phone)
    code = await code_for(thief, NEW, **new) if purpose == "add_contact" else ""
    await time_machine.forward(MINUTE)
    await with_a_phone_that_leaves(link, ama, mailbox(), time_machine)

    if purpose == "add_contact":
        answer = await entered(thief, NEW, code, **new)
    elif purpose == "close_account":
        answer = await thief.call("DELETE", "account")
    else:
        answer = await thief.call("GET", "account/export")
    assert await refusal(answer) == REQUIRED
    assert len(await ids_of(ama)) == 2
