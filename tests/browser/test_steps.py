"""What a shop hears of its customer's way, and the customer who goes on without Link."""

from typing import Any, Final

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import accessibility_faults, button, focused_control
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

DISMISS: Final = "Go on without Link"
COME_BACK: Final = "Use Link"
ONE_LINE_PX: Final = 88
_MOUNT: Final = """(options) => {
  const handle = window.Link.mount({ businessId: 'bus_demo', target: '#elements', ...options });
  window.way = [];
  for (const type of ['initialized', 'ready', 'step', 'dismissed', 'selected', 'error']) {
    handle.on(type, ({ name = type, request_id }) => window.way.push(request_id ?? name));
  }
  window.handles.push(handle);
}"""
# What the frame shows when it posts a step, which the SDK tells as `ready` before anything else.
_SEEN_AT_STEP: Final = """
const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (message, ...others) {
  if (message.type === 'step') {
    const views = [...document.querySelectorAll('[data-view]')];
    const seen = views.filter((view) => view.checkVisibility());
    window.seen = seen.map((view) => [view.dataset.view, view.getBoundingClientRect().height > 40]);
  }
  return post.call(this, message, ...others);
};
"""
_SHOWN_AT_READY: Final = """() => window.handles[0].on('ready', () => {
  const iframe = document.querySelector('#elements iframe');
  window.shown = [iframe.checkVisibility(), iframe.offsetHeight > 40];
})"""


async def mounted(visitor: Visitor, element: str, **options: object) -> ShopPage:
    """Open a shop that keeps its customer's way in `window.way`."""
    shop = await visitor.shop()
    await shop.page.evaluate(_MOUNT, {"element": element, **options})
    return shop


async def way(shop: ShopPage, last: str) -> list[Any]:
    """Wait until the customer has come so far; return their way."""
    await shop.until(f"window.way.at(-1) === {last!r}")
    found: list[Any] = await shop.page.evaluate("window.way")
    return found


async def test_a_guest_goes_on_without_link_and_comes_back(visitor: Visitor) -> None:
    """By keyboard: the element is one line, says so, and has the way back in focus."""
    shop = await mounted(visitor, "payment")
    assert ["initialized", "ready", "contact"] == await way(shop, "contact")
    element = shop.element()
    await button(element, DISMISS).focus()
    await shop.page.keyboard.press("Enter")
    await expect(element.get_by_text("You go on without Link.").first).to_be_visible()
    await expect(element.locator("header")).to_be_hidden()
    await shop.until(f"document.querySelector('iframe').offsetHeight <= {ONE_LINE_PX}")
    assert COME_BACK == (await focused_control(shop))["name"]
    assert [] == await accessibility_faults(shop)
    await shop.page.keyboard.press("Enter")
    await expect(element.locator("#contact")).to_be_focused()
    expected = ["initialized", "ready", "contact", "dismissed", "contact"]
    assert expected == await way(shop, "contact")
    assert 1 == len(visitor.asked("init"))


async def test_at_ready_the_view_is_there_to_be_used(visitor: Visitor) -> None:
    """In the frame before the shop is told of it, and in the shop's page."""
    await visitor.context.add_init_script(_SEEN_AT_STEP)
    shop = await visitor.shop()
    # In one task: a turn later the element may be ready already.
    both = f"(options) => {{ ({_MOUNT})(options); ({_SHOWN_AT_READY})(); }}"
    await shop.page.evaluate(both, {"element": "auth"})
    await shop.until("window.shown")
    assert [["guest", True]] == await (await shop.frame()).evaluate("window.seen")
    assert [True, True] == await shop.page.evaluate("window.shown")


async def test_a_customer_without_addresses_goes_on_without_link(
    visitor: Visitor, stack: Stack
) -> None:
    """And stays signed in: the way back leads to their list."""
    contact = "mawuli@example.com"
    shop = await mounted(visitor, "address")
    element = shop.element()
    await ask_for_code(element, contact)
    await enter_code(element, code_for(stack, contact))
    await expect(button(element, "Add an address")).to_be_visible()  # the code has its way out too
    await button(element, DISMISS).click()
    await expect(button(element, "Add an address")).to_be_hidden()
    await button(element, COME_BACK).click()
    await button(element, "Add an address").click()
    await expect(button(element, "Save address")).to_be_visible()
    assert [
        *("initialized", "ready", "contact", "code", "list"),
        *("dismissed", "list", "form"),
    ] == await way(shop, "form")


async def test_an_error_names_the_call_that_was_refused(visitor: Visitor) -> None:
    """Also to a page of another origin, which reads it from the answer's headers."""
    visitor.expect_error("status of 401")
    shop = await visitor.shop()
    async with shop.page.expect_response(lambda one: "/bootstrap?" in one.url) as response:
        await shop.page.evaluate(_MOUNT, {"element": "auth", "linkToken": f"lnk_{'a' * 43}"})
    named = (await (await response.value).all_headers())["x-request-id"]
    assert [named] == await way(shop, named)


async def test_countries_are_named_and_sorted_in_the_language_that_the_shop_chose(
    visitor: Visitor,
) -> None:
    """Which a shop of WordPress writes its own way; English names are found as before.

    There are no texts in Swahili, so the document is in the browser's language all the same.
    """
    shop = await mounted(visitor, "payment", locale="fr_CI")
    await way(shop, "contact")
    element, frame = shop.element(), await shop.frame()
    await element.locator("#country").click()
    options = element.get_by_role("option")
    await expect(options.first).to_contain_text("Afghanistan")
    await expect(options.nth(1)).to_contain_text("Afrique du Sud")
    await element.get_by_label("Nom ou indicatif du pays").fill("germany")
    await expect(options).to_have_text(["Allemagne +49"])
    assert "fr" == await frame.evaluate("document.documentElement.lang")

    await shop.page.evaluate("window.handles[0].update({ locale: 'sw_KE' })")
    await frame.wait_for_function("() => window.linkLocale === 'sw-KE'")
    await shop.page.keyboard.press("Escape")
    await element.locator("#country").click()
    await element.get_by_label("Search by name or code").fill("ujerumani")
    await expect(options).to_have_text(["Ujerumani +49"])
    assert "en" == await frame.evaluate("document.documentElement.lang")
    assert [] == visitor.console


async def test_a_locale_that_is_none_is_named_on_the_console(visitor: Visitor) -> None:
    """On a test deployment; the texts are in the language of the browser."""
    shop = await mounted(visitor, "payment", locale="french")
    await way(shop, "contact")
    await visitor.said("this browser knows no locale french. The texts are in its own language.")
    await shop.element().locator("#country").click()
    await expect(shop.element().get_by_role("option").nth(1)).to_contain_text("Åland Islands")
