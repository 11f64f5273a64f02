"""Saved items as a designer would have them: rows and empty lists.

Their forms are in test_elements_forms.py; what comes of what is typed, in test_elements.py.
"""

import asyncio
from itertools import pairwise
from typing import Any, Final

import pytest
from playwright.async_api import FrameLocator, Locator, ViewportSize, expect

from tests.support.browser.saved_items import (
    STREET,
    WALLET,
    accessibility_faults,
    button,
    open_two_addresses,
    radio_button,
    save_address,
    save_item,
    save_wallet,
)
from tests.support.browser.sign_in import link_token
from tests.support.browser.visitor import Held, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
ROW_PX: Final = 44
LONG: Final = "Ring twice and wait for the watchman, who is slow. " * 6
_STYLE: Final = "(node) => { const all = getComputedStyle(node); return NAMES.map((n) => all[n]); }"

_WORK: Final = """(made) => {
  const place = ({ x, y, width }) => [x, y, width];
  const { content } = getComputedStyle(made, '::before');
  return { text: made.textContent, ring: content, place: place(made.getBoundingClientRect()),
    beside: place(made.nextElementSibling.getBoundingClientRect()) };
}"""


async def style(part: Locator, *names: str) -> list[str]:
    """Return computed properties of a part."""
    found: list[str] = await part.evaluate(_STYLE.replace("NAMES", str(list(names))))
    return found


async def test_an_empty_list_invites_and_lets_go(visitor: Visitor) -> None:
    """Why, one main button, and a way on that is offered once, without a sentence beside it."""
    token = await link_token(visitor.servers, "empty@example.com")
    shop = await visitor.shop("address", "payment", link_token=token)
    said = (
        ("Add an address", "ready in every shop"),
        ("Add a wallet", "pay with it in every shop"),
    )
    for index, (add, why) in enumerate(said):
        items = shop.element(index).locator("#items")
        await expect(items.get_by_text(why)).to_be_visible()
        await expect(items.get_by_text("go on without")).to_have_count(1)
        offered = await items.get_by_role("button").all_inner_texts()
        assert [add, "Go on without Link"] == offered


