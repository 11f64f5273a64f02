"""The calls of page and frame find their connections open: they wait for no round trip first.

Chromium shares none between a page, the document of its frame and what that calls without
credentials.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from link_dev.stack import Stack
from tests.support.browser.chromium import connected_chromium
from tests.support.browser.relay import Relay, counting_relay, through
from tests.support.browser.servers import Servers
from tests.support.browser.visitor import SDK_PATH, Held, Visitor
from tests.support.time_machine import MovableClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALL: Final = "POST /v1/link/elements/any"
DOCUMENT: Final = "GET /elements/payment"
_MOUNT_OUTSIDE: Final = """() => {
  const target = document.querySelector('#elements');
  target.append = () => {};
  window.Link.mount({ businessId: 'bus_demo', element: 'payment', target }).destroy();
}"""
# Both calls are sent so; the answer does not matter here.
_CALL: Final = """async (origin) => {
  const request = { method: 'POST', body: '{}', credentials: 'omit' };
  await fetch(`${origin}/v1/link/elements/any`, request).catch(() => {});
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def relay(stack: Stack) -> AsyncIterator[Relay]:
    """What tells connections apart."""
    async with counting_relay(stack.ports.public) as relay:
        yield relay


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: str, stack: Stack, relay: Relay) -> AsyncIterator[Browser]:
    """A Chromium that reaches the elements origin through the relay."""
    async with connected_chromium(chromium, through(relay.port, stack)) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(
    browser: Browser, servers: Servers, clock: MovableClock
) -> AsyncIterator[Visitor]:
    """A visitor with a profile: in a private window Chromium opens no connection in advance."""
    visitor = Visitor(browser.contexts[0], servers, clock)
    visitor.expect_error("/elements/any")
    yield visitor
    assert visitor.problems == []


async def test_mounting_opens_the_connection_of_the_pages_call(
    visitor: Visitor, relay: Relay
) -> None:
    """The iframe does not come into the page, so its frame opens no connection."""
    await visitor.change(SDK_PATH, lambda _, text: text)  # read from here: no connection either
    shop = await visitor.shop()

    await shop.page.evaluate(_MOUNT_OUTSIDE)
    assert [[]] == await relay.opened(1)
    await shop.page.evaluate(_CALL, visitor.origin("link"))

    assert [[CALL]] == relay.connections


async def test_the_document_opens_the_connection_of_the_frames_calls(
    visitor: Visitor, relay: Relay
) -> None:
    """While its script is on the way; the iframe is the page's own, without the SDK."""
    script = Held(asyncio.get_running_loop().create_future())
    await visitor.context.route("**/frame/frame.js", script.keep, times=1)
    shop = await visitor.shop("payment", parent_origin=visitor.origin("shop"))
    await script.request()

    position = relay.connections.index([DOCUMENT])
    opened = (await relay.opened(position + 2))[position + 1]
    assert [] == opened
    await (await shop.frame()).evaluate(_CALL, visitor.origin("link"))

    assert [CALL] == opened
