"""Enrolment with an order is one transaction: a failure at any step rolls everything back."""

from collections.abc import AsyncIterator
from typing import get_args

import pytest
from redis.asyncio import Redis
from sqlalchemy import bindparam, func, select

from elements_bridge.businesses.store import RedisBusinesses
from link_api.database.session import Base, Database, reading
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.settings import Settings
from tests.link_api.enrolment.test_enroll_and_link_order import PATH, SHOP, WHOLE
from tests.support.clients.bridge_client import configure
from tests.support.clients.link_client import Customer, LinkClient, new_key, new_phone, refusal
from tests.support.servers.statements import Moment, failing

TABLES = (
    "preferences",
    "addresses",
    "mobile_money",
    "defaults",
    "order_owners",
    "linked_orders",
    "kept_answers",
)


@pytest.fixture(autouse=True)
async def shop(redis: Redis) -> None:
    """A business of this deployment's mode."""
    await configure(RedisBusinesses(redis), business_id=SHOP, mode="test")


@pytest.fixture
async def engine(settings: Settings, link: LinkClient) -> AsyncIterator[Database]:
    """The service's own database, beside it."""
    async with open_database(settings.database_url.get_secret_value()) as opened:
        yield opened


async def rows_of(engine: Database, customer: Customer) -> dict[str, int]:
    """Return how many rows of each table are a customer's."""
    counts = {}
    for table in TABLES:
        own = Base.metadata.tables[table].c.customer_id == bindparam("id")
        statement = Statement(select(func.count()).where(own))
        async with reading(engine) as session:
            [[counts[table]]] = await session.fetch(statement, id=customer.id)
    return counts


@pytest.mark.parametrize("moment", get_args(Moment))
async def test_an_order_fails_whole_and_the_same_key_links_it_later(
    link: LinkClient, engine: Database, moment: Moment
) -> None:
    """The database fails before or after each statement, each begin and the commit."""
    with failing() as rehearsal:
        ama = await link.sign_in()
        rehearsal.seen.clear()
        await ama.post(PATH, {**WHOLE, "order_id": "rehearsal"}, key=new_key())
    steps = rehearsal.seen
    assert dict.fromkeys(TABLES, 1) == await rows_of(engine, ama)
    for table in TABLES:
        assert any(f"INSERT INTO {table}" in step for step in steps)
    assert steps[-1] == "COMMIT"

    for number, step in enumerate(steps, start=1):
        kofi, key = await link.sign_in(), new_key()
        body = {**WHOLE, "order_id": f"order-{number}"}
        with failing(number, moment) as reached:
            answer = await kofi.call("POST", PATH, body, key=key)
        assert reached.seen[number - 1].split()[0] == step.split()[0]
        assert await refusal(answer) == (503, "STORE_UNAVAILABLE"), step
        assert await rows_of(engine, kofi) == dict.fromkeys(TABLES, 0), step

        first = await kofi.call("POST", PATH, body, key=key)
        again = await kofi.call("POST", PATH, body, key=key)
        assert (first.status, await first.read()) == (201, await again.read()), step
        assert await rows_of(engine, kofi) == dict.fromkeys(TABLES, 1), step


async def test_an_enrolment_fails_whole(link: LinkClient, engine: Database) -> None:
    """Neither the enrolment nor the name is there alone."""
    phone = new_phone()
    ama = await link.sign_in(phone)
    body = {"contact": phone, "name": "Ama"}
    step = 0
    while True:
        step += 1
        with failing(step):
            answer = await ama.call("POST", "enroll", body)
        if answer.status != 503:
            break
        assert await rows_of(engine, ama) == dict.fromkeys(TABLES, 0)
        assert (await ama.get("data"))["customer"]["name"] is None

    assert step > 4
    assert (answer.status, (await answer.json())["data"]["customer"]["name"]) == (201, "Ama")
