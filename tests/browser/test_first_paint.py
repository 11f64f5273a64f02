"""What a customer sees before the element is there, and how long the shop waits for it."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Route, ViewportSize, expect

from tests.support.browser.merchant import frame_url
from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.shop import Json, ShopPage
from tests.support.browser.visitor import CSP, READY_DEADLINE_MS, SDK_PATH, Held, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCUMENT: Final = "**/elements/payment?*"
WIDE: Final[ViewportSize] = {"width": 640, "height": 400}
NARROW: Final[ViewportSize] = {"width": 340, "height": 400}
_OUTLINE: Final = """(iframe) => {
  const { backgroundColor, boxShadow, borderTopLeftRadius } = getComputedStyle(iframe);
  const { height } = iframe.getBoundingClientRect();
  const isBusy = iframe.getAttribute('aria-busy') === 'true';
  return { ground: backgroundColor, line: boxShadow !== 'none', corner: borderTopLeftRadius,
    height, isBusy, html: iframe.getAttribute('style') };
}"""
_HIDE: Final = """
window.seenAs = 'hidden';
Object.defineProperty(Document.prototype, 'visibilityState', { get: () => window.seenAs });
"""


async def hold_document(visitor: Visitor) -> Held:
    """Hold back the next document of a payment element."""
    held = Held(asyncio.get_running_loop().create_future())
    await visitor.context.route(DOCUMENT, held.keep, times=1)
    return held


async def outline(shop: ShopPage) -> Json:
    """Return what the page draws in place of the element."""
    drawn: Json = await shop.iframe().evaluate(_OUTLINE)
    return drawn


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_the_outline_is_there_at_once_and_nothing_moves_until_the_element_is(
    visitor: Visitor, size: ViewportSize
) -> None:
    """Held document, held session, ready: one height, the shop's theme, no CSP violation."""

    def strict(headers: dict[str, str], text: str) -> str:
        link = visitor.origin("link")
        headers[CSP] = (
            f"default-src 'none'; script-src 'self' {link}; frame-src {link};"
            f" connect-src {link}; style-src 'self'; img-src data:"
        )
        return text

    await visitor.change("/embed", strict)
    document, session = await hold_document(visitor), await visitor.hold("init")
    shop = await visitor.shop()
    await shop.page.set_viewport_size(size)
    await shop.page.emulate_media(color_scheme="dark")
    await shop.mount("payment", appearance={"theme": "light"})
    await document.request()
    empty = await outline(shop)
    await document.release()
    await session.request()
    loaded = await outline(shop)
    main = (await shop.frame()).locator("main")
    skeleton = await main.evaluate(
        "(main) => [main.offsetHeight, getComputedStyle(main).backgroundColor]"
    )
    await session.release()
    await shop.hear("height_change")
    await expect(shop.element().locator("[data-view=connecting]")).to_be_hidden()
    ready = await outline(shop)

    assert ("rgb(255, 255, 255)", True, "12px", True) == (
        *(empty["ground"], empty["line"], empty["corner"], empty["isBusy"]),
    )
    assert empty == loaded
    assert [empty["height"], "rgba(0, 0, 0, 0)"] == skeleton
    assert empty["height"] == ready["height"]
    assert ("rgba(0, 0, 0, 0)", False, False) == (ready["ground"], ready["line"], ready["isBusy"])
    assert [] == visitor.console


async def test_a_shop_that_styles_its_frames_keeps_the_outline(visitor: Visitor) -> None:
    """Its rules for all frames, in a page from right to left, change neither ground nor line."""
    session = await visitor.hold("init")
    shop = await visitor.shop()
    await shop.page.evaluate("""() => {
      document.documentElement.dir = 'rtl';
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('iframe { background: red; box-shadow: none; border: 4px solid }');
      document.adoptedStyleSheets = [sheet];
    }""")
    await shop.mount("payment", appearance={"variables": {"colorBackground": "#1b1033"}})
    await session.request()
    drawn = await outline(shop)
    assert ("rgb(27, 16, 51)", True) == (drawn["ground"], drawn["line"])
    await session.release()
    await shop.hear("height_change")


