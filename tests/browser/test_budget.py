"""What a guest's visit costs until its elements are `initialized`: requests, and bytes down.

Counted between Chromium and the bridge, headers included; `budget.json` holds the bounds.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from link_dev.stack import Stack
from tests.support.browser.chromium import connected_chromium
from tests.support.browser.relay import Relay, counting_relay, through
from tests.support.browser.visitor import FRENCH, Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.whole_browser]

LONGEST_OPEN_MS: Final = 60_000
BUDGET: Final = json.loads(Path(__file__).with_name("budget.json").read_text("utf-8"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def relay(stack: Stack) -> AsyncIterator[Relay]:
    """What counts the bytes."""
    async with counting_relay(stack.ports.public) as relay:
        yield relay


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(chromium: str, stack: Stack, relay: Relay) -> AsyncIterator[Browser]:
    """A Chromium that reaches the elements origin through the relay."""
    async with connected_chromium(chromium, through(relay.port, stack)) as browser:
        yield browser


async def visit(visitor: Visitor, relay: Relay, *elements: str) -> dict[str, Any]:
    """Open a shop with these elements; return what it cost until all are initialized."""
    requests, before = len(visitor.servers.exchanges("link")), relay.bytes_down
    shop = await visitor.shop(*elements)
    await shop.hear("initialized", len(elements))
    exchanges = visitor.servers.exchanges("link")[requests:]
    cost = {"requests": len(exchanges), "bytes": relay.bytes_down - before}
    await shop.page.close()
    return {**cost, "paths": [f"{one['method']} {one['path']}" for one in exchanges]}


def check(cost: dict[str, Any], name: str) -> None:
    """Compare with the budget; a failure shows every request."""
    bounds = BUDGET[name]
    within = {kind: 0 < cost[kind] <= bound for kind, bound in bounds.items()}
    assert {"requests": True, "bytes": True} == within, (name, cost, bounds)


async def test_one_element_at_the_first_and_at_the_second_visit(
    visitor: Visitor, relay: Relay
) -> None:
    check(await visit(visitor, relay, "payment"), "one element, first visit")
    check(await visit(visitor, relay, "payment"), "one element, second visit")


async def test_a_customer_who_reads_french_loads_one_file_more(
    visitor: Visitor, relay: Relay
) -> None:
    await visitor.context.add_init_script(FRENCH)
    check(await visit(visitor, relay, "payment"), "one element, first visit in French")


async def test_three_elements_share_what_they_load(visitor: Visitor, relay: Relay) -> None:
    cost = await visit(visitor, relay, "auth", "address", "payment")
    check(cost, "three elements, first visit")


async def test_how_long_a_handshake_takes_is_told_without_a_request_of_its_own(
    visitor: Visitor,
) -> None:
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    [init] = visitor.asked("init")
    assert 0 < float(init.headers["open-ms"]) < LONGEST_OPEN_MS
