"""Telephone numbers as customers write them, and the country beside them."""

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.countries import COUNTRIES, hold_countries, lose_countries
from tests.support.browser.saved_items import (
    add_wallet,
    button,
    focused_control,
    radio_button,
    tab_to,
)
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import (
    GHANA,
    code_for,
    open_in_country,
    open_wallets_in_ghana,
    read_the_number,
)
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

KENYA = "KE 254 0"
FIELD = "Phone number or e-mail"
SEARCH = "Search by name or code"
NUMBER_LINE = "#contact-number"
ACTIVE = "aria-activedescendant"
ABIDJAN = "+225 05 01 23 4567, Côte d\u2019Ivoire"


async def ask_for(shop: ShopPage, typed: str) -> None:
    """Type a number and ask for a code."""
    await shop.element().get_by_label(FIELD).fill(typed)
    await button(shop.element(), "Send code").click()


def loads(visitor: Visitor) -> int:
    """Return how often the table of countries was loaded."""
    return sum("/frame/countries.js" in request.url for request in visitor.requests)


async def test_a_number_of_ivory_coast_is_signed_in_by_keyboard_alone(
    visitor: Visitor, stack: Stack
) -> None:
    """With Ghana as first choice: the number is shown with its country before a code is sent."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, keyboard = shop.element(), shop.page.keyboard
    await shop.hear("initialized")

    await tab_to(shop, "GH +233, Country: Ghana")
    await keyboard.press("Enter")
    search = element.get_by_label(SEARCH)
    await expect(search).to_be_focused()
    await expect(search).to_have_attribute(ACTIVE, "country-GH")
    await keyboard.type("ivory")
    await expect(search).to_have_attribute(ACTIVE, "country-CI")
    await keyboard.press("Enter")
    await expect(element.get_by_label(FIELD)).to_be_focused()
    await keyboard.type("0501234567")
    await expect(element.get_by_label(FIELD)).to_have_accessible_description(ABIDJAN)
    await keyboard.press("Enter")
    await expect(element.get_by_label("Code", exact=True)).to_be_focused()
    await expect(element.locator("#code-contact")).to_have_text(ABIDJAN)
    await keyboard.type(code_for(stack, "+2250501234567"))
    await keyboard.press("Enter")

    await shop.hear("authenticated")


async def test_the_picker_is_a_combobox(visitor: Visitor) -> None:
    """Arrows move and go round, Escape leaves it as it was, Tab goes on and closes it."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, keyboard = shop.element(), shop.page.keyboard
    await button(element, "GH +233").click()
    search, options = element.get_by_label(SEARCH), element.get_by_role("option")
    await expect(search).to_have_role("combobox")
    await expect(search).to_have_attribute("aria-controls", "country-list")
    await expect(options.filter(has_text="Ghana")).to_have_attribute("aria-selected", "true")

    await search.fill("guinea")
    names = ["Guinea +224", "Guinea-Bissau +245", "Equatorial Guinea +240", "Papua New Guinea +675"]
    await expect(options).to_have_text(names)
    for key, active in (("ArrowDown", "GW"), ("ArrowUp", "GN"), ("ArrowUp", "PG")):
        await keyboard.press(key)
        await expect(search).to_have_attribute(ACTIVE, f"country-{active}")
    await search.fill("+254")
    await expect(options).to_have_text(["Kenya +254"])
    await expect(element.get_by_text("1 country")).to_be_visible()
    await keyboard.press("Escape")
    await expect(search).to_have_count(0)
    assert (await focused_control(shop))["name"].startswith("GH +233")

    await keyboard.press("Enter")
    await expect(search).to_be_focused()
    await keyboard.press("Tab")
    await expect(search).to_have_count(0)
    await expect(button(element, "GH +233")).to_have_attribute("aria-expanded", "false")


async def test_the_picker_is_tapped_too(visitor: Visitor) -> None:
    """A tap on a country takes it; a second one on the button closes what it has opened."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element = shop.element()
    for _ in range(2):
        await button(element, "GH +233").click()
        await expect(element.get_by_label(SEARCH)).to_be_focused()
        await button(element, "GH +233").click()
        await expect(element.get_by_label(SEARCH)).to_have_count(0)

    await button(element, "GH +233").click()
    await element.get_by_label(SEARCH).fill("kenya")
    await element.get_by_role("option").click()

    await expect(button(element, "KE +254")).to_be_visible()
    await expect(element.get_by_label(FIELD)).to_be_focused()


async def test_a_press_beside_the_open_picker_is_not_lost(visitor: Visitor) -> None:
    """The picker stands until the finger is up: what it closes on does not move away before."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element = shop.element()
    await shop.page.set_viewport_size({"width": 360, "height": 900})
    await element.get_by_label(FIELD).fill("0241234567")
    await button(element, "GH +233").click()
    await expect(element.get_by_label(SEARCH)).to_be_focused()

    await button(element, "I have a code").click()

    await expect(element.get_by_label("Code", exact=True)).to_be_visible()
    await expect(element.get_by_label(SEARCH)).to_have_count(0)


async def test_a_slow_picker_takes_the_focus_from_nobody(visitor: Visitor) -> None:
    """Who goes on typing while the countries are loaded types on; the next press opens at once."""
    is_open = await hold_countries(visitor)
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element = shop.element()
    await button(element, "GH +233").click()
    await element.get_by_label(FIELD).focus()
    await shop.page.keyboard.type("241234567")

    is_open.set()

    await expect(element.locator(NUMBER_LINE)).to_have_text("+233 24 123 4567, Ghana")
    await expect(element.get_by_label(FIELD)).to_be_focused()
    await expect(element.get_by_label(SEARCH)).to_have_count(0)
    await button(element, "GH +233").click()
    await expect(element.get_by_label(SEARCH)).to_be_focused()


