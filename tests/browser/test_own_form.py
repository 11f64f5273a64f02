"""The shop's own form in every documented page: there whenever Link is not, folded while it is."""

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.support.browser.cut_off import CUTS, GIVEN_UP_MS, cut, order
from tests.support.browser.npm_shop import (
    NpmShop,
    documented,
    documented_for_bundlers,
    open_plain,
    sources,
)
from tests.support.browser.saved_items import button
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

PLAIN: Final = "plain"
BUNDLED: Final = ["npm", "react", "react-18", "origin", "component", "vue"]
_PLACE: Final = '<div id="link"></div>'
_OF_THE_PAGE: Final = (
    '<details id="own-form" open><summary>Own</summary><input name="phone"></details>'
)
_NUMBER: Final = "0209876543"


def _cases() -> Iterator[tuple[str, str]]:
    """Cut each page off in every way; a version of React changes nothing of what arrives."""
    for name in [PLAIN, *BUNDLED]:
        yield from ((name, how) for how in CUTS if name != "react-18" or how == "no document")


async def test_every_snippet_for_a_bundler_is_run() -> None:
    run = "\n".join(sources().values())
    snippets = documented_for_bundlers()
    assert len(snippets) == 6
    assert [] == [snippet for snippet in snippets if snippet.strip() not in run]


async def _open(visitor: Visitor, npm_shop: NpmShop, name: str) -> Page:
    if name == PLAIN:
        return await open_plain(visitor, documented("Recipes", "html"))
    return await npm_shop.open(visitor, name, _PLACE + (_OF_THE_PAGE if name == "npm" else ""))


def _own(page: Page) -> Locator:
    """Return the field for a number in the shop's own form, as long as it is open."""
    return page.locator("details[open] [name=phone]")


@pytest.mark.parametrize(("name", "how"), list(_cases()))
async def test_it_can_be_filled_in_when_we_are_cut_off(
    visitor: Visitor, npm_shop: NpmShop, name: str, how: str
) -> None:
    await visitor.take_clock()
    await cut(visitor, how)
    page = await _open(visitor, npm_shop, name)
    await expect(_own(page)).to_be_visible()
    await visitor.wait(GIVEN_UP_MS)
    await _own(page).fill(_NUMBER)
    body = await order(page)
    assert body is not None
    assert body.startswith("wallet=0241234567&own=ran&")
    assert f"phone={_NUMBER}" in body.split("&")


@pytest.mark.parametrize("name", [PLAIN, *BUNDLED])
async def test_it_folds_while_link_is_there_and_opens_for_who_goes_on_without(
    visitor: Visitor, npm_shop: NpmShop, name: str
) -> None:
    page = await _open(visitor, npm_shop, name)
    form, element = page.locator("details").first, page.frame_locator("#link iframe").first
    await expect(form).not_to_have_attribute("open")
    await button(element, "Go on without Link").click()
    await expect(form).to_have_attribute("open", "")
    await button(element, "Use Link").click()
    await expect(form).not_to_have_attribute("open")
    await form.locator("summary").click()
    await expect(form.locator("input")).to_be_visible()


@pytest.mark.parametrize("name", [PLAIN, *BUNDLED])
async def test_it_stays_open_under_the_hands_of_who_fills_it_in(
    visitor: Visitor, npm_shop: NpmShop, name: str
) -> None:
    """Link comes late; the outline of the element ends after the page has heard `step`."""
    is_late = asyncio.Event()

    async def keep(route: Route) -> None:
        await is_late.wait()
        await route.continue_()

    await visitor.context.route("**/elements/bootstrap?*", keep)
    page = await _open(visitor, npm_shop, name)
    form, iframe = page.locator("details").first, page.locator("#link iframe").first
    await form.locator("input").press_sequentially("0")
    is_late.set()
    await expect(iframe).not_to_have_attribute("aria-busy")
    await expect(form.locator("input")).to_be_focused()
    await expect(form).to_have_attribute("open", "")
