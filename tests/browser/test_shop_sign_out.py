"""The shop's own sign-out ends every sign-in of its page, also where no element is left."""

from typing import Any, Final

import pytest
from playwright.async_api import Route, expect
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_dev.stack import Stack
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import READY_DEADLINE_MS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT: Final = "gifty@example.com"
LOGOUT: Final = "**/v1/link/elements/logout"
MARKET: Final = "bus_Market0123456789012345"
# An element that signs out while it reads the wallet: Chromium says that the answer was a 401.
WALLET_TOO_LATE: Final = r"401 \(Unauthorized\) .*/v1/link/data"
WALLETS: Final = "Cimplify Link, your wallets"
HIDDEN: Final = "document.querySelectorAll('html > div > iframe').length"
SIGN_OUT: Final = "() => Link.logout().then(() => null, ({ code }) => code)"
SIGN_OUT_AT_ONCE: Final = """(isGone) => handles[0].on('authenticated', () => {
  if (isGone) handles[0].destroy();
  window.leaving = Link.logout().then(() => null, ({ code }) => code);
})"""
# What a page with rude style sheets and a screen reader have of the hidden element.
SEEN: Final = """() => {
  const [frame] = document.querySelectorAll('html > div > iframe');
  frame.focus();
  const { width, height } = frame.getBoundingClientRect();
  return [width, height, frame.checkVisibility(), document.activeElement === frame];
}"""


async def kept(
    visitor: Visitor, shop: ShopPage, contact: str, stack: Stack, index: int = 0
) -> None:
    """Sign in by a code, and wait until the hidden element has the customer's session too."""
    visitor.expect_error(WALLET_TOO_LATE)
    before = len(visitor.servers.calls("init"))
    await sign_in_by_code(shop, stack, contact, index)
    await shop.until(f"{HIDDEN} === {index + 1}")
    await visitor.servers.called("init", before + 2)


async def refuse_document(route: Route) -> None:
    """Refuse a document, and answer whoever asks whether it is there."""
    if route.request.is_navigation_request():
        await route.fulfill(status=403)
    else:
        await route.continue_()


async def guest_again(shop: ShopPage, times: int) -> None:
    """Mount another element: it is a guest's, and stays one."""
    index = await shop.mount("payment")
    await shop.hear("initialized", times)
    await expect(shop.element(-1).locator("[data-view=guest]")).to_be_visible()
    assert "guest" == await shop.state(index)


async def test_it_ends_the_sign_in_of_a_page_whose_elements_are_gone(
    visitor: Visitor, stack: Stack
) -> None:
    shop = await visitor.shop("payment")
    await kept(visitor, shop, CONTACT, stack)
    await shop.page.evaluate("handles[0].destroy()")

    assert await shop.page.evaluate(SIGN_OUT) is None

    assert [1] == [call["revoked"] for call in visitor.servers.calls("logout")]
    assert 0 == await shop.page.evaluate(HIDDEN)
    await guest_again(shop, 2)


@pytest.mark.parametrize("is_gone", [True, False], ids=["element gone", "element there"])
async def test_it_ends_one_whose_hidden_element_connects_still(
    visitor: Visitor, stack: Stack, *, is_gone: bool
) -> None:
    visitor.expect_error(WALLET_TOO_LATE)
    shop = await visitor.shop("payment")
    await shop.page.evaluate(SIGN_OUT_AT_ONCE, is_gone)
    await sign_in_by_code(shop, stack, CONTACT)

    assert await shop.page.evaluate("leaving") is None
    assert 0 == await shop.page.evaluate(HIDDEN)
    await shop.page.evaluate("handles[0].destroy()")
    await guest_again(shop, 2)
    assert 0 == await shop.page.evaluate(HIDDEN)


