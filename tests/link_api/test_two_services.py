"""Two services on one database: what one customer writes at both at once is in one order."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from link_api.settings import Settings
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import Customer, LinkClient, new_key, running_link_api
from tests.support.time_machine import MovableClock

CALLS = 10


@pytest.fixture
async def both(
    link: LinkClient, settings: Settings, clock: MovableClock
) -> AsyncIterator[list[Customer]]:
    """One customer, as a caller of each service."""
    async with running_link_api(settings, clock) as other:
        ama = await link.sign_in()
        yield [ama, Customer(other, ama.token, ama.id)]


async def test_one_key_at_both_is_one_write(both: list[Customer]) -> None:
    """Whoever waited for the lock finds the stored response of the other."""
    key = new_key()
    answers = await asyncio.gather(
        *(ama.call("POST", "addresses", HOME, key=key) for ama in both * CALLS)
    )

    assert {answer.status for answer in answers} == {201}
    assert len({await answer.read() for answer in answers}) == 1
    assert len(await both[0].get("addresses")) == 1


async def test_first_items_at_both_are_one_default(both: list[Customer]) -> None:
    """The count that decides is read after the lock, so each write sees those before it."""
    answers = await asyncio.gather(
        *(ama.post("addresses", HOME, key=new_key()) for ama in both * CALLS)
    )

    assert sum(answer["is_default"] for answer in answers) == 1
    saved = await both[1].get("addresses")
    assert len(saved) == 2 * CALLS
    [default] = [item for item in saved if item["is_default"]]
    assert default["id"] in {answer["id"] for answer in answers if answer["is_default"]}


async def test_the_limit_holds_at_both_together(both: list[Customer]) -> None:
    """Fifty addresses and not one more."""
    for _ in range(45):
        await both[0].post("addresses", HOME)
    answers = await asyncio.gather(*(ama.call("POST", "addresses", HOME) for ama in both * CALLS))

    statuses = [answer.status for answer in answers]
    assert (statuses.count(201), statuses.count(409)) == (5, 2 * CALLS - 5)
