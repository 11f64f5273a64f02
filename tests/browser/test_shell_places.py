"""Where the parts of the sign-in stand, what browsers fill into them, and a slow beginning."""

from typing import Final

import pytest
from playwright.async_api import Locator, ViewportSize, expect

from tests.support.browser.saved_items import button, save_address
from tests.support.browser.sign_in import ask_for_code, link_token
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
MEASURE_PX: Final = 480
SLOW_MS: Final = 5_000
_HINTS: Final = """(controls) => controls.map((control) => ['autocomplete', 'inputmode',
  'enterkeyhint'].map((name) => control.getAttribute(name)))"""


async def box(part: Locator) -> dict[str, float]:
    """Return where a part stands; its text, where it is a line of text."""
    found: dict[str, float] = await part.evaluate("""(part) => {
      const { left, right, top, bottom } = part.getBoundingClientRect();
      return { left, right, top, bottom };
    }""")
    return found


async def test_change_stands_beside_its_sentence_and_at_320_px_below(visitor: Visitor) -> None:
    """Of a contact as long as the line too."""
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size(WIDE)
    element = shop.element()
    await ask_for_code(element, "efua.mensah.screens@mail.example.com")
    change, contact = element.locator("#change-contact"), element.locator("#code-contact")
    wide, sentence = await box(change), await box(element.locator("p", has=contact))
    assert wide["left"] >= (await box(contact))["right"]
    assert sentence["left"] + MEASURE_PX == pytest.approx(wide["right"], abs=1)
    assert sentence["bottom"] == pytest.approx(wide["bottom"] - 12, abs=2)  # the contact's line

    await expect(element.locator("p", has=contact)).to_have_css("text-wrap-style", "pretty")
    await shop.page.set_viewport_size(NARROW)
    assert (await box(change))["top"] + 12 >= (await box(contact))["bottom"] - 1


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_a_problem_stands_below_what_is_wrong_and_no_button_between(
    visitor: Visitor, size: ViewportSize
) -> None:
    """Where it is empty it takes no place."""
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size(size)
    element = shop.element()
    await shop.hear("height_change")
    contact, problem = element.locator("#contact"), element.locator("#contact-problem")
    send, below = element.locator("#request-code"), element.locator("#have-code")
    bottoms = [(await box(one))["bottom"] for one in (contact, send)]
    assert (await box(below))["top"] - max(bottoms) < 12
    await contact.fill("efua@")
    await send.click()
    await expect(problem).to_have_text("Enter a phone number or an e-mail address.")
    told, field = await box(problem), await box(contact)
    assert 0 <= told["top"] - field["bottom"] < 12
    if size is NARROW:
        assert (await box(send))["top"] >= told["bottom"]


async def test_browsers_and_keyboards_of_phones_know_what_each_field_takes(
    visitor: Visitor,
) -> None:
    """No name: an address has no recipient's name (there is none in the contract)."""
    token = await link_token(visitor.servers, "hints@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop("auth")
    element = shop.element()
    await shop.hear("initialized")
    assert [["tel", "email", "send"], ["one-time-code", "numeric", "done"]] == (
        await element.locator("#contact, #otp-code").evaluate_all(_HINTS)
    )
    await shop.mount("address", linkToken=token)
    await button(shop.element(1), "Add an address").click()
    fields = await shop.element(1).locator("form [name]").evaluate_all(_HINTS)
    assert [
        ["shipping address-line1", None],
        ["shipping address-line2", None],
        ["shipping address-level2", None],
        ["shipping address-level1", None],
        ["shipping country", None],
        ["shipping tel", "tel"],
        ["off", None],
        ["off", None],
    ] == [hints[:2] for hints in fields]
    await shop.element(1).get_by_label("City").focus()
    await expect(shop.element(1).get_by_label("City")).to_have_attribute("enterkeyhint", "next")


async def test_bars_that_stand_for_long_are_explained_and_nothing_has_failed(
    visitor: Visitor,
) -> None:
    """The customer hears what to do; once the answer comes, the element goes on by itself."""
    await visitor.take_clock()
    held = await visitor.hold("bootstrap")
    shop = await visitor.shop("auth")
    element = shop.element()
    await held.request()
    await expect(element.locator("html")).to_have_attribute("data-state", "connecting")
    await visitor.wait(SLOW_MS)
    told = "Link takes longer than usual, and goes on by itself. You can fill in the shop"
    await expect(element.locator("#stopped-text")).to_contain_text(told)
    await expect(element.get_by_role("button")).to_have_count(0)
    card = await (await shop.frame()).evaluate("getComputedStyle(document.body).backgroundColor")
    assert "rgb(255, 255, 255)" == card
    assert ("connecting", []) == (await shop.state(), await shop.told())
    await held.release()
    await shop.hear("initialized")
    await expect(element.locator("#contact")).to_be_visible()
    assert [] == await shop.told("error")


async def test_the_place_of_an_element_has_the_devices_theme_also_if_that_changes(
    visitor: Visitor,
) -> None:
    """Before the document has come, and while it waits for its session."""
    held = await visitor.hold("bootstrap")
    shop = await visitor.shop("auth")
    await held.request()
    ground = "(iframe) => getComputedStyle(iframe).backgroundColor"
    assert "rgb(255, 255, 255)" == await shop.iframe().evaluate(ground)
    await shop.page.emulate_media(color_scheme="dark")
    assert "rgb(21, 24, 28)" == await shop.iframe().evaluate(ground)
    await held.release()
    await shop.hear("height_change")
    await shop.page.emulate_media(color_scheme="light")
    assert "rgba(0, 0, 0, 0)" == await shop.iframe().evaluate(ground)