async def test_it_ends_those_of_every_business(visitor: Visitor, stack: Stack) -> None:
    """A market's page has elements of two; a sign-in for one is none for the other."""
    shop = await visitor.shop("payment")
    async with Redis.from_url(stack.redis_url, decode_responses=True) as redis:
        market = StoredBusiness(
            id=MARKET,
            name="Market",
            state="enabled",
            mode="test",
            origins=(shop.origin,),
            version=0,
        )
        await RedisBusinesses(redis).put(market)
    await kept(visitor, shop, CONTACT, stack)
    await shop.mount("payment", businessId=MARKET)
    await shop.hear("initialized", 2)
    assert "guest" == await shop.state(1)
    await kept(visitor, shop, "yeboah@example.com", stack, 1)
    assert 2 == await shop.page.evaluate(HIDDEN)
    await shop.page.evaluate("handles.forEach((handle) => handle.destroy())")

    assert await shop.page.evaluate(SIGN_OUT) is None

    assert 0 == await shop.page.evaluate(HIDDEN)
    assert [1, 1] == [call["revoked"] for call in visitor.servers.calls("logout")]
    await shop.mount("payment", businessId=MARKET)
    await shop.hear("initialized", 3)
    await guest_again(shop, 4)
    assert ["guest", "guest"] == [await shop.state(2), await shop.state(3)]


async def test_it_leaves_guests_alone_and_needs_nobody_to_be_signed_in(visitor: Visitor) -> None:
    shop = await visitor.shop()
    assert await shop.page.evaluate(SIGN_OUT) is None
    await shop.mount("payment")
    await shop.hear("initialized")

    assert await shop.page.evaluate(SIGN_OUT) is None

    assert "guest" == await shop.state()
    assert [] == visitor.servers.calls("logout")


async def test_where_it_cannot_reach_us_it_fails_as_the_handles_own_and_nobody_stays(
    visitor: Visitor, stack: Stack
) -> None:
    visitor.expect_error("ERR_CONNECTION_FAILED")
    shop = await visitor.shop("payment")
    await kept(visitor, shop, CONTACT, stack)

    async def lost(route: Route) -> None:
        await route.abort("connectionfailed")

    await visitor.context.route(LOGOUT, lost)
    assert {"code": "network"} == await shop.command("logout")
    assert "network" == await shop.page.evaluate(SIGN_OUT)
    assert ["authenticated", 0] == [await shop.state(), await shop.page.evaluate(HIDDEN)]

    await shop.page.evaluate("handles[0].destroy()")
    assert await shop.page.evaluate(SIGN_OUT) is None
    await guest_again(shop, 2)


async def test_nobody_sees_the_hidden_element(visitor: Visitor, stack: Stack) -> None:
    """Not even where the page shows every `div` and frame; no reader nor Tab key comes to it."""
    shop = await visitor.shop("payment")
    await shop.page.add_style_tag(content="div, iframe { display: block !important }")
    await kept(visitor, shop, CONTACT, stack)

    assert [0, 0, False, False] == await shop.page.evaluate(SEEN)
    devtools = await visitor.context.new_cdp_session(shop.page)
    tree: dict[str, Any] = await devtools.send("Accessibility.getFullAXTree")
    named = [node.get("name", {}).get("value") for node in tree["nodes"]]
    assert [name for name in named if str(name).startswith("Cimplify Link, ")] == [WALLETS]


async def test_a_hidden_element_that_is_refused_tells_nobody(
    visitor: Visitor, stack: Stack
) -> None:
    """Nor on the console, where a test deployment explains a blank element of the shop's."""
    visitor.expect_error("Failed to load resource")
    await visitor.count_loads()
    await visitor.take_clock()
    shop = await visitor.shop("payment")
    await visitor.context.route("**/elements/auth?*", refuse_document)
    await sign_in_by_code(shop, stack, CONTACT)
    await shop.until(f"{HIDDEN} === 1 && loadedFrames === 2")
    before = len(visitor.console)

    await visitor.wait(READY_DEADLINE_MS // 2)
    await shop.until("loadedFrames === 3")
    await visitor.wait(READY_DEADLINE_MS)

    assert await shop.page.evaluate(SIGN_OUT) is None
    assert ["ended", 0] == [await shop.state(), await shop.page.evaluate(HIDDEN)]
    said = [text for text in visitor.console[before:] if "Failed to load resource" not in text]
    assert ([], []) == (said, await shop.told("error"))
