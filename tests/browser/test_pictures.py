"""The pictures of `make screens` show the colours that are there, and nothing that passes."""

import base64
import struct
from typing import Any, Final

import pytest

from tests.support.browser.visitor import Visitor
from tests.support.screens.pictures import montage, shot

pytestmark = pytest.mark.asyncio(loop_scope="session")

_GAP: Final = 12
_PAGE_MARGINS: Final = 16
# Text has many greys, at its edges: a word in red or a mark in green has fewer pixels than each.
_DRAW: Final = """() => {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 256, height: 21 });
  const context = canvas.getContext('2d');
  for (let grey = 0; grey < 256; grey += 1) {
    context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    context.fillRect(grey, 0, 1, 20);
  }
  context.fillStyle = '#a3161f';
  context.fillRect(0, 20, 18, 1);
  context.fillStyle = '#7fd6bf';
  context.fillRect(18, 20, 18, 1);
  return canvas.toDataURL().split(',')[1];
}"""


async def test_a_word_in_red_stays_red_among_many_greys(visitor: Visitor) -> None:
    """Few colours are kept: those that would be missed, and not the most frequent alone."""
    page = await visitor.page_at("shop", "<!doctype html><link rel=icon href=data:,>")
    png = await page.evaluate(_DRAW)

    drawn = await montage(page, [[png]])

    palette = [struct.pack("<I", colour)[:3].hex() for colour in drawn["palette"]]
    assert {"a3161f", "7fd6bf"} <= set(palette)
    row, column = (_GAP + place for place in (20, 3))
    pixels = base64.b64decode(drawn["pixels"])
    assert "a3161f" == palette[pixels[row * drawn["width"] + column]]


async def test_a_picture_has_no_pointer_on_a_button(visitor: Visitor) -> None:
    """Where one was pressed, the pointer is still on it, in a card that is drawn anew."""
    shop = await visitor.shop("auth")
    await shop.hear("initialized")
    without = await shot(shop, 320, "light")
    await shop.element().locator("#request-code").hover()

    assert await shot(shop, 320, "light") == without


async def test_a_picture_in_which_an_element_changed_its_height_is_taken_again(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A height that was on its way is no state that a person sees: the card would lack its end."""
    shop = await visitor.shop("auth")
    await shop.hear("initialized")
    frame, take = await shop.frame(), shop.page.screenshot
    taken: list[bytes] = []

    async def grow_and_take(**how: Any) -> bytes:  # noqa: ANN401  # what Playwright takes
        if not taken:
            told = len(await shop.told("height_change"))
            await frame.evaluate("document.querySelector('header').style.height = '120px'")
            await shop.hear("height_change", told + 1)
        taken.append(await take(**how))
        return taken[-1]

    monkeypatch.setattr(shop.page, "screenshot", grow_and_take)

    png = await shot(shop, 320, "light")

    assert 2 == len(taken)
    height = await shop.iframe().evaluate("(iframe) => iframe.clientHeight")
    assert (320, height + _PAGE_MARGINS) == struct.unpack(">II", png[16:24])
