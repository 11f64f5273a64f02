"""A former customer of two numbers, both of which began anew: whoever proves both is that one."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from link_api.account.forgetting import KEPT_DAYS, Forgetting
from link_api.customers.dormancy import DAY_MS
from link_api.settings import Settings
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.contacts.steps import NEW, add, code_of_new, entered, prove, typed
from tests.support.clients.link_client import Customer, LinkClient, new_key, new_phone, refusal
from tests.support.clients.running_api import running_api
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

SILENT = 366 * DAY_MS
UNAUTHENTICATED = (401, "UNAUTHENTICATED")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: `test_way_back.py` asks both kinds for races."""
    return sqlite_in(tmp_path)


@dataclass
class Parted:
    """A former customer, and the fresh ones of both numbers."""

    former: Customer
    phones: tuple[str, str]
    fresh: tuple[Customer, Customer]


@pytest.fixture
async def parted(link: LinkClient, time_machine: TimeMachine) -> Parted:
    """A day lies between the sign-ins by the two numbers."""
    return await parted_in(link, time_machine)


async def parted_in(link: LinkClient, time_machine: TimeMachine) -> Parted:
    """Let both numbers of a customer with an address begin anew."""
    phones = new_phone(), new_phone()
    former = await link.sign_in(phones[0])
    await former.post("addresses", HOME)
    await add(former, phones[1])
    await time_machine.forward(SILENT)
    first = await link.sign_in(phones[0])
    await time_machine.forward(DAY_MS)
    second = await link.sign_in(phones[1])
    first = await link.sign_in(phones[0])
    await time_machine.forward(60_000)
    assert len({former.id, first.id, second.id}) == 3
    return Parted(former, phones, (first, second))


@pytest.mark.parametrize("first", [0, 1])
async def test_in_a_session_of_the_one_the_other_brings_the_former_customer_back(
    link: LinkClient, parted: Parted, time_machine: TimeMachine, first: int
) -> None:
    """With both numbers; the sessions of both fresh customers end."""
    await prove(parted.fresh[first], parted.phones[1 - first])

    for fresh in parted.fresh:
        assert await refusal(await fresh.call("GET", "data")) == UNAUTHENTICATED
    for phone in parted.phones:
        await time_machine.forward(60_000)
        assert (await link.sign_in(phone)).id == parted.former.id


async def test_added_to_the_ones_fresh_customer_the_other_would_bring_nobody_back(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """So it is refused, and as a contact of the earlier account it does."""
    phones = new_phone(), new_phone()
    former = await link.sign_in(phones[0])
    await add(former, phones[1])
    await time_machine.forward(SILENT)
    fresh = await link.sign_in(phones[0])
    await time_machine.forward(60_000)
    code = await code_of_new(fresh, phones[1])
    answer = await entered(fresh, NEW, code, key=new_key(), **typed(phones[1]))
    assert await refusal(answer) == (409, "CONFLICT")
    await time_machine.forward(60_000)
    await prove(fresh, phones[1])

    await time_machine.forward(60_000)
    assert (await link.sign_in(phones[0])).id == former.id


async def test_what_the_others_owner_added_since_stays_with_them(
    link: LinkClient, parted: Parted, time_machine: TimeMachine
) -> None:
    """They may be another person: their mailbox must not open the former customer's account."""
    await add(parted.fresh[1], "efua@two-numbers.example")
    await time_machine.forward(60_000)
    await prove(parted.fresh[0], parted.phones[1])

    by_mail = await link.log_in("efua@two-numbers.example", contact_type="email")
    assert by_mail["customer_id"] == parted.fresh[1].id
    assert (await link.sign_in(parted.phones[1])).id == parted.former.id


async def test_a_number_of_another_former_customer_brings_nobody_back(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """It began anew too, but it was never theirs."""
    strangers = await parted_in(link, time_machine)
    parted = await parted_in(link, time_machine)
    await prove(parted.fresh[0], strangers.phones[0])

    assert (await parted.fresh[0].get("data"))["customer"]["id"] == parted.fresh[0].id
    await time_machine.forward(60_000)
    assert (await link.sign_in(parted.phones[0])).id == parted.fresh[0].id


async def test_the_last_number_that_began_anew_tells_how_long_the_former_customer_is_kept(
    settings: Settings, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """For 90 days after it the two numbers bring them back."""
    async with running_api(settings, clock) as running:
        parted = await parted_in(running.link, time_machine)
        await time_machine.forward(KEPT_DAYS * DAY_MS - 60_000)
        services = running.api.services
        forgetting = Forgetting(services.database, clock, services.keyed.current.closing)
        assert await forgetting.run() == 0
        fresh = await running.link.sign_in(parted.phones[0])
        await time_machine.forward(60_000)
        await prove(fresh, parted.phones[1])
        await time_machine.forward(60_000)
        assert (await running.link.sign_in(parted.phones[0])).id == parted.former.id
