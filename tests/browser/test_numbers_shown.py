"""A number is shown whole before it is used, however slow the table of countries is."""

from typing import Final

import pytest
from playwright.async_api import FrameLocator, expect

from link_dev.stack import Stack
from tests.support.browser.countries import COUNTRIES, hold_countries, lose_countries
from tests.support.browser.saved_items import add_wallet, button, radio_button
from tests.support.browser.sign_in import (
    GHANA,
    ask_for_code,
    code_for,
    open_in_country,
    open_wallets_in_ghana,
    read_the_number,
    sign_in_by_code,
)
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIELD: Final = "Phone number or e-mail"
SEARCH: Final = "Search by name or code"
NUMBER_LINE: Final = "#contact-number"
ABIDJAN: Final = "+225 05 01 23 4567, Côte d\u2019Ivoire"
IS_IT_RIGHT: Final = "Is this the right number and country? Then press again."
_HOLD_CLOCK: Final = """() => {
  const held = performance.now();
  performance.now = () => held;
}"""


async def send_by_enter(element: FrameLocator, typed: str) -> None:
    """Type a number and ask for a code by the key."""
    await element.get_by_label(FIELD).fill(typed)
    await element.get_by_label(FIELD).press("Enter")


@pytest.mark.parametrize("typed", ["2250501234567", "+225 0501234567"])
async def test_a_number_of_another_country_is_shown_before_a_code_is_sent(
    visitor: Visitor, stack: Stack, typed: str
) -> None:
    """The press comes before the table does: it shows the number, and the next one sends."""
    is_open = await hold_countries(visitor)
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, keyboard = shop.element(), shop.page.keyboard
    await send_by_enter(element, typed)
    await expect(button(element, "Sending")).to_have_attribute("aria-disabled", "true")

    is_open.set()

    await expect(element.locator(NUMBER_LINE)).to_have_text(ABIDJAN)
    await expect(element.get_by_role("alert")).to_have_text(IS_IT_RIGHT)
    await expect(element.get_by_label(FIELD)).to_be_focused()
    assert [] == visitor.asked("request-otp")
    await read_the_number(await shop.frame())
    await keyboard.press("Enter")
    await expect(element.locator("#code-contact")).to_have_text(ABIDJAN)
    assert code_for(stack, "+2250501234567")


