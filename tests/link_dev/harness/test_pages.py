"""The harness page in use by a person; `tests/browser/test_harness.py` runs its scenarios."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, expect

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.chromium import connected_chromium
from tests.support.installing.chromium import find_chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")

_DESKTOP: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def chromium() -> str:
    """Its path; looking for it may need an event loop of its own."""
    return find_chromium()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(chromium: str) -> AsyncIterator[Page]:
    """The harness in a browser, its first scenario over."""
    async with open_stack(Plan(Ports.free())) as stack, connected_chromium(chromium) as browser:
        page = await browser.new_page(viewport=_DESKTOP)
        await page.goto(stack.origin("shop"))
        await expect(page.locator("#verdict .outcome.pass")).to_be_visible(timeout=15_000)
        yield page


async def _run(harness: Page, scenario: str) -> dict[str, Any]:
    result: dict[str, Any] = await harness.evaluate("(id) => window.__harness.run(id)", scenario)
    return result


async def test_the_trace_that_is_copied_holds_no_token(harness: Page) -> None:
    """The page saw a bootstrap token; what leaves it shows eight characters of it."""
    result = await _run(harness, "happy-guest")
    [init] = [step for step in result["trace"] if step["label"] == "init" and step["to"] == "frame"]
    assert len(init["data"]["bootstrap_token"]) == len("elb_AAAA…")


async def test_a_token_is_masked_until_a_click(harness: Page) -> None:
    """The inspector shows it, on a developer's machine."""
    await _run(harness, "happy-guest")
    await harness.locator(".step", has_text="+ port").click()
    secret = harness.locator("#step-panel .secret")
    await expect(secret).to_have_text("elb_AAAA…")
    await secret.click()
    await expect(harness.locator("#step-panel .json")).to_contain_text("elb_AAAAA")


async def test_a_key_runs_a_scenario_and_the_address_says_which(harness: Page) -> None:
    """A report of a fault is a link."""
    await harness.locator("h1").click()
    await harness.keyboard.press("6")
    await expect(harness.locator("#verdict .outcome.pass")).to_be_visible()
    # By reason: where the shop's answer is slow, the frame's repeats of `ready` are dropped too.
    for reason in ("source ≠", "the frame takes one init a document"):
        await expect(harness.locator(".step.dropped", has_text=reason)).to_have_count(1)
    assert harness.url.endswith("/#replay-init")


async def test_the_claims_and_their_end_are_shown(harness: Page) -> None:
    """Decoded by the server; the token itself stays in the frame."""
    await _run(harness, "sign-in")
    await harness.locator("#token-tab").click()
    claims = harness.locator("#token-panel .claims")
    await expect(claims).to_contain_text('["bootstrap"]')
    await expect(harness.locator("#countdown")).to_contain_text("4:5")
    await harness.locator("#step-tab").click()


async def test_a_reset_ends_the_run_and_leaves_no_verdict(harness: Page) -> None:
    """Queued scenarios are cleared too."""
    await harness.locator("#run-all").click()
    await expect(harness.locator(".scenario[data-verdict=queued]")).not_to_have_count(0)
    await expect(harness.locator("#stage iframe")).to_be_visible()
    await harness.locator("#reset").click()
    await expect(harness.locator("#verdict")).to_contain_text("Pick a scenario")
    judged = harness.locator(".scenario[data-verdict]:not([data-verdict=''])")
    await expect(judged).to_have_count(0)
    # The scenario that was cut off has had the time of a whole one to leave a verdict by now.
    assert (await _run(harness, "happy-guest"))["pass"]
    await expect(judged).to_have_count(1)


async def test_a_scenario_that_waits_for_a_person_gives_way(harness: Page) -> None:
    """A person who has moved on is not waited for."""
    await harness.locator(".scenario", has_text="Sign in by code").click()
    await expect(harness.locator("#verdict")).to_contain_text("Waiting for you")
    await expect(harness.locator("#state")).to_have_text("guest")
    assert (await _run(harness, "happy-guest"))["pass"]
    by_code = harness.locator(".scenario", has_text="Sign in by code")
    await expect(by_code).to_have_attribute("data-verdict", "")
