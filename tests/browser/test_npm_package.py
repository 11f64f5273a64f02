"""The npm package: its loader, its components in React 18 and 19, and the recipes of the guide."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from link_dev.stack import Stack
from tests.support.browser.cut_off import CUTS, DEADLINE_MS, order
from tests.support.browser.npm_shop import NpmShop, documented, open_plain
from tests.support.browser.reloads import begun, keeping_business, kept_sign_in
from tests.support.browser.saved_items import add_address, button, save_wallet
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code, link_token
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

REACTS: Final = ["react", "react-18"]
HYDRATED: Final = ["hydrated", "hydrated-18"]
_OLDEST: Final = Path(__file__).parents[1] / "support" / "browser" / "oldest.js"


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


@pytest.mark.parametrize(("name", "elements"), [*[(name, 2) for name in REACTS], ("vue", 1)])
async def test_the_documented_components_mount_once(
    visitor: Visitor, npm_shop: NpmShop, name: str, elements: int
) -> None:
    page = await npm_shop.open(visitor, name)
    guests = page.frame_locator("#link iframe")
    await expect(guests.nth(0).locator("[data-view=guest]")).to_be_visible()
    for index in range(1, elements):
        await expect(button(guests.nth(index), "Sign in here")).to_be_visible()
    await expect(page.locator("iframe")).to_have_count(elements)


async def test_the_documented_plain_page_sends_the_choice_with_its_own_form(
    visitor: Visitor, stack: Stack
) -> None:
    token = await link_token(visitor.servers, "yayra@example.com")
    await save_wallet(visitor.servers, token)
    recipe = documented("Recipes", "html")
    page = await open_plain(visitor, recipe)
    element = page.frame_locator("#link iframe")
    await ask_for_code(element, "yayra@example.com")
    await enter_code(element, code_for(stack, "yayra@example.com"))
    await button(element, "Use this wallet").click()
    await expect(page.locator("[name=wallet_id]")).to_have_value(re.compile("^momo_"))
    assert "wallet=0241234567&own=ran&phone=&wallet_id=momo_" in str(await order(page))


async def _hydrated(visitor: Visitor, npm_shop: NpmShop, name: str = "hydrated") -> Page:
    """Open the React shop as its server sends it; a mismatch would be an error on the console."""
    html = npm_shop.html[name]
    assert '<div id="address"></div><div id="payment"></div>' in html
    return await npm_shop.open(visitor, name, f'<div id="root">{html}</div>')


async def _heard(page: Page, *types: str) -> list[dict[str, Any]]:
    """Wait until the shop has heard the last of these events, and return all of them."""
    await page.wait_for_function(f"() => window.heard.some(({{ type }}) => type === {types[-1]!r})")
    heard: list[dict[str, Any]] = await page.evaluate("window.heard")
    return [event for event in heard if event["type"] in types]


@pytest.mark.parametrize("name", HYDRATED)
async def test_a_hydrated_page_hears_a_choice_by_its_newest_handler_in_the_element_it_mounted(
    visitor: Visitor, npm_shop: NpmShop, stack: Stack, name: str
) -> None:
    contact = f"enyonam.{name}@example.com"
    page = await _hydrated(visitor, npm_shop, name)
    element, iframe = page.frame_locator("#address iframe"), page.locator("#address iframe")
    await ask_for_code(element, contact)
    await iframe.evaluate("(iframe) => { iframe.dataset.first = 'yes'; }")
    await page.evaluate("window.shop.render({ number: 2, theme: 'dark' })")
    await expect(element.locator("html[data-theme=dark]")).to_be_attached()
    await enter_code(element, code_for(stack, contact))
    await add_address(element)
    await button(element, "Use this address").click()
    signed_in, chosen = await _heard(page, "authenticated", "selected")
    assert (2, 2, "Home, Accra") == (signed_in["render"], chosen["render"], chosen["label"])
    await expect(iframe).to_have_attribute("data-first", "yes")

    await page.evaluate("window.shop.logout()")
    assert 1 == len(await _heard(page, "logout_complete"))
    await page.evaluate("window.shop.show({ elements: false })")
    await expect(page.locator("iframe")).to_have_count(0)
    assert [] == [event for event in await _heard(page, "selected") if event != chosen]


async def test_a_react_shop_hears_the_customers_way_and_chooses_the_language(
    visitor: Visitor, npm_shop: NpmShop
) -> None:
    page = await _hydrated(visitor, npm_shop)
    element = page.frame_locator("#payment iframe")
    told = await _heard(page, "initialized", "ready", "step")
    assert ["initialized", "ready", "step"] == [event["type"] for event in told]
    await page.evaluate("window.shop.render({ number: 2, locale: 'fr' })")
    handle = await page.locator("#payment iframe").element_handle()
    frame = await handle.content_frame()
    assert frame is not None
    await frame.wait_for_function("() => document.documentElement.lang === 'fr'")
    await button(element, "Se connecter").click()
    await element.locator("#country").click()
    await expect(element.get_by_role("option").nth(1)).to_contain_text("Afrique du Sud")
    await button(element, "Continuer sans Link").click()
    assert [2] == [event["render"] for event in await _heard(page, "dismissed")]
    await button(element, "Utiliser Link").click()
    await expect(element.locator("#contact")).to_be_visible()


@pytest.mark.parametrize("name", ["hydrated-production", "hydrated-18"])
async def test_a_suspended_element_mounts_when_it_is_shown_and_stays_when_it_is_hidden_again(
    visitor: Visitor, npm_shop: NpmShop, name: str
) -> None:
    page = await _hydrated(visitor, npm_shop, name)
    iframe = page.locator("#suspended iframe")
    await _heard(page, "hydrated")
    await page.evaluate("() => { window.shop.close(); window.shop.show({ suspended: true }); }")
    await expect(page.locator("#waiting")).to_be_visible()
    await expect(page.locator("#state")).to_have_text("ready")
    await expect(iframe).to_have_count(0)
    await page.evaluate("window.shop.open()")
    await _heard(page, "shown")
    await expect(iframe).to_have_count(1)
    await _hide_and_show(page)
    await expect(iframe).to_have_attribute("data-first", "yes")
    assert 1 == len(await _heard(page, "shown"))


async def test_where_react_19_develops_a_suspended_element_that_is_shown_again_is_one_new_element(
    visitor: Visitor, npm_shop: NpmShop
) -> None:
    """Its StrictMode ends and begins every effect there, in development alone."""
    page = await _hydrated(visitor, npm_shop)
    await _heard(page, "hydrated")
    await page.evaluate("window.shop.show({ suspended: true })")
    await _heard(page, "shown")
    await _hide_and_show(page)
    await page.wait_for_function(
        "() => window.heard.filter(({ type }) => type === 'shown').length === 2"
    )
    assert [1, 2] == [event["render"] for event in await _heard(page, "shown")]
    await expect(page.locator("#suspended iframe")).to_have_count(1)


async def _hide_and_show(page: Page) -> None:
    """Let the suspended part wait once more, and go on; its iframe is marked before."""
    iframe = page.locator("#suspended iframe")
    await iframe.evaluate("(iframe) => iframe.setAttribute('data-first', 'yes')")
    await page.evaluate("() => { window.shop.close(); window.shop.render({ number: 2 }); }")
    await expect(page.locator("#waiting")).to_be_visible()
    await expect(iframe).to_be_hidden()
    await page.evaluate("window.shop.open()")
    await expect(iframe).to_be_visible()


async def test_a_link_token_that_comes_later_signs_the_customer_in(
    visitor: Visitor, npm_shop: NpmShop
) -> None:
    token = await link_token(visitor.servers, "akpene@example.com")
    page = await _hydrated(visitor, npm_shop)
    assert ["guest"] == [event["state"] for event in await _heard(page, "initialized")]
    await page.evaluate("(token) => window.shop.render({ token, number: 2 })", token)
    await page.wait_for_function(
        "() => window.heard.some(({ type, render }) => type === 'initialized' && render === 2)"
    )
    states = [event["state"] for event in await _heard(page, "initialized")]
    assert ["guest", "authenticated"] == states
    await expect(page.locator("#payment iframe")).to_have_count(1)


async def test_what_mount_refuses_is_told_once_and_the_page_stands(
    visitor: Visitor, npm_shop: NpmShop
) -> None:
    visitor.expect_error("businessId is your bus_")
    page = await _hydrated(visitor, npm_shop)
    await expect(page.locator("iframe")).to_have_count(2)
    await page.evaluate("window.shop.render({ business: '' })")
    await expect(page.locator("#state")).to_have_text("unavailable")
    assert 1 == len(await _heard(page, "unavailable"))
    await expect(page.locator("iframe")).to_have_count(0)
    await page.evaluate("window.shop.render({ business: 'bus_demo' })")
    await expect(page.locator("iframe")).to_have_count(2)


@pytest.mark.parametrize("name", HYDRATED)
async def test_the_package_needs_nothing_that_the_oldest_browsers_lack(
    visitor: Visitor, npm_shop: NpmShop, name: str
) -> None:
    """A name that is missing in a render would take the shop's whole page down."""
    await visitor.context.add_init_script(_OLDEST.read_text("utf-8"))
    page = await _hydrated(visitor, npm_shop, name)
    assert ["guest"] == [event["state"] for event in await _heard(page, "initialized")]
    await page.evaluate("window.shop.render({ number: 2, theme: 'dark' })")
    dark = page.frame_locator("#payment iframe").locator("html[data-theme=dark]")
    await expect(dark).to_be_attached()
    await page.evaluate("window.shop.logout()")


async def test_a_sign_out_on_a_page_without_elements_forgets_what_a_reload_keeps(
    visitor: Visitor, npm_shop: NpmShop, redis: Redis
) -> None:
    """On the page that follows the element's in the same tab."""
    keeping = await keeping_business(redis, visitor.origin("shop"))
    shop = await kept_sign_in(visitor, keeping, "esi.react@example.com")
    visitor.expect_error("401")  # a sign-out may cut a call of the hidden element off
    await npm_shop.go(visitor, shop.page, "signs-out", '<div id="link"></div>', keeping)
    await shop.page.get_by_role("button", name="Leave").click()
    await shop.page.wait_for_function("() => window.signedOut")
    await shop.open(f"/embed?business_id={keeping}&element=payment")
    assert "guest" == await begun(shop)