async def test_a_number_that_came_under_an_impatient_finger_is_not_sent(visitor: Visitor) -> None:
    """The second press of a double one comes before anybody could read the number."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await frame.evaluate(_HOLD_CLOCK)
    await element.get_by_label(FIELD).fill("2250501234567")
    await expect(element.locator(NUMBER_LINE)).to_have_text(ABIDJAN)

    await button(element, "Send code").dblclick()

    await expect(element.get_by_role("alert")).to_have_text(IS_IT_RIGHT)
    assert [] == visitor.asked("request-otp")
    await read_the_number(frame)
    await button(element, "Send code").click()
    await expect(element.locator("#code-contact")).to_have_text(ABIDJAN)


async def test_a_number_whose_country_cannot_be_told_is_shown_whole_before_it_is_sent(
    visitor: Visitor, stack: Stack
) -> None:
    await lose_countries(visitor)
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, line = shop.element(), shop.element().locator(NUMBER_LINE)
    await send_by_enter(element, "+225 0501234567")
    await expect(element.get_by_role("alert")).to_have_text(IS_IT_RIGHT)
    await expect(line).to_have_text("+2250501234567")
    assert [] == visitor.asked("request-otp")

    await read_the_number(await shop.frame())
    await element.get_by_label(FIELD).press("Enter")

    await expect(element.locator("#code-contact")).to_have_text("+2250501234567")
    assert code_for(stack, "+2250501234567")


async def test_a_number_of_the_chosen_country_is_sent_by_one_press(visitor: Visitor) -> None:
    """As filled in and sent at once by a browser, also where the table must be waited for."""
    is_open = await hold_countries(visitor)
    await open_in_country(visitor, "CI 225 ")
    shop = await visitor.shop("auth")
    element = shop.element()
    await send_by_enter(element, "0501234567")

    is_open.set()

    await expect(element.locator("#code-contact")).to_have_text(ABIDJAN)


async def test_a_wallet_without_the_table_is_told_so_and_saved_at_another_try(
    visitor: Visitor, stack: Stack
) -> None:
    """And what is saved was shown before, whole and with its country."""
    await lose_countries(visitor)
    shop = await open_wallets_in_ghana(visitor, stack, "ekua@example.com")
    element = shop.element()
    line, problem = element.locator("#phone_number-number"), element.get_by_role("alert")
    await button(element, "Add a wallet").click()
    await add_wallet(element, "2250501234567")
    await expect(problem.filter(has_text="We cannot reach Link right now")).to_be_visible()

    await visitor.context.unroute(COUNTRIES)
    await button(element, "Save wallet").click()

    await expect(line).to_have_text(ABIDJAN)
    await expect(problem.filter(has_text=IS_IT_RIGHT)).to_be_visible()
    assert [] == visitor.servers.seen("POST", "/v1/link/mobile-money")
    await read_the_number(await shop.frame())
    await button(element, "Save wallet").click()
    await expect(radio_button(element, "MTN •• 4567")).to_be_checked()


async def test_a_wallet_of_another_country_is_not_saved_by_a_double_press(
    visitor: Visitor, stack: Stack
) -> None:
    """Its number must be shown for a second, in a form as at sign-in."""
    shop = await open_wallets_in_ghana(visitor, stack, "abla@example.com")
    element, frame = shop.element(), await shop.frame()
    await button(element, "Add a wallet").click()
    await frame.evaluate(_HOLD_CLOCK)
    await add_wallet(element, "2250501234567")

    await element.get_by_label("Wallet number").press("Enter")

    await expect(element.get_by_role("alert").filter(has_text=IS_IT_RIGHT)).to_be_visible()
    assert [] == visitor.servers.seen("POST", "/v1/link/mobile-money")
    await read_the_number(frame)
    await button(element, "Save wallet").click()
    await expect(radio_button(element, "MTN •• 4567")).to_be_checked()
    assert 1 == len(visitor.servers.seen("POST", "/v1/link/mobile-money"))


async def test_a_form_that_is_left_while_it_waits_for_the_table_saves_nothing(
    visitor: Visitor, stack: Stack
) -> None:
    is_open = await hold_countries(visitor)
    await open_in_country(visitor, "CI 225 ")
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, "adjoa@example.com")
    element = shop.element()
    await button(element, "Add a wallet").click()
    await add_wallet(element, "0501234567")
    await expect(button(element, "Saving")).to_be_visible()
    await button(element, "Cancel").click()

    is_open.set()

    await button(element, "Add a wallet").click()
    await element.get_by_label("Wallet number").fill("2250501234567")
    await expect(element.locator("#phone_number-number")).to_have_text(ABIDJAN)
    assert [] == visitor.servers.seen("POST", "/v1/link/mobile-money")


async def test_a_number_is_read_out_when_its_country_changes_and_not_at_each_digit(
    visitor: Visitor,
) -> None:
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, keyboard = shop.element(), shop.page.keyboard
    line = element.locator(NUMBER_LINE)
    await element.get_by_label(FIELD).click()  # waits until it is shown, and `focus` does not
    await keyboard.type("0")
    await expect(line).to_have_text("+233, Ghana")
    await expect(line).to_have_attribute("aria-live", "polite")
    await keyboard.type("24123")
    await expect(line).to_have_attribute("aria-live", "off")

    await button(element, "GH +233, Country: Ghana").click()
    await element.get_by_label(SEARCH).fill("kenya")
    await element.get_by_label(SEARCH).press("Enter")

    await expect(line).to_contain_text("Kenya")
    await expect(line).to_have_attribute("aria-live", "polite")


async def test_a_number_stands_on_one_line_at_320_px(visitor: Visitor) -> None:
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    element = shop.element()

    await ask_for_code(element, "0241234567")

    lines = await element.locator("#code-contact").evaluate(
        """({ firstChild: text }) => {
             const range = document.createRange();
             range.setStart(text, 0);
             range.setEnd(text, text.data.indexOf(','));
             return range.getClientRects().length;
           }"""
    )
    assert 1 == lines


async def test_the_code_is_taken_out_of_a_pasted_message(visitor: Visitor, stack: Stack) -> None:
    """Phones copy a message as a whole."""
    shop = await visitor.shop("auth")
    element = shop.element()
    await ask_for_code(element, "+233241234569")
    code = code_for(stack, "+233241234569")

    field = element.get_by_label("Code", exact=True)
    await field.click()

    await shop.page.keyboard.insert_text(f"{code} is your Cimplify Link code. @a.shop #{code}")

    await expect(field).to_have_value(code)
    await field.press("Enter")
    await shop.hear("authenticated")
