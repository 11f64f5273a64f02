"""The harness page: all scenarios run by a robot, and the page as a person uses it."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code
from tests.support.browser.visitor import Visitor
from tests.support.time_machine import MovableClock, TimeMachine

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCENARIO_S = 30
CONTACT = "esi@shop.example"
CONTACT_LABEL = "Phone number or e-mail"
AFTER_A_CODE_MS = 31_000
SET_CLOCK_FORWARD = """(ms) => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + ms;
}"""
ANOTHER_CODE_MS = 6 * 60_000  # by then a request brings another code, and the first one lives
EXPECTED_ERRORS = "Failed to load resource|frame-ancestors|blocked by CORS policy"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(stack_clock: MovableClock) -> AsyncIterator[Stack]:
    """The stack as `make dev` starts it: the scenarios are about limits too."""
    plan = Plan(ports=Ports.free(), clock=stack_clock, deployed_limits=True)
    async with open_stack(plan) as stack:
        yield stack


async def open_harness(visitor: Visitor, width: int, height: int) -> Page:
    """Open the harness page in a window of this size and wait until its first scenario passed."""
    visitor.expect_error(EXPECTED_ERRORS)
    page = await visitor.context.new_page()
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(f"{visitor.origin('shop')}/")
    await page.wait_for_function("() => window.__harness !== undefined", polling=20)
    return page


async def test_every_scenario_passes(visitor: Visitor) -> None:
    """Every scenario's checks hold, it leaves a trace, and shows the shop no secret."""
    page = await open_harness(visitor, 1440, 900)
    scenarios = await page.evaluate("window.__harness.scenarios")
    names = [scenario["id"] for scenario in scenarios if not scenario["needsPerson"]]
    assert 8 <= len(names)

    failed = {}
    for name in names:
        found = await page.evaluate("(name) => window.__harness.run(name)", name)
        wrong = [check["text"] for check in found["checks"] if not check["pass"]]
        if wrong or not found["pass"] or not found["trace"]:
            failed[name] = wrong
        await expect(page.locator("#leaks")).to_contain_text("0 secrets")

    assert {} == failed


async def test_a_person_signs_in_by_the_code_on_the_page(visitor: Visitor) -> None:
    """A person who uses the live element finds the code beside it."""
    page = await open_harness(visitor, 1440, 900)
    running = await begin(page, "sign-in-by-code")

    element = page.frame_locator("#stage iframe")
    await element.locator("#contact").fill("nana@shop.example")
    await element.locator("#request-code").click()
    shown = page.locator("#code")
    await expect(shown).to_have_text(re.compile(r"^code for n•••: \d{6}$"))
    code = (await shown.inner_text())[-6:]
    await element.locator("#otp-code").fill(code)
    await element.locator("#verify-code").click()

    await passed(page, running)
    await expect(shown).to_have_text("")


async def test_a_person_chooses_an_address_and_a_wallet(visitor: Visitor) -> None:
    """Two elements of one customer, on one screen; the shop learns of each choice what it may."""
    page = await open_harness(visitor, 1440, 900)
    running = asyncio.ensure_future(page.evaluate("window.__harness.run('choose')"))

    address, payment = (page.frame_locator("#stage iframe").nth(index) for index in range(2))
    await button(address, "Use this address").click()
    await button(payment, "Pay with this wallet").click()

    found = await asyncio.wait_for(running, SCENARIO_S)
    assert [] == [check["text"] for check in found["checks"] if not check["pass"]]
    assert found["pass"]
    assert {"across": 0, "down": 0} == await overflow(page)
    await expect(page.locator("#leaks")).to_contain_text("0 secrets")


