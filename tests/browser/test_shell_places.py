"""Where the parts of the sign-in stand, what browsers fill into them, and a slow beginning."""

from typing import Final, Literal

import pytest
from playwright.async_api import FloatRect, Locator, ViewportSize, expect

from tests.support.browser.saved_items import button, save_address
from tests.support.browser.sign_in import ask_for_code, link_token
from tests.support.browser.slow import SLOW_MS, connecting_shop
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
CARD_PX: Final = 514
ROW_PX: Final = 44
LINE_PX: Final = 22
SPOT: Final[FloatRect] = {"x": 0, "y": 0, "width": 4, "height": 4}
# The room of a card around its parts, where it is higher than they are.
_ROOM: Final = """() => {
  const above = document.querySelector('header').getBoundingClientRect().top;
  const { bottom } = document.querySelector('#stopped-text').parentNode.getBoundingClientRect();
  return [getComputedStyle(document.body).backgroundColor, above, innerHeight - bottom];
}"""
# What stands on each line of a text.
_LINES: Final = """(part) => {
  const lines = new Map();
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: text } = walker;
    for (let at = 0; at < text.data.length; at += 1) {
      const range = document.createRange();
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      const line = Math.round(range.getBoundingClientRect().bottom / 10);
      lines.set(line, (lines.get(line) ?? '') + text.data[at]);
    }
  }
  return [...lines.values()];
}"""
_HINTS: Final = """(controls) => controls.map((control) => ['autocomplete', 'inputmode',
  'enterkeyhint'].map((name) => control.getAttribute(name)))"""


async def box(part: Locator) -> dict[str, float]:
    """Return where a part stands; its text, where it is a line of text."""
    found: dict[str, float] = await part.evaluate("""(part) => {
      const { left, right, top, bottom } = part.getBoundingClientRect();
      return { left, right, top, bottom };
    }""")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_beside_a_card_of_its_measure_is_the_shops_page(
    visitor: Visitor, theme: Literal["light", "dark"]
) -> None:
    """At the start of a wide slot; also in the wider iframe of an SDK of earlier."""
    session = await visitor.hold("init")
    shop = await visitor.shop()
    page, iframe = shop.page, shop.iframe()
    await page.set_viewport_size(WIDE)
    await page.emulate_media(color_scheme=theme)
    await page.evaluate("document.body.style.background = '#fedcba'")
    await shop.mount("auth", appearance={"theme": theme, "variables": {"borderRadius": "24px"}})
    await session.request()
    slot, outline = await box(page.locator("#elements")), await box(iframe)
    assert (slot["left"], CARD_PX) == (outline["left"], outline["right"] - outline["left"])
    await session.release()
    await shop.hear("height_change")
    await expect(iframe).not_to_have_attribute("aria-busy", "true")
    assert (outline["left"], outline["right"]) == ((end := await box(iframe))["left"], end["right"])

    await iframe.evaluate("(iframe) => { iframe.style.width = '100%' }")
    await expect(shop.element().locator("body")).to_have_css("width", f"{CARD_PX}px")
    bare = await page.screenshot(clip={**SPOT, "x": 800, "y": 700})
    beside, inside, corner = [
        await page.screenshot(clip={**SPOT, "x": slot["left"] + x, "y": slot["top"] + y})
        for x, y in ((CARD_PX + 4, 60), (CARD_PX - 12, 60), (CARD_PX - 5, 1))
    ]
    assert (bare, bare) == (beside, corner)
    assert bare != inside


async def test_change_stands_right_beside_the_contact_at_any_width(visitor: Visitor) -> None:
    """The contact begins a line; where it fills that, *Change* follows on the next."""
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size(WIDE)
    element = shop.element()
    await ask_for_code(element, "efua.mensah.screens@mail.example.com")
    change, contact = element.locator("#change-contact"), element.locator("#code-contact")
    wide, sent_to = await box(change), await box(contact)
    assert 0 < wide["left"] - sent_to["right"] < 8
    assert sent_to["bottom"] == pytest.approx(wide["bottom"] - 12, abs=2)
    assert ROW_PX == wide["bottom"] - wide["top"]

    await expect(element.locator("p", has=contact)).to_have_css("text-wrap-style", "pretty")
    await shop.page.set_viewport_size(NARROW)
    lines = await contact.evaluate(_LINES)
    assert ["efua.mensah.screens", "@mail.example.com"] == lines
    looks = await contact.evaluate("""(part) => [part, part.querySelector('span')].map((one) => {
      const { color, fontSize, fontWeight } = getComputedStyle(one);
      return [color, fontSize, fontWeight];
    })""")
    assert looks[0] == looks[1], "a slip in the domain is to be seen"
    narrow, ends = await box(change), await box(contact)
    assert narrow["top"] + 12 >= ends["bottom"] - LINE_PX  # its last line, or the one below
    assert narrow["right"] <= (await box(element.locator("p", has=contact)))["right"]


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
    await expect(problem).to_have_text("Enter a phone number or e-mail.")
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
        ["shipping country", None],
        ["shipping address-line1", None],
        ["shipping address-line2", None],
        ["shipping address-level2", None],
        ["shipping address-level1", None],
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
    shop, held = await connecting_shop(visitor)
    element = shop.element()
    await visitor.wait(SLOW_MS)
    told = "Link is slow, but still loading. You can fill in the shop"
    await expect(element.locator("#stopped-text")).to_contain_text(told)
    await expect(element.get_by_role("button")).to_have_count(0)
    ground, above, below = await (await shop.frame()).evaluate(_ROOM)
    assert "rgb(255, 255, 255)" == ground
    assert above > ROW_PX / 2
    assert above == pytest.approx(below, abs=1)
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
    iframe = shop.iframe()
    await expect(iframe).to_have_css("background-color", "rgb(255, 255, 255)")
    await shop.page.emulate_media(color_scheme="dark")
    await expect(iframe).to_have_css("background-color", "rgb(21, 24, 28)")
    await held.release()
    await shop.hear("height_change")
    await shop.page.emulate_media(color_scheme="light")
    await expect(iframe).to_have_css("background-color", "rgba(0, 0, 0, 0)")


async def test_the_way_back_from_a_step_up_is_the_next_row(visitor: Visitor) -> None:
    """As far below the links before it as every row is high."""
    token = await link_token(visitor.servers, "one.row.below@example.com")
    shop = await visitor.shop("payment", link_token=token)
    element = shop.element()
    await button(element, "Add a wallet").click()
    await expect(button(element, "Go back")).to_be_visible()

    above, below = [await box(button(element, name)) for name in ("I have a code", "Go back")]
    assert ROW_PX == below["top"] - above["top"]