async def test_the_skeleton_has_a_text_for_those_who_do_not_see_it(visitor: Visitor) -> None:
    """Bars without a text, and without motion for those who do not want it."""
    token = await visitor.hold("bootstrap")
    shop = await visitor.shop("payment")
    await token.request()
    view = shop.element().locator("[data-view=connecting]")
    await expect(view).to_have_text("Connecting…")
    await expect(shop.element().locator("main")).to_match_aria_snapshot("- paragraph: Connecting…")
    assert not await view.locator("p").evaluate("(text) => text.clientHeight > 10")
    frame = await shop.frame()
    bars, moving = await frame.evaluate(
        "[getComputedStyle(document.querySelector('main')).backgroundImage,"
        " document.getAnimations().length]"
    )
    assert (5, 0) == (bars.count("linear-gradient"), moving)
    await token.release()
    await shop.hear("initialized")
    assert [] == visitor.console


async def test_without_javascript_the_frame_says_so(
    fitting_browser: Browser, visitor: Visitor
) -> None:
    """A text in place of the skeleton, which would promise more, in both languages."""
    context = await fitting_browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    url = frame_url(visitor, "payment", visitor.origin("shop"))
    host = urlsplit(url).netloc  # only the browser knows that `*.localhost` is this machine
    numeric = url.replace("link.localhost", "127.0.0.1", 1)
    document = await (await context.request.get(numeric, headers={"Host": host})).text()

    # As a page of its own: an iframe of another site may be parsed before its scripts are off.
    async def fulfill(route: Route) -> None:
        await route.fulfill(body=document, content_type="text/html; charset=utf-8")

    await page.route("**/plain", fulfill)
    await page.goto(f"{visitor.origin('shop')}/plain")
    shown = await page.evaluate("document.body.innerText.trim()")
    main = await page.evaluate("document.querySelector('main').checkVisibility()")
    said = "Cimplify Link needs JavaScript.\n\nCimplify Link a besoin de JavaScript."
    assert (said, False) == (shown, main)
    await context.close()


async def test_a_document_that_is_on_its_way_is_no_failure(visitor: Visitor) -> None:
    """The server answers the probe twice while the document is held back; then all goes well."""
    await visitor.take_clock()
    document = await hold_document(visitor)
    shop = await visitor.shop()
    await shop.mount("payment")
    await document.request()

    await visitor.pass_ready_deadline(shop.page)
    await visitor.pass_ready_deadline(shop.page)
    assert ("connecting", []) == (await shop.state(), await shop.told("error"))
    await document.release()

    await shop.hear("initialized")
    assert [] == await shop.told("error")
    assert {"state": "guest"} == await shop.page.evaluate("window.handles[0].ready")


async def test_a_page_that_nobody_sees_starts_no_clock(visitor: Visitor) -> None:
    """Half a minute behind another tab tells nothing; once seen, the deadline passes."""
    visitor.expect_error("ERR_CONNECTION_FAILED")
    await visitor.take_clock()
    await visitor.count_loads()
    await visitor.context.add_init_script(_HIDE)
    shop = await visitor.shop()
    await visitor.context.route("**/elements/**", lambda route: route.abort("connectionfailed"))
    await shop.mount("payment")
    await shop.until("window.loadedFrames === 1")
    await visitor.wait(30_000)
    probes = [request for request in visitor.requests if is_probe(request.url, request.method)]
    assert ([], []) == (probes, await shop.told("error"))

    await shop.page.evaluate("window.seenAs = 'visible'")
    async with visitor.context.expect_event("requestfailed", timeout=DEADLINE_S * 1000):
        await visitor.wait(READY_DEADLINE_MS // 2)
    await shop.page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    await visitor.wait(READY_DEADLINE_MS // 2)

    assert "network" == (await shop.failure())["code"]


def is_probe(url: str, method: str) -> bool:
    """Tell whether the SDK asks whether the service answers."""
    return method == "HEAD" and url.endswith(SDK_PATH)