@pytest.mark.parametrize(
    ("country", "typed", "shown", "sent"),
    [
        (KENYA, "0712 345678", "+254 712 345 678, Kenya", "+254712345678"),
        (KENYA, "254712345678", "+254 712 345 678, Kenya", "+254712345678"),
        (GHANA, "254 712 345678", "+254 712 345 678, Kenya", "+254712345678"),
        (GHANA, "00225 0501234567", ABIDJAN, "+2250501234567"),
        (GHANA, "\u202a+233 24 123 4567\u202c", "+233 24 123 4567, Ghana", "+233241234567"),
        ("CI 225 ", "0501234567", ABIDJAN, "+2250501234567"),
    ],
)
async def test_what_is_typed_is_shown_and_sent_in_full(
    visitor: Visitor, stack: Stack, country: str, typed: str, shown: str, sent: str
) -> None:
    await open_in_country(visitor, country)
    shop = await visitor.shop("auth")
    element = shop.element()
    await element.get_by_label(FIELD).fill(typed)
    await expect(element.locator(NUMBER_LINE)).to_have_text(shown)
    await read_the_number(await shop.frame())

    await button(element, "Send code").click()

    await expect(element.locator("#code-contact")).to_have_text(shown)
    assert code_for(stack, sent)
    [request] = visitor.asked("request-otp")
    assert {"contact": sent, "contact_type": "phone", "locale": "en"} == request.post_data_json


async def test_a_number_of_the_shops_country_loads_no_table(visitor: Visitor) -> None:
    """Nor does an e-mail address, which hides the country."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element = shop.element()
    await element.get_by_label(FIELD).fill("amina@example.com")
    await expect(button(element, "GH +233")).to_be_hidden()
    await ask_for(shop, "024 123 4567")
    await expect(element.get_by_label("Code", exact=True)).to_be_visible()

    assert 0 == loads(visitor)


async def test_a_national_number_without_a_country_is_not_sent(visitor: Visitor) -> None:
    """No country is guessed: the customer chooses one, and nothing was asked for before."""
    await open_in_country(visitor, "")
    shop = await visitor.shop("auth")
    element = shop.element()

    await ask_for(shop, "0241234567")

    await expect(element.get_by_role("alert")).to_have_text(
        "Choose the country of this number, or begin it with +."
    )
    assert [] == visitor.asked("request-otp")


async def test_without_the_table_a_number_of_the_shops_country_is_still_sent(
    visitor: Visitor, stack: Stack
) -> None:
    """A lost file costs the other countries alone, and only until the network is back."""
    await lose_countries(visitor)
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element = shop.element()
    await button(element, "GH +233").click()
    await expect(element.locator(NUMBER_LINE)).to_contain_text("We cannot reach Link right now")
    await ask_for(shop, "254712345678")
    await expect(element.get_by_role("alert")).to_contain_text("We cannot reach Link right now")
    await visitor.context.unroute(COUNTRIES)
    await button(element, "Send code").click()
    await expect(element.locator(NUMBER_LINE)).to_have_text("+254 712 345 678, Kenya")
    await read_the_number(await shop.frame())
    await button(element, "Send code").click()
    await expect(element.locator("#code-contact")).to_have_text("+254 712 345 678, Kenya")
    await element.get_by_role("button", name="Change").click()
    await ask_for(shop, "0241234567")

    await expect(element.locator("#code-contact")).to_have_text("+233 24 123 4567, Ghana")
    assert code_for(stack, "+233241234567")


async def test_a_wallet_is_saved_with_the_country_that_is_shown(
    visitor: Visitor, stack: Stack
) -> None:
    """The same national number is one wallet in Ghana and another in Ivory Coast."""
    shop = await open_wallets_in_ghana(visitor, stack, "aya@example.com")
    element = shop.element()
    line = element.locator("#phone_number-number")
    await button(element, "Add a wallet").click()
    await element.get_by_label("Wallet number").fill("0501234567")
    await expect(line).to_have_text("+233 50 123 4567, Ghana")
    await button(element, "GH +233").click()
    await element.get_by_label(SEARCH).fill("cote d")
    await element.get_by_label(SEARCH).press("Enter")
    await expect(line).to_have_text(ABIDJAN)

    await add_wallet(element, "0501234567")

    await expect(radio_button(element, "MTN •• 4567")).to_be_checked()
    [saved] = visitor.servers.seen("POST", "/v1/link/mobile-money")
    assert 201 == saved["status"]
    sent = [one.post_data_json for one in visitor.requests if one.url.endswith("/mobile-money")]
    assert [{"provider": "mtn", "phone_number": "+2250501234567"}] == sent


async def test_escape_in_the_picker_does_not_leave_the_wallets_form(
    visitor: Visitor, stack: Stack
) -> None:
    shop = await open_wallets_in_ghana(visitor, stack, "kodjo@example.com")
    element, keyboard = shop.element(), shop.page.keyboard
    await button(element, "Add a wallet").click()
    await button(element, "GH +233").click()
    await expect(element.get_by_label(SEARCH)).to_be_focused()

    await keyboard.press("Escape")

    await expect(element.get_by_label(SEARCH)).to_have_count(0)
    await expect(element.get_by_label("Wallet number")).to_be_visible()
    await button(element, "Save wallet").click()
    await expect(element.get_by_text("Enter the wallet number.")).to_be_visible()
