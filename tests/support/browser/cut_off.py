"""A checkout whose requests to us are cut: the ways to cut them, and the order that it sends."""

from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Page, Route

from tests.support.browser.visitor import Visitor

DEADLINE_MS: Final = 10_000
GIVEN_UP_MS: Final = 90_000
"""Longer than any deadline of an element that does not come."""
CHECKOUT: Final = """<!doctype html><html lang=en><title>A shop</title>
<link rel=icon href=data:,>
<form id=checkout action=/order method=post>
<input name=wallet value=0241234567><input name=own><button>Pay</button></form>
"""


async def _refuse(route: Route) -> None:
    await route.abort("connectionrefused")


async def _answer_503(route: Route) -> None:
    await route.fulfill(status=503, content_type="text/html", body="<h1>Service Unavailable</h1>")


async def _answer_404(route: Route) -> None:
    await route.fulfill(status=404, content_type="text/html", body="<h1>Not Found</h1>")


async def _never_answer(_route: Route) -> None:
    """Leave the request as it is until its page is closed."""


CUTS: Final = {
    "refused": ("/", _refuse),
    "503": ("/", _answer_503),
    "never answering": ("/", _never_answer),
    "no SDK": ("/elements/sdk/", _answer_404),
    "no document": ("/elements/payment", _answer_404),
    "no end of the document": ("/elements/payment", _never_answer),
    "no code of the frame": ("/elements/r/", _answer_404),
}


async def cut(visitor: Visitor, how: str) -> None:
    """Cut our host off, or take one of its files away."""
    visitor.expect_error("Failed to load resource|net::ERR")
    path, keep = CUTS[how]
    host = urlsplit(visitor.origin("link")).netloc
    await visitor.context.route(
        lambda url: urlsplit(url).netloc == host and urlsplit(url).path.startswith(path), keep
    )


def checkout(html: str) -> str:
    """Return a checkout with the given HTML in its form, behind the button."""
    return CHECKOUT.replace("</form>", f"{html}</form>")


async def order(page: Page) -> str | None:
    """Press the shop's own button; return the order's body."""
    async with page.expect_request(lambda request: request.url.endswith("/order")) as ordered:
        await page.get_by_role("button", name="Pay").click(no_wait_after=True)
    return (await ordered.value).post_data
