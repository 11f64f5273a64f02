"""Outages that the harness plays: whom else they meet, and what they never touch."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, Error, expect
from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.browser.conftest import open_visitor
from tests.browser.test_harness_alone import harness_of, play
from tests.support.browser.harness import broken
from tests.support.browser.servers import Servers
from tests.support.browser.visitor import Visitor
from tests.support.time_machine import MovableClock

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

OUTAGES: Final = ("redis-failover", "server-restart", "offline")
_REFRESH_OF_ELEMENT: Final = """() => window.__handle.refresh().then(
  ({ expires_in }) => expires_in > 0, ({ code }) => code)"""
_MOUNT: Final = """async ({ id, link }) => {
  const { Link } = await import(`${link}/elements/sdk/v1.js`);
  window.__handle = Link.mount({ businessId: id, element: 'auth', target: document.body });
  await window.__handle.ready;
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def named_redis() -> AsyncIterator[EmbeddedRedis]:
    """A Redis that somebody else has started."""
    async with EmbeddedRedis() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def at_named_redis(
    named_redis: EmbeddedRedis,
    light_browser: Browser,
    http: ClientSession,
    stack_clock: MovableClock,
) -> AsyncIterator[Visitor]:
    """A customer of a stack that was given the Redis by its address."""
    plan = Plan(ports=Ports.free(), clock=stack_clock, redis_url=named_redis.url)
    async with (
        open_stack(plan) as stack,
        open_visitor(light_browser, Servers.watched(stack, http), stack_clock) as visitor,
    ):
        yield visitor


async def test_a_redis_that_was_named_is_not_broken(
    at_named_redis: Visitor, named_redis: EmbeddedRedis
) -> None:
    """The scenario says so, and that is all that happens."""
    page = await harness_of(at_named_redis)
    async with Redis.from_url(named_redis.url, decode_responses=True) as redis:
        before = (await redis.info("server"))["run_id"]
        found = await play(page, "redis-failover")

        [told] = broken(found)
        assert told.startswith("Not available: this stack runs on the Redis of REDIS_URL")
        assert before == (await redis.info("server"))["run_id"]
    assert [] == broken(await play(page, "server-restart"))


@pytest.mark.parametrize("outage", OUTAGES)
async def test_another_visitor_goes_on(
    visitor: Visitor, light_browser: Browser, servers: Servers, clock: MovableClock, outage: str
) -> None:
    """Whose element was there before refreshes after it, with the session that it had."""
    async with open_visitor(light_browser, servers, clock) as other:
        page, elsewhere = await harness_of(visitor), await harness_of(other)
        business = {"id": "bus_demo", "link": other.origin("link")}
        await elsewhere.evaluate(_MOUNT, business)

        assert [] == broken(await play(page, outage))
        assert await elsewhere.evaluate(_REFRESH_OF_ELEMENT) is True
        assert [] == broken(await play(elsewhere, "sign-in"))


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_run_that_is_reset_leaves_nothing_broken(visitor: Visitor, outage: str) -> None:
    """Whatever it has begun is ended; the next scenario meets none of it."""
    page = await harness_of(visitor)
    await expect(page.locator("#verdict .outcome.pass")).to_be_visible()
    await page.evaluate("(id) => { window.played = window.__harness.run(id); }", outage)
    gone = page.locator("#steps .refused, #steps .lost")
    await expect(gone.first).to_be_visible()
    await page.locator("#reset").click()
    with pytest.raises(Error, match=r"reset|abort"):
        await page.evaluate("window.played")

    for name in ("sign-in", "refresh-now"):
        assert [] == broken(await play(page, name))
