"""The cost of a call where it can be counted: statements, round trips, commands to Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from link_api.settings import Settings
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


async def test_a_keyed_write_is_six_statements_and_its_transaction(
    ama: Customer, redis: Redis, settings: Settings
) -> None:
    """Lock, stored response, count, both inserts; SQLite's thread gets them in three batches."""
    async with commands_to(redis) as commands:
        with sent_to_the_database() as sent, hand_overs() as batches:
            await ama.post("addresses", HOME, key=new_key())

    kinds = ["BEGIN", "SELECT", "SELECT", "SELECT", "INSERT", "INSERT", "COMMIT"]
    assert [statement.split()[0].rstrip(";") for statement in sent] == kinds
    assert [len(batch) for batch in batches] == [3, 1, 3]
    assert commands == OF_A_LOGIN


async def test_a_repeated_write_reads_its_response_alone(ama: Customer, redis: Redis) -> None:
    """The lock and the stored response."""
    key = new_key()
    first = await ama.post("addresses", HOME, key=key)
    async with commands_to(redis) as commands:
        with sent_to_the_database() as sent, hand_overs() as batches:
            assert await ama.post("addresses", HOME, key=key) == first

    assert [statement.split()[0] for statement in sent] == ["BEGIN", "SELECT", "SELECT", "COMMIT"]
    assert [len(batch) for batch in batches] == [3, 1]
    assert commands == OF_A_LOGIN
