"""The harness page: all scenarios run by a robot, and the page as a person uses it.

All tests share one page, since a scenario begins anew by itself; so no two take the same contact.
"""

import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, Error, Page, expect
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.browser.conftest import open_visitor, tell_if_failed
from tests.conftest import check_keys
from tests.support.browser.harness import (
    ask_twice,
    begin,
    broken,
    element_of,
    failed,
    out_of_sight,
    overflow,
    passed,
    resize,
    sequence,
)
from tests.support.browser.saved_items import button
from tests.support.browser.servers import Servers
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API
from tests.support.time_machine import MovableClock

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

CONTACT_LABEL = "Phone number or e-mail"
HIDDEN = "html > div > iframe"
OF_THE_FIRST = "the code that was taken is the first message\u2019s, not the second\u2019s"
EXPECTED_ERRORS = "Failed to load resource|frame-ancestors|blocked by CORS policy"
SCREEN = (1440, 900)
LAPTOP = (1280, 800)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(stack_clock: MovableClock) -> AsyncIterator[Stack]:
    """The stack as `make dev` starts it: the scenarios are about limits too."""
    plan = Plan(ports=Ports.free(), clock=stack_clock, deployed_limits=True)
    async with open_stack(plan) as stack:
        yield stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitor(
    browser: Browser, stack: Stack, http: ClientSession, stack_clock: MovableClock
) -> AsyncIterator[Visitor]:
    """One customer with the harness page; afterwards every key in Redis must have a TTL."""
    stack_clock.ahead_ms = 0
    servers = Servers.watched(stack, http)
    async with open_visitor(browser, servers, stack_clock) as visitor:
        visitor.expect_error(EXPECTED_ERRORS)
        harness = await visitor.context.new_page()
        await harness.goto(f"{visitor.origin('shop')}/")
        await harness.wait_for_function("() => window.__harness !== undefined", polling=20)
        yield visitor
    async with Redis.from_url(stack.redis_url, decode_responses=True) as redis:
        await check_keys(redis)


