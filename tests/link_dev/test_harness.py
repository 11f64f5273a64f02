"""The page for a person, run by a robot: the same scenarios, the same verdicts."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from link_dev.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.browser.chromium import running_chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SCENARIOS = (
    *("happy-guest", "sign-in", "refresh-now", "log-out"),
    *("evil-parent", "replay-init", "lose-answer", "reload-frame"),
)
_DESKTOP: ViewportSize = {"width": 1440, "height": 900}
_PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def devtools() -> Iterator[str]:
    """A plain Chromium; the address of its DevTools."""
    with running_chromium() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(devtools: str) -> AsyncIterator[Page]:
    """The harness in a browser, its first scenario over."""
    async with open_stack(Plan(Ports.free())) as stack, async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(devtools)
        page = await browser.new_page(viewport=_DESKTOP)
        await page.goto(stack.origin("shop"))
        await expect(page.locator("#verdict .outcome.pass")).to_be_visible(timeout=15_000)
        yield page
        await browser.close()


async def _run(harness: Page, scenario: str) -> dict[str, Any]:
    result: dict[str, Any] = await harness.evaluate("(id) => window.__harness.run(id)", scenario)
    return result


async def test_the_scenarios_are_these(harness: Page) -> None:
    """Keys 1 to 8, in this order."""
    assert await harness.evaluate("window.__harness.scenarios") == list(_SCENARIOS)


@pytest.mark.parametrize("scenario", _SCENARIOS)
async def test_a_scenario_goes_as_it_says(harness: Page, scenario: str) -> None:
    """Each of its checks holds, and the page shows so."""
    result = await _run(harness, scenario)
    assert [check for check in result["checks"] if not check["pass"]] == []
    assert result["pass"]
    assert result["trace"]
    await expect(harness.locator(".scenario[aria-current=true]")).to_have_attribute(
        "data-verdict", "pass"
    )
    await expect(harness.locator("#leaks")).to_contain_text("0 secrets ✓")


async def test_the_trace_that_is_copied_holds_no_token(harness: Page) -> None:
    """The page saw a bootstrap token; what leaves it shows eight characters of it."""
    result = await _run(harness, "happy-guest")
    [init] = [step for step in result["trace"] if step["label"] == "init" and step["to"] == "frame"]
    assert len(init["data"]["bootstrap_token"]) == len("elb_AAAA…")


async def test_a_token_is_masked_until_a_click(harness: Page) -> None:
    """In the inspector, on a developer's machine."""
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
    await expect(harness.locator(".step.dropped")).to_have_count(2)
    assert harness.url.endswith("/#replay-init")


async def test_the_claims_and_their_end_are_shown(harness: Page) -> None:
    """Decoded by the server; the token itself stays in the frame."""
    await _run(harness, "sign-in")
    await harness.locator("#token-tab").click()
    claims = harness.locator("#token-panel .claims")
    await expect(claims).to_contain_text('["bootstrap"]')
    await expect(harness.locator("#countdown")).to_contain_text("4:5")
    await harness.locator("#step-tab").click()


async def test_a_customer_signs_in_inside_the_live_element(harness: Page) -> None:
    """By hand, with the code of the outbox."""
    await _run(harness, "happy-guest")
    element = harness.frame_locator("#stage iframe")
    await element.locator("#contact").fill("kofi@shop.example")
    await element.locator("#request-code").click()
    await element.locator("#otp-code").wait_for()
    [sent, *_] = await harness.evaluate("fetch('/dev/outbox').then((answer) => answer.json())")
    assert sent["contact"] == "kofi@shop.example"
    await element.locator("#otp-code").fill(sent["code"])
    await element.locator("#verify-code").click()
    await expect(harness.locator("#state")).to_have_text("authenticated")
    await expect(harness.locator("#steps")).to_contain_text("bridge → auth service")
    await expect(harness.locator("#leaks")).to_contain_text("0 secrets ✓")


async def test_it_fits_a_desk_and_a_phone(harness: Page) -> None:
    """No scrolling at 1440 by 900; none sideways at 390."""
    measure = """() => {
      const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
      return [scrollWidth <= clientWidth, scrollHeight <= clientHeight];
    }"""
    await _run(harness, "log-out")
    assert await harness.evaluate(measure) == [True, True]
    await harness.set_viewport_size(_PHONE)
    assert (await harness.evaluate(measure))[0]
    await harness.set_viewport_size(_DESKTOP)
