"""The cost of a call where it can be counted: statements, round trips, commands to Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest
from redis.asyncio import Redis

from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.link_client import Customer, LinkClient, new_key
from tests.support.servers.redis_batches import batches_to_redis
from tests.support.servers.statements import hand_overs, sent_to_the_database

OF_A_LOGIN = {"get": 1, "hgetall": 1}  # the token's session, and what it says


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer with addresses and a wallet, whose calls were all made before."""
    customer = await link.sign_in()
    for label in ("Home", "Work"):
        await customer.post("addresses", {**HOME, "label": label}, key=new_key())
    await customer.post("mobile-money", MTN)
    await customer.get("data")
    return customer


class SentFor(Protocol):
    """Chooses what one kind of database is sent."""

    def __call__(self, *, sqlite: list[str], postgres: list[str]) -> list[str]:
        """Return the statements of the test's database."""
        ...


@pytest.fixture
def sent_for(database_url: str) -> SentFor:
    """Return what chooses by the database of this test."""

    def choose(*, sqlite: list[str], postgres: list[str]) -> list[str]:
        return sqlite if database_url.startswith("sqlite") else postgres

    return choose


def kinds(sent: list[str]) -> list[str]:
    """Return the first words of statements, those of each where several are one message."""
    return ["; ".join(part.split()[0] for part in message.split("; ")) for message in sent]


@asynccontextmanager
async def commands_to(redis: Redis) -> AsyncIterator[dict[str, int]]:
    """Collect how often each command is sent to Redis; the feed's heartbeat is none of a call."""
    counted: dict[str, int] = {}
    await redis.config_resetstat()
    yield counted
    for name, stats in (await redis.info("commandstats")).items():
        command = name.removeprefix("cmdstat_")
        if command in {"get", "hgetall", "evalsha", "exists"}:
            counted[command] = stats["calls"]


async def test_a_read_of_all_data_is_one_statement(ama: Customer, redis: Redis) -> None:
    """One round trip to the database, and no transaction; one to Redis."""
    async with commands_to(redis) as commands:
        with sent_to_the_database() as sent, hand_overs() as batches, batches_to_redis() as trips:
            data = await ama.get("data")

    assert (len(data["addresses"]), len(data["mobile_money"])) == (2, 1)
    assert [statement.split()[0] for statement in sent] == ["SELECT"]
    assert [len(batch) for batch in batches] == [1]
    assert commands == OF_A_LOGIN
    assert trips.count(2) == 1


async def test_a_keyed_write_is_read_once_and_written_once(
    ama: Customer, redis: Redis, sent_for: SentFor
) -> None:
    """Lock, stored response with count, both inserts; SQLite's thread gets them in two batches."""
    async with commands_to(redis) as commands:
        with sent_to_the_database() as sent, hand_overs() as batches:
            await ama.post("addresses", HOME, key=new_key())

    assert kinds(sent) == sent_for(
        sqlite=["BEGIN", "SELECT", "SELECT", "INSERT", "INSERT", "COMMIT"],
        postgres=["BEGIN; SELECT", "SELECT", "WITH", "COMMIT"],
    )
    assert [len(batch) for batch in batches] == [3, 3]
    assert commands == OF_A_LOGIN


async def test_a_first_item_is_the_default_at_no_further_cost(
    link: LinkClient, sent_for: SentFor
) -> None:
    """The pointer is of another table than item and response."""
    kofi = await link.sign_in()
    with sent_to_the_database() as sent:
        await kofi.post("addresses", HOME, key=new_key())

    assert kinds(sent) == sent_for(
        sqlite=["BEGIN", "SELECT", "SELECT", "INSERT", "INSERT", "INSERT", "COMMIT"],
        postgres=["BEGIN; SELECT", "SELECT", "WITH", "COMMIT"],
    )
    [item] = await kofi.get("addresses")
    assert item["is_default"]


async def test_a_repeated_write_reads_its_response_alone(
    ama: Customer, redis: Redis, sent_for: SentFor
) -> None:
    """The lock and the stored response."""
    key = new_key()
    first = await ama.post("addresses", HOME, key=key)
    async with commands_to(redis) as commands:
        with sent_to_the_database() as sent, hand_overs() as batches:
            assert await ama.post("addresses", HOME, key=key) == first

    assert kinds(sent) == sent_for(
        sqlite=["BEGIN", "SELECT", "SELECT", "COMMIT"],
        postgres=["BEGIN; SELECT", "SELECT", "COMMIT"],
    )
    assert [len(batch) for batch in batches] == [3, 1]
    assert commands == OF_A_LOGIN