@pytest.mark.parametrize("width", [320, 1280])
async def test_a_removal_and_a_saving_say_so_in_their_buttons_own_width(
    visitor: Visitor, width: int
) -> None:
    """A ring and a word, and nothing beside them moves."""
    token = await link_token(visitor.servers, f"busy.rows{width}@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop("address", link_token=token)
    await shop.page.set_viewport_size({"width": width, "height": 900})
    element = shop.element()
    await button(element, "Edit: Home").click()
    await element.get_by_label("City").fill("Kumasi")
    saving = await _at_work(visitor, element, "save", "addresses/*")
    await button(element, "Remove: Home").click()
    removing = await _at_work(visitor, element, "confirm", "addresses/*")

    assert ["Saving…", "Removing…"] == [busy["text"] for _, busy in (saving, removing)]
    for idle, busy in (saving, removing):
        assert (idle["place"], '""') == (pytest.approx(busy["place"]), busy["ring"])
        assert idle["beside"] == pytest.approx(busy["beside"])


async def _at_work(
    visitor: Visitor, element: FrameLocator, key: str, path: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Press a button whose call is held back; return how it looked, and how it does meanwhile."""
    held = Held(asyncio.get_running_loop().create_future())
    pressed = element.locator(f"[data-key='{key}'], [data-key^='{key} ']")
    await expect(pressed).to_be_visible()
    idle = await pressed.evaluate(_WORK)
    await visitor.context.route(f"**/v1/link/{path}", held.keep, times=1)
    await pressed.click()
    await held.request()
    busy = await pressed.evaluate(_WORK)
    await held.release()
    await expect(pressed).to_have_count(0)
    return idle, busy


async def test_a_narrow_card_ends_as_close_below_its_last_line_as_a_wide_one(
    visitor: Visitor,
) -> None:
    """The lesser button stands there, and is taller than its line."""
    token = await link_token(visitor.servers, "ends@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop("address", link_token=token)
    add, frame = button(shop.element(), "Add an address"), await shop.frame()
    await add.wait_for()
    ends = []
    for width in (1280, 320):
        await shop.page.set_viewport_size({"width": width, "height": 900})
        card = await frame.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
        ends.append(card - await add.evaluate("(add) => add.getBoundingClientRect().bottom"))

    assert [17, 7] == ends


async def _long_address(visitor: Visitor, contact: str) -> str:
    token = await link_token(visitor.servers, contact)
    await save_address(visitor.servers, token, "Home")
    body = {"street_address": STREET, "city": "Accra", "region": "Accra", "country": "GH"}
    long = {**body, "label": "Work", "delivery_instructions": LONG.strip()}
    await save_item(visitor.servers, token, "addresses", long)
    return token


async def test_a_long_text_is_cut_and_can_be_seen_whole(visitor: Visitor) -> None:
    """Two lines in the list and beside the choice; a button for the rest, where there is any."""
    token = await _long_address(visitor, "long@example.com")
    shop = await visitor.shop("address", link_token=token)
    await shop.page.set_viewport_size(NARROW)
    element = shop.element()
    line = element.get_by_text("Ring twice")
    await expect(button(element, "Remove: Home")).to_be_visible()
    await expect(button(element, "Show all: Home")).to_be_hidden()
    await shop.grown()

    await radio_button(element, "Work").check()
    await _cut_and_whole(element, line)
    assert [] == await accessibility_faults(shop)
    await button(element, "Use this address").click()
    await _cut_and_whole(element, line)


async def _cut_and_whole(element: FrameLocator, line: Locator) -> None:
    """See a text cut, show the rest, and cut it again."""
    more = button(element, "Show all: Work")
    await expect(more).to_have_attribute("aria-expanded", "false")
    cut = await line.bounding_box()
    await more.click()
    less = button(element, "Show less: Work")
    await expect(less).to_have_attribute("aria-expanded", "true")
    whole = await line.bounding_box()
    await less.click()
    await expect(more).to_be_visible()
    assert cut
    assert whole
    assert (True, True) == (cut["height"] <= ROW_PX, whole["height"] > 2 * ROW_PX)


async def test_rows_have_one_main_action_and_a_rhythm(visitor: Visitor) -> None:
    """Editing is the row's; removing is told apart by colour, and asks with two buttons.

    All begin at the row's text, beside each other, and none is over another.
    Escape is *Keep*, and gives the focus back.
    """
    shop = await open_two_addresses(visitor, "rows@example.com")
    element = shop.element()
    await radio_button(element, "Work").check()
    [edit, promote, remove] = [
        button(element, f"{name}: Work") for name in ("Edit", "Make default", "Remove")
    ]

    heights = [box["height"] for box in await _boxes(element.locator(".pick"))]
    assert [2 * ROW_PX, 2 * ROW_PX] == [round(height) for height in heights]
    weights = [await style(one, "color", "fontWeight") for one in (edit, promote, remove)]
    assert ("600", "400", "400") == tuple(weight for _, weight in weights)
    assert 3 == len({colour for colour, _ in weights})
    for size in (WIDE, NARROW):
        await shop.page.set_viewport_size(size)
        await _beside_each_other(element.locator(".picked .title"), edit, promote, remove)

    await remove.focus()
    await shop.page.keyboard.press("Enter")
    for name in ("Remove Work for good", "Keep Work"):
        await expect(button(element, name)).to_have_css("border-top-style", "solid")
        [box] = await _boxes(button(element, name))
        assert (ROW_PX, True) == (box["height"], box["width"] >= 1.5 * ROW_PX)
    drawn = await style(button(element, "Keep Work"), "backgroundColor", "borderTopColor")
    assert [
        "rgb(255, 255, 255)",
        "rgb(132, 140, 151)",
    ] == drawn  # of a field: lesser than the other
    await shop.page.keyboard.press("Escape")
    await expect(button(element, "Keep Work")).to_have_count(0)
    await expect(remove).to_be_focused()
    assert 2 == await element.get_by_role("radio").count()


async def _beside_each_other(title: Locator, *buttons: Locator) -> None:
    """Check that buttons begin at the text above them, in one line, each as large as a finger."""
    [text, *boxes] = [(await _boxes(one))[0] for one in (title, *buttons)]
    padding = float((await style(buttons[0], "paddingLeft"))[0].removesuffix("px"))
    assert text["x"] == pytest.approx(boxes[0]["x"] + padding, abs=1)
    assert 1 == len({box["y"] for box in boxes})
    assert all(box["width"] >= ROW_PX and box["height"] >= ROW_PX for box in boxes)
    gaps = [right["x"] - left["x"] - left["width"] for left, right in pairwise(boxes)]
    assert all(0 <= round(gap, 3) < ROW_PX / 2 for gap in gaps)


async def _boxes(parts: Locator) -> list[Any]:
    return [await part.bounding_box() for part in await parts.all()]


async def test_the_picked_row_is_seen_in_the_dark(visitor: Visitor) -> None:
    """The ring is drawn in the theme's own colours, and the row has an edge of the accent."""
    token = await link_token(visitor.servers, "dark.rows@example.com")
    for number in ("+233247654321", "+233247654322"):
        await save_wallet(visitor.servers, token, number)
    shop = await visitor.shop()
    await shop.mount("payment", linkToken=token, appearance={"theme": "dark"})
    element = shop.element()
    picked, other = radio_button(element, WALLET), radio_button(element, "MTN •• 4322")
    await expect(picked).to_be_visible()
    await shop.grown()
    await picked.check()

    accent, line = "rgb(127, 214, 191)", "rgb(113, 123, 136)"
    assert ["none", accent, "6px"] == await style(
        picked, "appearance", "borderTopColor", "borderTopWidth"
    )
    assert ["none", line] == await style(other, "appearance", "borderTopColor")
    [shadow] = await style(element.locator(".picked"), "boxShadow")
    assert shadow.startswith(accent)
