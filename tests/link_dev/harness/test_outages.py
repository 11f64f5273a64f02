"""Outages of a stack, for real and then mended: its Redis fails over, its services restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import ClientConnectorError, ClientSession, DummyCookieJar
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.harness.outages import Outages
from link_dev.stack import Plan, Stack, open_stack
from tests.link_dev.visitor import API, Visitor
from tests.support.clients.bridge_client import granted, new_key, refusal
from tests.support.waiting import next_turn, until

OUTAGES = "/dev/outages"


@pytest_asyncio.fixture
async def own_stack() -> AsyncIterator[Stack]:
    """A stack with a Redis of its own."""
    async with open_stack(Plan(Ports.free())) as running:
        yield running


@pytest_asyncio.fixture
async def customer(own_stack: Stack) -> AsyncIterator[Visitor]:
    """Whoever calls it."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Visitor(http, own_stack)


async def begins(visitor: Visitor, of: str) -> object:
    """Order an outage as the harness does, and tell whether it has begun."""
    response = await visitor.call("shop", OUTAGES, {"of": of, "business_id": "bus_demo"})
    return (await response.json())["has_begun"]


async def ends(visitor: Visitor) -> None:
    """End it."""
    ended = await visitor.call("shop", f"{OUTAGES}?business_id=bus_demo", method="DELETE")
    assert ended.status == 200


async def test_refreshes_are_503_until_the_replica_has_taken_over(customer: Visitor) -> None:
    """The session is there still, with the very token that was refused meanwhile; twice."""
    grant = await customer.handshake()
    for _ in range(2):
        key = new_key()
        assert await begins(customer, "redis")
        refused = await customer.refresh(grant, key=key)
        assert await refusal(refused) == (503, "STORE_UNAVAILABLE")
        assert refused.headers["Retry-After"]
        assert customer.stack.trace.entries[-1]["retry_after"] == refused.headers["Retry-After"]
        await ends(customer)

        again = await customer.refresh(grant, key=key)
        assert again.headers["X-Refresh-Outcome"] == "rotated"
        after = await granted(again)
        assert after["session"]["id"] == grant["session"]["id"]
        grant = after
    async with Redis.from_url(customer.stack.redis_url) as redis:
        assert await redis.dbsize()


async def test_a_redis_of_somebody_else_is_never_broken(visitor: Visitor) -> None:
    """`REDIS_URL` named it: nothing happens to it, and the answer says so."""
    assert await begins(visitor, "redis") is False
    await granted(await visitor.refresh(await visitor.handshake()))


async def test_a_call_under_way_is_answered_before_the_services_stop(customer: Visitor) -> None:
    """Then a gateway answers in their place, and their own ports refuse connections."""
    grant = await customer.handshake()
    customer.stack.faults.add(f"{API}/refresh", "delay", delay_ms=200)
    under_way = asyncio.ensure_future(customer.refresh(grant))
    await until(lambda: not customer.stack.faults.due)
    assert await begins(customer, "services")
    grant = await granted(await under_way)

    refused = await customer.refresh(grant)
    assert (refused.status, refused.content_type) == (503, "text/html")
    assert refused.headers["Retry-After"] == "1"
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert customer.stack.trace.entries[-1]["fault"] == "down"
    for url in (customer.stack.ports.internal_url, customer.stack.ports.link_url):
        with pytest.raises(ClientConnectorError):
            await customer.http.get(url)
    page = await customer.call("shop", "/")
    assert page.status == 200

    await ends(customer)
    after = await granted(await customer.refresh(grant))
    assert after["session"]["id"] == grant["session"]["id"]


async def test_what_was_in_memory_is_lost_by_a_restart(customer: Visitor) -> None:
    """As of a new process: what was counted begins anew. Who was signed in is signed in."""
    grant = await customer.sign_in(await customer.handshake())
    before = await _counted(customer)
    assert await begins(customer, "services")
    await ends(customer)

    assert await _counted(customer) < before
    grant = await granted(await customer.refresh(grant))
    assert grant["session"]["state"] == "authenticated"


async def test_it_ends_by_itself_once_a_page_is_gone() -> None:
    """Nobody says that it is over."""
    mended = asyncio.Event()
    outages = Outages({"one": lambda: _breaking(mended)}, longest_s=0.01)
    async with outages.running():
        assert await outages.begin("one", "bus_gone")
        async with asyncio.timeout(15):
            await mended.wait()
        await outages.end("bus_gone")
        await outages.end("bus_gone")


async def test_the_pages_of_one_stack_take_turns() -> None:
    """The second outage begins when the first is over, and no page ends another one's."""
    first, second = asyncio.Event(), asyncio.Event()
    outages = Outages({"one": lambda: _breaking(first), "two": lambda: _breaking(second)})
    async with outages.running():
        assert await outages.begin("one", "bus_a")
        waiting = asyncio.ensure_future(outages.begin("two", "bus_b"))
        await outages.end("bus_c")
        assert not first.is_set()
        await outages.end("bus_a")
        assert first.is_set()
        assert await waiting
        assert not second.is_set()
    assert second.is_set()


async def test_whoever_ends_it_too_waits_until_it_is_mended() -> None:
    """A run that is reset is ended twice: by itself, and by the page before its next run."""
    mended, may_be = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slowly() -> AsyncIterator[None]:
        yield
        await may_be.wait()
        mended.set()

    outages = Outages({"one": slowly})
    async with outages.running():
        assert await outages.begin("one")
        ends = [asyncio.ensure_future(outages.end()) for _ in range(2)]
        await next_turn()
        await next_turn()
        waiting = [not end.done() for end in ends]
        may_be.set()
        await asyncio.gather(*ends)
    assert mended.is_set()
    assert waiting == [True, True]


async def test_what_cannot_be_broken_is_told_to_who_ordered_it() -> None:
    """And it keeps nobody from the next turn."""

    def fail() -> AbstractAsyncContextManager[None]:
        raise LookupError

    outages = Outages({"one": fail, "two": lambda: _breaking(asyncio.Event())})
    async with outages.running():
        with pytest.raises(LookupError):
            await outages.begin("one")
        assert await outages.begin("two")


@asynccontextmanager
async def _breaking(mended: asyncio.Event) -> AsyncIterator[None]:
    yield
    mended.set()


async def _counted(visitor: Visitor) -> int:
    """Return how many refusals and grants the bridge has counted since it was opened."""
    async with visitor.http.get(f"{visitor.stack.ports.internal_url}/metrics") as response:
        lines = (await response.text()).splitlines()
    counts = [line.rpartition(" ")[2] for line in lines if "_total" in line and line[0] != "#"]
    return int(sum(map(float, counts)))