async def test_a_person_enters_a_code_that_came_late(
    visitor: Visitor, stack: Stack, redis: Redis
) -> None:
    """Six minutes later another code goes out; the first message comes only now, and is good."""
    codes_age = TimeMachine(MovableClock(), redis)  # the services' clock would end access tokens
    page = await open_harness(visitor, 1440, 900)
    running = await begin(page, "late-code")
    element = page.frame_locator("#stage iframe")
    await ask_for_code(element, CONTACT)
    late = code_for(stack, CONTACT)

    await codes_age.forward(ANOTHER_CODE_MS)
    [frame] = [frame for frame in page.frames if "/elements/" in frame.url]
    await frame.evaluate(SET_CLOCK_FORWARD, AFTER_A_CODE_MS)
    await button(element, "Send a new code").click()
    await expect(page.locator("#messages li")).to_have_count(2)
    assert late != code_for(stack, CONTACT)

    await enter_code(element, late)
    await passed(page, running)


async def test_a_person_enters_a_code_after_the_frame_was_loaded_anew(
    visitor: Visitor, stack: Stack
) -> None:
    """The frame that asked is gone; the code is typed into the one that came after it."""
    page = await open_harness(visitor, 1440, 900)
    running = await begin(page, "reload-while-waiting")
    element = page.frame_locator("#stage iframe")
    await element.get_by_label(CONTACT_LABEL).fill(CONTACT)
    await button(element, "Send code").click()
    await visitor.servers.called("init", 3)

    await element.get_by_label(CONTACT_LABEL).fill(CONTACT)
    await button(element, "I have a code").click()
    await expect(page.locator("#messages li")).to_contain_text(code_for(stack, CONTACT))
    await enter_code(element, code_for(stack, CONTACT))
    await passed(page, running)


async def test_a_person_whose_number_strangers_know_signs_in(
    visitor: Visitor, stack: Stack
) -> None:
    """The number is shown with its country; then strangers guess, and the right code is taken."""
    page = await open_harness(visitor, 1440, 900)
    running = await begin(page, "strangers-number")
    element = page.frame_locator("#stage iframe")
    await element.get_by_label(CONTACT_LABEL).fill("254712345678")
    await expect(element.locator("#contact-number")).to_contain_text("Kenya")
    await button(element, "Send code").click()
    await expect(page.locator("#steps")).to_contain_text("strangers: ")

    await enter_code(element, code_for(stack, "+254712345678"))
    await passed(page, running)


async def begin(page: Page, scenario: str) -> "asyncio.Future[Any]":
    """Start a scenario that waits for a person, and wait until it does."""
    running = asyncio.ensure_future(page.evaluate("(id) => window.__harness.run(id)", scenario))
    await expect(page.locator("#verdict")).to_contain_text("Waiting for you")
    await expect(page.locator("#state")).to_have_text("guest")
    return running


async def passed(page: Page, running: "asyncio.Future[Any]") -> None:
    """Wait for the verdict: every check holds, and the shop saw no secret."""
    found = await asyncio.wait_for(running, SCENARIO_S)
    assert [] == [check["text"] for check in found["checks"] if not check["pass"]]
    assert found["pass"]
    await expect(page.locator("#leaks")).to_contain_text("0 secrets")


async def test_the_harness_fits_one_screen(visitor: Visitor) -> None:
    """At 1440 by 900 the page itself does not scroll, with a run on it."""
    page = await open_harness(visitor, 1440, 900)
    await page.evaluate("window.__harness.run('sign-in')")

    assert {"across": 0, "down": 0} == await overflow(page)


async def test_the_harness_fits_a_phone(visitor: Visitor) -> None:
    """At a width of 390 px nothing overflows."""
    page = await open_harness(visitor, 390, 844)
    await page.evaluate("window.__harness.run('sign-in')")

    assert 0 == (await overflow(page))["across"]


async def overflow(page: Page) -> dict[str, int]:
    """Return by how many pixels the page is larger than its window."""
    found: dict[str, int] = await page.evaluate("""() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return { across: scrollWidth - clientWidth, down: scrollHeight - clientHeight };
    }""")
    return found
