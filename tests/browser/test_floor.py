"""The oldest browsers that `docs/integrate.md#browsers` names.

All works without what is newer than they are; without what is needed an element says so, and
nothing is sent.
"""

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import add_address, button
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT: Final = Path(__file__).parents[1]
CONTACT: Final = "fafa@example.com"
NEEDS_NEWER: Final = "Link needs a newer browser. You can fill in the shop’s form instead."  # noqa: RUF001  # as it is shown
WITHOUT_NEWER: Final = (ROOT / "support" / "browser" / "oldest.js").read_text("utf-8")
NEEDED: Final = [
    "delete window.fetch",
    "delete window.AbortController",
    "delete window.MessageChannel",
    "delete window.ResizeObserver",
    "delete window.TextEncoder",
    "delete Crypto.prototype.subtle",
]


PAGE: Final = """<!doctype html><link rel=icon href=data:,><div id=elements></div>
<script type=module>
const { Link } = await import('LINK/elements/sdk/v1.js');
Object.assign(window, { Link, handles: [], events: [], embedded: true });
</script>"""


async def _shop(visitor: Visitor, *elements: str) -> ShopPage:
    """Open a page without the harness, which needs more than an element does."""
    html = PAGE.replace("LINK", visitor.origin("link"))
    shop = ShopPage(await visitor.page_at("shop", html), visitor.origin("shop"))
    await shop.until("window.embedded")
    for element in elements:
        await shop.mount(element, appearance={"theme": "dark"})
    return shop


async def _sign_in_pick_refresh_and_leave(visitor: Visitor, stack: Stack) -> None:
    shop = await _shop(visitor, "address", "auth")
    await shop.hear("initialized", 2)
    await button(shop.element(), "Sign in here").click()
    await sign_in_by_code(shop, stack, CONTACT)
    await shop.hear("authenticated", 2)
    element = shop.element()
    await add_address(element)
    await button(element, "Use this address").click()
    ((chosen),) = await shop.hear("selected")
    assert "Home, Accra" == chosen.payload["label"]
    assert {"expires_in": 300} == await shop.command("refresh")
    assert {} == await shop.command("logout")
    assert "ended" == await shop.state()
    assert [] == await shop.told("error")


async def test_a_sign_in_a_pick_a_refresh_and_a_logout_need_nothing_newer(
    visitor: Visitor, stack: Stack
) -> None:
    """The names are deleted in every document before its first script."""
    await visitor.context.add_init_script(WITHOUT_NEWER)
    await _sign_in_pick_refresh_and_leave(visitor, stack)


@pytest.mark.parametrize("lacking", NEEDED)
async def test_without_what_is_needed_nothing_is_sent(visitor: Visitor, lacking: str) -> None:
    """The shop hears the code, its page goes on, and the customer reads a line in the frame."""
    await visitor.context.add_init_script(lacking)
    shop = await _shop(visitor, "payment")
    failure = await shop.failure()
    assert ("unsupported_browser", False) == (failure["code"], failure["retryable"])
    await expect(shop.element().get_by_text(NEEDS_NEWER).first).to_be_visible()
    for command in ("refresh", "logout"):
        assert {"code": "not_connected"} == await shop.command(command)
    assert "failed" == await shop.state()
    assert [] == visitor.asked("bootstrap")
    await shop.page.evaluate("window.handles[0].destroy()")
    await expect(shop.iframe()).to_have_count(0)


@pytest.mark.parametrize("lacking", [lacking for lacking in NEEDED if "Message" not in lacking])
async def test_a_frame_alone_that_lacks_it_tells_the_shop(visitor: Visitor, lacking: str) -> None:
    """As where an extension takes it from frames: the frame says no version instead of `ready`."""
    await visitor.context.add_init_script(f"if (parent !== window) {lacking}")
    shop = await _shop(visitor, "payment")
    failure = await shop.failure()
    assert "unsupported_browser" == failure["code"]
    assert [failure] == [told.payload for told in await shop.hear("loaderror")]
    await expect(shop.element().get_by_text(NEEDS_NEWER).first).to_be_visible()
    assert [] == visitor.asked("bootstrap")