@pytest_asyncio.fixture(loop_scope="session")
async def page(visitor: Visitor, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """The harness page on a screen of 1440 by 900, and no fault pending."""
    visitor.servers.stack.faults.clear()
    visitor.requests.clear()
    [page] = visitor.context.pages
    await resize(page, SCREEN)
    await page.locator("#reset").click()  # a test that failed may have left a run that waits
    await expect(page.locator("#state")).to_have_text("")
    yield page
    await tell_if_failed(visitor, request)


@pytest.mark.with_engines
async def test_every_scenario_passes(page: Page) -> None:
    """Every scenario's checks hold, it leaves a trace, and shows the shop no secret.

    At 1440 by 900 the page itself never scrolls meanwhile.
    """
    scenarios = await page.evaluate("window.__harness.scenarios")
    names = [scenario["id"] for scenario in scenarios if not scenario["needsPerson"]]
    assert 8 <= len(names)

    failed = {}
    for name in names:
        found = await page.evaluate("(name) => window.__harness.run(name)", name)
        wrong = broken(found)
        if wrong or not found["pass"] or not found["trace"]:
            failed[name] = wrong
        await expect(page.locator("#leaks")).to_contain_text("0 secrets")
        assert {"across": 0, "down": 0} == await overflow(page), name

    assert {} == failed


async def test_a_person_signs_in_by_the_code_on_the_page(page: Page) -> None:
    """A person who uses the live element finds the code beside it."""
    running = await begin(page, "sign-in-by-code")

    element = element_of(page)
    await element.locator("#contact").fill("nana@shop.example")
    await element.locator("#request-code").click()
    shown = page.locator("#code")
    await expect(shown).to_have_text(re.compile(r"^code for n•••: \d{6}$"))
    code = (await shown.inner_text())[-6:]
    await element.locator("#otp-code").fill(code)
    await element.locator("#verify-code").click()

    await passed(page, running)
    await expect(shown).to_have_text("")


@pytest.mark.parametrize("then", ["another scenario", "a reset"])
async def test_nobody_stays_signed_in_after_a_scenario(
    page: Page, visitor: Visitor, stack: Stack, then: str
) -> None:
    """The SDK keeps who signed in by a code; each scenario begins as a guest all the same.

    Neither its messages nor the calls of that sign-out are in the next trace.
    """
    contact = "abla@shop.example" if then == "a reset" else "adwoa@shop.example"
    running = await begin(page, "sign-in-by-code")
    element = element_of(page)
    await ask_for_code(element, contact)
    await enter_code(element, code_for(stack, contact))
    found = await passed(page, running)
    await expect(page.locator("#steps")).to_contain_text("hidden: authenticated")
    before = len(visitor.servers.calls("logout"))

    if then == "a reset":
        await page.locator("#reset").click()
        await visitor.servers.called("logout", before + 1)
        await expect(page.locator(HIDDEN)).to_have_count(0)
        await expect(page.locator("#steps li")).to_have_count(0)
    found = await page.evaluate("window.__harness.run('happy-guest')")

    assert [] == broken(found)
    await expect(page.locator(HIDDEN)).to_have_count(0)
    labels = [step["label"] for step in found["trace"]]
    assert [] == [label for label in labels if "hidden" in label or "logout" in label]
    assert 1 == sum(call["revoked"] for call in visitor.servers.calls("logout")[before:])


async def test_a_scenario_says_what_it_needs_of_a_browser(page: Page) -> None:
    """And how it ends without, so that nobody takes a browser's rule for a fault of ours."""
    await page.evaluate("window.__harness.run('two-tabs')")

    await expect(page.locator("#verdict")).to_contain_text(
        "Needs a third-party cookie. A browser that refuses it ends with:"
        " auth/refresh: 401 UNAUTHENTICATED."
    )


async def test_late_code_does_not_pass_by_the_second_code(page: Page, stack: Stack) -> None:
    """It is good too, and shows nothing of the first: the scenario says so at once."""
    running = await begin(page, "late-code")
    await ask_twice(page, stack, "kojo@shop.example")
    await enter_code(element_of(page), code_for(stack, "kojo@shop.example"))

    assert await failed(page, running) == OF_THE_FIRST


async def test_a_refusal_ends_what_waits_for_a_person(page: Page, stack: Stack) -> None:
    """At once, with the error's code and what was expected; nobody is waited for any more."""
    running = await begin(page, "sign-in-by-code")
    stack.faults.add(f"{API}/request-otp", "unavailable")
    element = element_of(page)
    await element.get_by_label(CONTACT_LABEL).fill("yaa@shop.example")
    await button(element, "Send code").click()

    assert await failed(page, running) == (
        "request-otp: 503 STORE_UNAVAILABLE. Expected: a code goes out to a contact that was not"
        " asked for in the last 30 seconds."
    )
    await expect(page.locator("#verdict")).to_contain_text("Not as expected")


@pytest.mark.parametrize("scenario", ["two-tabs", "lose-answer"])
async def test_the_sequence_starts_at_its_first_step_and_cuts_no_name(
    page: Page, scenario: str
) -> None:
    """Also on a laptop, where the legend has its one line."""
    await resize(page, LAPTOP)
    await page.evaluate("(id) => window.__harness.run(id)", scenario)

    assert {"scrolled": 0, "cut": [], "legend_lines": 1} == await sequence(page)


async def test_a_laptop_shows_all_scenarios_and_the_verdict_whole(page: Page) -> None:
    """No row is cut and no list scrolls, whichever scenario's verdict is shown."""
    await resize(page, LAPTOP)
    hidden = {}
    for scenario in await page.evaluate("window.__harness.scenarios"):
        if not scenario["needsPerson"]:
            await page.evaluate("(id) => window.__harness.run(id)", scenario["id"])
            hidden[scenario["id"]] = await out_of_sight(page)

    assert {} == {name: parts for name, parts in hidden.items() if parts}


async def test_an_element_that_waits_for_a_code_is_in_sight_whole(page: Page) -> None:
    await resize(page, LAPTOP)
    running = await begin(page, "sign-in-by-code")
    await ask_for_code(element_of(page), "kukua@shop.example")
    await expect(page.locator("#messages li")).to_be_visible()

    await expect(element_of(page).locator("#card")).to_be_in_viewport(ratio=1)
    await page.locator("#reset").click()
    with pytest.raises(Error, match="reset"):
        await running


async def test_a_trace_is_copied_as_json_and_as_a_diagram(page: Page, visitor: Visitor) -> None:
    """Both tell the same steps, with tokens masked."""
    allowed = ["clipboard-read", "clipboard-write"]
    await visitor.context.grant_permissions(allowed, origin=visitor.origin("shop"))
    found = await page.evaluate("window.__harness.run('lose-answer')")

    await page.get_by_role("button", name="Copy JSON").click()
    copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert copied["scenario"] == "lose-answer"
    assert copied["trace"] == found["trace"]
    await page.get_by_role("button", name="Copy Mermaid").click()
    head, *lines = (await page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert head == "sequenceDiagram"
    assert len(lines) == 4 + len(found["trace"])
    assert any(line.strip().startswith("frame-xapi:") for line in lines)


@pytest.mark.parametrize("width", [320, 390])
async def test_the_harness_fits_a_phone(page: Page, width: int) -> None:
    """At the width of a phone nothing overflows, in a run with every part filled."""
    await resize(page, (width, 844))
    await page.evaluate("window.__harness.run('sign-in')")

    assert 0 == (await overflow(page))["across"]
