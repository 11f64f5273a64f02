"""The pictures of `make screens` show the colours that are there."""

import base64
import struct
from typing import Final

import pytest

from tests.support.browser.visitor import Visitor
from tests.support.screens.pictures import montage

pytestmark = pytest.mark.asyncio(loop_scope="session")

_GAP: Final = 12
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
