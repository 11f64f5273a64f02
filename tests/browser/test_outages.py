"""A network that is lost for a while: the customer goes on without a reload of the shop's page."""

import pytest
from playwright.async_api import Route, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "kobina@example.com"
LISTS = "**/frame/lists.js*"
CODE = "**/frame/frame.js*"
NOTE_INIT = "addEventListener('message', ({ data }) => { window.took ??= data.type; })"


async def lost(route: Route) -> None:
    """Fail a call as a dead network does."""
    await route.abort("connectionfailed")


@pytest.mark.parametrize("by", ["the customer", "the network's return"])
async def test_the_code_of_the_lists_is_fetched_again(
    visitor: Visitor, stack: Stack, by: str
) -> None:
    """A browser keeps the failed import of an address; the same file has another one then."""
    visitor.expect_error("ERR_CONNECTION_FAILED")
    await visitor.context.route(LISTS, lost)
    shop = await visitor.shop("address")
    await sign_in_by_code(shop, stack, CONTACT)
    element = shop.element()
    await expect(button(element, "Try again")).to_be_visible()
    await visitor.context.unroute(LISTS)

    if by == "the customer":
        await button(element, "Try again").click()
    else:
        await (await shop.frame()).evaluate("() => void window.dispatchEvent(new Event('online'))")

    await expect(button(element, "Add an address")).to_be_visible()
    again = [request.url for request in visitor.requests if "/frame/lists.js?" in request.url]
    assert 1 == len(again)


async def test_an_element_whose_code_was_lost_after_ready_comes_after_all(
    visitor: Visitor,
) -> None:
    """The document has said `ready`: the SDK's time for `init` passes, and it loads the frame."""
    visitor.expect_error("ERR_CONNECTION_FAILED")
    await visitor.take_clock()
    await visitor.context.add_init_script(NOTE_INIT)
    shop = await visitor.shop()
    await visitor.context.route(CODE, lost)
    await shop.mount("payment")
    await (await shop.frame()).wait_for_function("() => window.took === 'init'")
    await visitor.wait(61_000)
    failure = await shop.failure()
    assert ("timeout", True) == (failure["code"], failure["retryable"])
    assert [failure] == [told.payload for told in await shop.hear("loaderror")]
    await expect(shop.iframe()).to_be_hidden()
    await visitor.context.unroute(CODE)
    entries = await shop.page.evaluate("history.length")
    await shop.page.evaluate("() => void window.dispatchEvent(new Event('online'))")

    await shop.hear("initialized")
    assert "guest" == await shop.state()
    await expect(shop.iframe()).to_be_visible()
    assert entries == await shop.page.evaluate("history.length")  # Back leaves the shop's page
