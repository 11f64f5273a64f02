"""Draws a state: at each width and in both themes, put together as one PNG of few colours."""

import asyncio
import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Page, Position

from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.shop import ShopPage
from tests.support.screens.states import WITH_MIDDLE_WIDTH
from tests.support.waiting import until_answered

THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_NARROW: Final = 320
_MIDDLE: Final = 480
_WIDE: Final = 1440
_HEIGHT: Final = 1600  # an iframe is not drawn far below what is seen
_CORNER: Final[Position] = {"x": 4, "y": 4}
_LOOK_S: Final = 0.02
Sizes = list[Any]
Picture = str | tuple[str, int, int]
"""A PNG in base64, and how wide and high a piece of it is shown."""
_MONTAGE: Final = Path(__file__).with_name("montage.js").read_text("utf-8")
# The shop's page is as dark as its elements, and keeps them apart, which is a page's own to do: an
# element has no margin. Its scroll bar would come and go with the height, and cut the pictures.
_GROUND: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`html { scrollbar-width: none }
    body { margin: 8px } #elements { overflow: hidden }
    #elements iframe + iframe { margin-top: 16px }
    @media (prefers-color-scheme: dark) { body { background: #101216 } }`);
  document.adoptedStyleSheets = [sheet];
}"""
# The size of each iframe in the page, and how many heights it was told: each changes it once.
_SIZES: Final = """() => [
  [...document.querySelectorAll('#elements iframe')].map((it) => [it.clientWidth, it.clientHeight]),
  window.events.filter(({ type }) => type === 'height_change').length,
]"""
# A document that has got its iframe's size, and the pointer on nothing. An element that
# reports its height is as high as its card, in the report's steps of 8 px.
IS_SETTLED: Final = """([width, height]) => {
  if (innerWidth !== width || innerHeight !== height) return false;
  const controls = 'button, input, select, textarea, label';
  if (document.querySelector(`:is(${controls}):hover`) !== null) return false;
  const { state } = document.documentElement.dataset;
  if (!['guest', 'code', 'authenticated'].includes(state)) return true;
  const card = document.querySelector('main').getBoundingClientRect().height;
  return Math.abs(height - Math.ceil(card / 8) * 8) < 1;
}"""
_DRAWN: Final = """() => new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
})"""


@dataclass
class Pictures:
    """The PNGs of the states seen so far, put together on `desk`, an empty page."""

    desk: Page
    drawn: dict[str, bytes] = field(default_factory=dict)

    async def look(self, name: str, shop: ShopPage) -> None:
        """Draw a state: narrow pictures beside each other, wide ones below."""
        widths = [_NARROW, _MIDDLE] if name in WITH_MIDDLE_WIDTH else [_NARROW]
        narrow = [await shot(shop, width, theme) for width in widths for theme in THEMES]
        wide = [[await shot(shop, _WIDE, theme)] for theme in THEMES]
        rows = [[base64.b64encode(png).decode() for png in row] for row in (narrow, *wide)]
        self.drawn[name] = png_of(await montage(self.desk, rows))


async def montage(desk: Page, rows: Sequence[Sequence[Picture]]) -> dict[str, Any]:
    """Put PNGs beside and below each other, in few colours; `montage.js` says what is returned."""
    found: dict[str, Any] = await desk.evaluate(
        f"(rows) => {{ {_MONTAGE}; return montage(rows); }}", rows
    )
    return found


async def shot(shop: ShopPage, width: int, theme: Literal["light", "dark"]) -> bytes:
    """Return a PNG of the elements, once they are as high as they will be."""
    page = shop.page
    await page.evaluate(_GROUND)
    await page.set_viewport_size({"width": width, "height": _HEIGHT})
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    async with asyncio.timeout(DEADLINE_S):
        while True:
            sizes = await _settled(shop)
            png = await _screenshot(shop, width)
            # Else a height was on its way that an element had reported before it was as high.
            if sizes == await page.evaluate(_SIZES):
                return png


async def _settled(shop: ShopPage) -> Sizes:
    """Wait until each document fits its iframe, and return the sizes that they have then."""
    sizes: Sizes = [[], 0]

    async def are_settled() -> bool:
        nonlocal sizes
        sizes = await shop.page.evaluate(_SIZES)
        # The element that the SDK keeps hidden beside them is none of those, and is never drawn.
        for index, size in enumerate(sizes[0]):
            # Where nothing changes under it. A document that the pointer has left puts its last
            # place there to work with each change of its layout.
            await shop.iframe(index).hover(position=_CORNER)
            frame = await shop.frame(index)
            if not await frame.evaluate(IS_SETTLED, size):
                return False
            await frame.evaluate(_DRAWN)
        return True

    await until_answered(are_settled, every_s=_LOOK_S)
    return sizes


async def _screenshot(shop: ShopPage, width: int) -> bytes:
    height = await shop.page.evaluate("document.querySelector('#elements').offsetHeight + 16")
    assert height <= _HEIGHT, f"{height} px are too high for a picture"
    return await shop.page.screenshot(
        clip={"x": 0, "y": 0, "width": width, "height": height},
        animations="disabled",
    )


def png_of(found: dict[str, Any]) -> bytes:
    """Return a PNG of what `montage` answered, with one byte for each pixel."""
    width, height, pixels = found["width"], found["height"], base64.b64decode(found["pixels"])
    # The canvas has its colours in the order of their bytes in memory, red first.
    palette = b"".join(struct.pack("<I", colour)[:3] for colour in found["palette"])
    rows = (b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
