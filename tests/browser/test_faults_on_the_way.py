"""Faults between a real browser and the bridge: nobody is logged out, and what failed goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from link_dev.stack import Stack
from tests.support.browser.chromium import connected_chromium
from tests.support.browser.relay import through
from tests.support.browser.servers import Servers
from tests.support.browser.shop import Json, ShopPage
from tests.support.browser.sign_in import link_token
from tests.support.browser.visitor import Visitor
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.time_machine import MovableClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFRESHED: Final = {"expires_in": 300}
DUE_MS: Final = 240_000  # a refresh after another, and sooner after one that failed
STEP_MS: Final = 1_000
NO_ANSWER: Final = {"code": "timeout"}
BROKEN: Final = {"code": "network"}
ANSWERS: Final[dict[Fault, Json]] = {
    Fault.RESET: BROKEN,
    Fault.REFUSED: BROKEN,
    Fault.HALF_OPEN: NO_ANSWER,
    Fault.SILENT: NO_ANSWER,
    Fault.DELAY: REFRESHED,
    Fault.BYTE_BY_BYTE: REFRESHED,
    Fault.CUT_AFTER_REPLY: BROKEN,
}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def way(stack: Stack) -> AsyncIterator[tuple[FaultProxy, int]]:
    """The proxy before the bridge, and its port."""
    proxy = FaultProxy(stack.ports.public)
    async with proxy.running() as port:
        yield proxy, port


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def browser(
    chromium: str, stack: Stack, way: tuple[FaultProxy, int]
) -> AsyncIterator[Browser]:
    """A Chromium that reaches the elements origin through the proxy."""
    async with connected_chromium(chromium, through(way[1], stack)) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(
    browser: Browser, servers: Servers, clock: MovableClock
) -> AsyncIterator[Visitor]:
    """A new customer of that browser."""
    context = await browser.new_context()
    visitor = Visitor(context, servers, clock)
    visitor.expect_error("Failed to load resource: net::")
    yield visitor
    await context.close()
    assert visitor.problems == []


@pytest.mark.parametrize("fault", Fault)
async def test_a_fault_costs_an_error_and_no_session(
    visitor: Visitor, way: tuple[FaultProxy, int], fault: Fault
) -> None:
    """The shop hears of what fails by a code to come again by, and the customer stays."""
    proxy, _ = way
    await visitor.take_clock()
    token = await link_token(visitor.servers, f"{fault.name.lower()}@fault.example")
    shop = await visitor.shop("payment", link_token=token)
    await shop.hear("authenticated")

    proxy.begin(fault)
    try:
        is_answered = ANSWERS[fault] == REFRESHED
        asked = shop.command("refresh") if is_answered else refused(visitor, shop)
        assert ANSWERS[fault] == await asked
        assert "authenticated" == await shop.state()
    finally:
        await proxy.mend()
    before = len(await shop.told("token_refreshed"))
    await visitor.forward(DUE_MS)

    await shop.hear("token_refreshed", before + 1)
    assert "authenticated" == await shop.state()
    heard = [event.payload["code"] for event in await shop.told("error")]
    assert {ANSWERS[fault].get("code")} >= set(heard)
    assert 1 == len(visitor.servers.calls("init")), "the same session goes on"


async def refused(visitor: Visitor, shop: ShopPage) -> Json:
    """Return the answer to a refresh; the page's time passes until there is one."""
    asking = asyncio.create_task(shop.command("refresh"))
    while not asking.done():
        await visitor.wait(STEP_MS)
    return await asking
