"""The npm package in a shop's bundle: what the guide documents runs and stops no checkout."""

from typing import Final

import pytest
from playwright.async_api import expect

from tests.support.browser.cut_off import CUTS, DEADLINE_MS, cut, order
from tests.support.browser.npm_shop import NpmShop, documented
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_LATER: Final = """
import { loadLink } from '@cimplify/link-elements';
window.load = () => {
  const told = loadLink().then(({ mount }) => typeof mount, ({ code }) => code);
  told.then((said) => { window.loaded = said; });
};
"""


@pytest.fixture(scope="session")
def npm_shop(tmp_path_factory: pytest.TempPathFactory) -> NpmShop:
    """The documented pages and those of these tests, bundled once."""
    sources = {"npm": documented("With npm", "ts"), "later": _LATER}
    return NpmShop.bundled(tmp_path_factory.mktemp("npm-shop"), sources)


async def test_the_documented_loader_mounts_and_stops_no_checkout(
    visitor: Visitor, npm_shop: NpmShop
) -> None:
    page = await npm_shop.open(visitor, "npm")
    await expect(page.frame_locator("#link iframe").locator("[data-view=guest]")).to_be_visible()
    assert "wallet=0241234567&own=ran" == await order(page)
    await cut(visitor, "refused")
    page = await npm_shop.open(visitor, "npm")
    await visitor.said("The checkout goes on without Link")
    assert "wallet=0241234567&own=ran" == await order(page)


@pytest.mark.parametrize("how", ["refused", "never answering"])
async def test_a_page_that_could_not_load_us_can_try_again(
    visitor: Visitor, npm_shop: NpmShop, how: str
) -> None:
    await visitor.take_clock()
    visitor.expect_error("net::ERR")
    page = await npm_shop.open(visitor, "later")
    await visitor.context.route("**/elements/sdk/v1.js", CUTS[how][1], times=1)
    async with page.expect_request("**/elements/sdk/v1.js"):
        await page.evaluate("window.load()")
    if how == "never answering":
        await visitor.wait(DEADLINE_MS)
    failed = {"refused": "network", "never answering": "timeout"}[how]
    await page.wait_for_function("(code) => window.loaded === code", arg=failed)
    await page.evaluate("window.load()")
    await page.wait_for_function("() => window.loaded === 'function'")
