"""Two pages of the harness of one stack, of two browsers or of one.

Each sees its own calls, meets its own faults, and has its own codes and login.
"""

import asyncio
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import open_visitor
from tests.support.browser.harness import ask_twice, begin, broken, element_of, passed
from tests.support.browser.servers import Servers
from tests.support.browser.sign_in import enter_code
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API
from tests.support.time_machine import MovableClock

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

REFRESH: Final = f"{API}/refresh"
EXPECTED_ERRORS: Final = "Failed to load resource|frame-ancestors|blocked by CORS policy"
AT_ONCE: Final = (
    *("happy-guest", "sign-in", "refresh-now", "log-out", "evil-parent"),
    *("replay-init", "lose-answer", "reload-frame", "two-tabs"),
)
_LATE_TRACE: Final = """
const { set } = Object.getOwnPropertyDescriptor(EventSource.prototype, 'onmessage');
Object.defineProperty(EventSource.prototype, 'onmessage', {
  set(heard) { set.call(this, (event) => setTimeout(() => heard(event), 400)); },
});
"""
_ARM: Final = """([business_id, path]) => fetch('/dev/faults', {
  method: 'POST', headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ path, kind: 'unavailable', times: 3, business_id }),
}).then(({ ok }) => ok)"""


async def test_two_browsers_play_the_same_scenarios_at_once(
    browser: Browser, visitor: Visitor, servers: Servers, clock: MovableClock
) -> None:
    """All pass in both, and no arrow of one is in the sequence of the other."""
    async with open_visitor(browser, servers, clock) as other:
        pages = [await harness_of(one) for one in (visitor, other)]
        for name in AT_ONCE:
            runs = await asyncio.gather(*(play(page, name) for page in pages))
            assert [[], []] == [broken(found) for found in runs], name
            shops = [shops_in(found) for found in runs]
            assert [1, 1, 2] == [*map(len, shops), len(shops[0] | shops[1])], (name, shops)


async def test_a_trace_that_comes_late_turns_no_scenario_red(visitor: Visitor) -> None:
    """On a busy machine the servers tell of calls long after they have answered them."""
    await visitor.context.add_init_script(_LATE_TRACE)
    page = await harness_of(visitor)
    for name in AT_ONCE:
        assert [] == broken(await play(page, name)), name


async def test_a_page_that_nobody_sees_tells_a_robot_all_the_same(visitor: Visitor) -> None:
    """A browser draws no frames of a hidden tab, or of a window behind others."""
    await visitor.context.add_init_script("if (window === top) requestAnimationFrame = () => 0")
    page = await harness_of(visitor)

    assert [] == broken(await play(page, "happy-guest"))

    await expect(page.locator("#steps li", has_text="initialized").first).to_be_attached()


async def test_a_fault_of_one_browser_meets_no_call_of_another(
    browser: Browser, visitor: Visitor, servers: Servers, clock: MovableClock
) -> None:
    """Its owner's call meets it; and nobody else removes it."""
    async with open_visitor(browser, servers, clock) as other:
        first, second = [await harness_of(one) for one in (visitor, other)]
        [own] = shops_in(await play(first, "happy-guest"))
        assert await first.evaluate(_ARM, [own, REFRESH])

        assert [] == broken(await play(second, "refresh-now"))
        assert [] == broken(await play(second, "lose-answer"))
        assert [3] == [fault.times for fault in servers.stack.faults.due]

        await play(first, "refresh-now")
        assert [3] != [fault.times for fault in servers.stack.faults.due]


async def test_minutes_of_one_browser_pass_for_no_code_of_another(
    browser: Browser, visitor: Visitor, servers: Servers, clock: MovableClock
) -> None:
    """Both wait for a late message at once; twice six minutes would be too many for either."""
    async with open_visitor(browser, servers, clock) as other:
        pages = [await harness_of(one) for one in (visitor, other)]
        running = [await begin(page, "late-code") for page in pages]
        contacts = ("esi@shop.example", "efua@shop.example")
        late = [
            await ask_twice(page, servers.stack, contact)
            for page, contact in zip(pages, contacts, strict=True)
        ]
        for page, code, run in zip(pages, late, running, strict=True):
            await enter_code(element_of(page), code)
            await passed(page, run)


async def test_two_tabs_of_one_browser_have_a_login_each(visitor: Visitor) -> None:
    """What signs a customer in passes in both at once, and neither meets the other's customer."""
    pages = [await harness_of(visitor) for _ in range(2)]
    customers = []
    for name in ("sign-in", "log-out", "two-tabs"):
        runs = await asyncio.gather(*(play(page, name) for page in pages))
        assert [[], []] == [broken(found) for found in runs], name
        customers.append([customers_in(found) for found in runs])
    first, *others = customers
    assert [1, 1, 2] == [*map(len, first), len(first[0] | first[1])], first
    assert [first] * len(others) == others


async def harness_of(visitor: Visitor) -> Page:
    """Open the harness page, whose first scenario begins by itself."""
    visitor.expect_error(EXPECTED_ERRORS)
    page = await visitor.context.new_page()
    await page.goto(f"{visitor.origin('shop')}/")
    await page.wait_for_function("() => window.__harness !== undefined", polling=20)
    return page


async def play(page: Page, name: str) -> dict[str, Any]:
    """Run a scenario."""
    found: dict[str, Any] = await page.evaluate("(id) => window.__harness.run(id)", name)
    return found


def shops_in(found: dict[str, Any]) -> set[str]:
    """Return the businesses of the exchanges in a trace."""
    steps = [step["data"] for step in found["trace"] if "host" in (step["data"] or {})]
    return {str(data.get("business_id")) for data in steps}


def customers_in(found: dict[str, Any]) -> set[str]:
    """Return the customers whose access tokens a trace tells of."""
    claims = [(step["data"] or {}).get("claims") or {} for step in found["trace"]]
    return {sub for claim in claims if (sub := str(claim.get("sub"))).startswith("cus_")}
