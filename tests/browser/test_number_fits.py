"""A number in its field: seen whole on a narrow phone, and beside no country but its own."""

from typing import Any, Final

import pytest
from playwright.async_api import FrameLocator, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import GHANA, open_in_country, sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIELD: Final = "Phone number or e-mail"
LINE: Final = "#contact-number"
_15_DIGITS: Final = ("+123456789012345", "+123 456 789 012 345")
NUMBERS: Final = {
    GHANA: ("024 123 4567", "+233 24 123 4567", "+254 712 345 678", *_15_DIGITS),
    "NG 234 0": ("0802 123 4567", "+234 802 123 4567", "009 233 24 123 4567"),
    "KE 254 0": ("0712 345 678", "+254 712 345 678", "000 233 24 123 4567"),
    "CI 225 ": ("05 01 23 45 67", "+225 05 01 23 45 67", "00 233 24 123 4567"),
}
_CUT: Final = "(field) => field.scrollWidth - field.clientWidth"


@pytest.mark.with_engines
@pytest.mark.parametrize("country", NUMBERS)
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_number_is_seen_whole(visitor: Visitor, theme: str, country: str) -> None:
    """As dialled at home, with its country code, and with what is dialled before that."""
    await open_in_country(visitor, country)
    shop = await visitor.shop()
    await shop.mount("auth", appearance={"theme": theme})
    await shop.hear("initialized")
    for width in (280, 320, 440):  # beside the button, from 436 px on
        await shop.page.set_viewport_size({"width": width, "height": 640})
        assert [] == await cut_in(shop.element(), FIELD, NUMBERS[country]), width


@pytest.mark.with_engines
@pytest.mark.parametrize("width", [280, 320])
async def test_a_number_in_a_shops_larger_text_is_seen_whole(visitor: Visitor, width: int) -> None:
    """The largest that an appearance may have; at 280 px it has room for 17 characters."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop()
    await shop.page.set_viewport_size({"width": width, "height": 640})
    await shop.mount("auth", appearance={"variables": {"fontSize": "20px"}})
    await shop.hear("initialized")
    await expect(shop.element().get_by_label(FIELD)).to_have_css("font-size", "20px")
    longest = 17 if width == 280 else 20
    numbers = [one for all_of in NUMBERS.values() for one in all_of if len(one) <= longest]

    assert [] == await cut_in(shop.element(), FIELD, numbers)


@pytest.mark.with_engines
async def test_a_wallets_number_is_seen_whole_at_320_px(visitor: Visitor, stack: Stack) -> None:
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("payment")
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    await sign_in_by_code(shop, stack, "dzifa.fits@example.com")
    element = shop.element()
    await button(element, "Add a wallet").click()
    assert [] == await cut_in(element, "Wallet number", NUMBERS[GHANA])


async def cut_in(element: FrameLocator, label: str, numbers: list[str] | tuple[str, ...]) -> Any:  # noqa: ANN401  # JSON
    """Return the numbers of which the field shows a part alone, and by how many pixels."""
    field, found = element.get_by_label(label), []
    for number in numbers:
        await field.fill(number)
        if cut := await field.evaluate(_CUT):
            found.append((number, cut))
    return found


async def test_a_number_that_says_its_country_stands_beside_no_other(visitor: Visitor) -> None:
    """Nor one that is known by its digits; the country is back as soon as it is needed."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element, keyboard = shop.element(), shop.page.keyboard
    country, line = button(element, "GH +233"), element.locator(LINE)
    await element.get_by_label(FIELD).click()
    for typed, shown in {
        "+254712345678": "+254 712 345 678, Kenya",
        "00254712345678": "+254 712 345 678, Kenya",
        "254712345678": "+254 712 345 678, Kenya",
        "+233241234567": "+233 24 123 4567, Ghana",
    }.items():
        await expect(country).to_be_visible()
        await keyboard.type(typed)
        await expect(country).to_be_hidden()
        await expect(line).to_have_text(shown)
        await keyboard.press("ControlOrMeta+A")
        await keyboard.press("Delete")
    await keyboard.type("+")
    await expect(country).to_be_hidden()
    await keyboard.press("Backspace")
    await keyboard.type("0241234567")
    await expect(country).to_be_visible()
    await expect(line).to_have_text("+233 24 123 4567, Ghana")


@pytest.mark.parametrize(
    ("country", "typed", "shown"),
    [
        (GHANA, "+254712", "+254 712, Kenya"),
        (GHANA, "+2547123456", "+254 712 345 6, Kenya"),
        (GHANA, "+225 0501234567", "+225 05 01 23 4567, Côte d\u2019Ivoire"),
        ("KE 254 0", "0712345678", "+254 712 345 678, Kenya"),
        ("NG 234 0", "08021234567", "+234 802 123 4567, Nigeria"),
        ("NG 234 0", "009233241234567", "+233 24 123 4567, Ghana"),
        ("KE 254 0", "000233241234567", "+233 24 123 4567, Ghana"),
    ],
)
async def test_digits_are_grouped_as_their_country_groups_them(
    visitor: Visitor, country: str, typed: str, shown: str
) -> None:
    """Also of a number that is not finished, and after what is dialled to call abroad."""
    await open_in_country(visitor, country)
    shop = await visitor.shop("auth")

    await shop.element().get_by_label(FIELD).fill(typed)

    await expect(shop.element().locator(LINE)).to_have_text(shown)
