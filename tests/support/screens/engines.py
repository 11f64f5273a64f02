"""Draws some states in Firefox and WebKitGTK: one picture for each engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from playwright.async_api import Page

from tests.support.browser.saved_items import save_wallet
from tests.support.browser.servers import Servers
from tests.support.browser.sign_in import link_token
from tests.support.engines.person import type_into
from tests.support.engines.running import running_engine
from tests.support.engines.webdriver import WebDriver
from tests.support.installing.engines import EngineName
from tests.support.screens.pictures import IS_SETTLED, Picture, montage, png_of

OTHERS: Final[dict[EngineName, str]] = {
    "firefox": "Some of these in Firefox: 320 px wide and light, 1280 px wide and dark.",
    "webkit": "The same in WebKitGTK.",
}
"""The engines beside Chromium, each with a sentence."""
_WIDTHS: Final[dict[Literal["light", "dark"], int]] = {"light": 320, "dark": 1280}
_MOST_WIDTH: Final = 530  # of a picture; beside a card of its measure is the shop's page
_WINDOW: Final = {"x": 0, "y": 0, "width": 1400, "height": 1500}
_CUSTOMER: Final = "ekow.screens@example.com"
_NUMBERS: Final = ("+233247651111", "+233247652222")
# The shop's page gives the element a slot of that width, and says which theme it has.
_SHOW: Final = """
  const [width, theme] = arguments;
  const slot = document.querySelector('#elements');
  document.body.style.margin = 0;
  Object.assign(slot.style, { width: `${width}px`, padding: '8px', boxSizing: 'border-box' });
  slot.style.background = theme === 'dark' ? '#101216' : '#fff';
  const script = document.createElement('script'); // Firefox's driver has objects of its own
  script.textContent = `window.handles[0].update({ appearance: { theme: '${theme}' } })`;
  document.head.append(script);
"""
_HEIGHT: Final = """
  const { offsetHeight } = document.querySelector('#elements');
  if (scrollY !== 0 || offsetHeight > innerHeight) throw new Error(`${innerHeight} px seen`);
  return offsetHeight;
"""
_SIZE: Final = """
  const { clientWidth, clientHeight } = document.querySelector('#elements iframe');
  return [clientWidth, clientHeight];
"""
_WAIT_UNTIL_SETTLED: Final = f"""
  const [size, theme] = given;
  const isSettled = {IS_SETTLED};
  const isDrawn = () => isSettled(size)
    && getComputedStyle(document.querySelector('main')).colorScheme === theme;
  const deadline = performance.now() + 1000;
  while (!isDrawn()) {{
    if (performance.now() > deadline) return false; // its iframe may have another size by now
    await new Promise((resolve) => setTimeout(resolve, 20));
  }}
  await new Promise((resolve) => setTimeout(resolve, 20));
  return true;
"""
# In a corner, where nothing changes under a pointer: it is told of by a move there.
_REST: Final = tuple(
    {"type": "pointerMove", "duration": 0, "x": place, "y": place} for place in (10, 12)
)
_TRIES: Final = 20


@dataclass
class _Drawing:
    """A browser on the shop's page, and what was drawn in it."""

    engine: EngineName
    driver: WebDriver
    light: list[Picture]
    dark: list[Picture]

    async def look(self) -> None:
        """Draw the element in both widths."""
        for theme, width in _WIDTHS.items():
            await self.driver.top()
            await self.driver.run(_SHOW, width, theme)
            await self._settle(theme)
            await self.driver.top()
            height = await self.driver.run(_HEIGHT)
            picture = (await self.driver.screenshot(), min(width, _MOST_WIDTH), height)
            (self.light if theme == "light" else self.dark).append(picture)

    async def press(self, selector: str) -> None:
        """Press a button of the element."""
        await self.driver.frame("#elements iframe", 0)
        await (await self.driver.find(selector)).click()

    async def type(self, selector: str, text: str) -> None:
        """Type into a field of the element."""
        await self.driver.frame("#elements iframe", 0)
        await type_into(self.engine, await self.driver.find(selector), text)

    async def sees(self, selector: str) -> None:
        """Wait until the element shows something."""
        await self.driver.frame("#elements iframe", 0)
        await self.driver.find(selector)

    async def _rest_pointer(self) -> None:
        await self.driver.top()
        await self.driver.run("scrollTo(0, 0)")
        if self.engine == "firefox":  # whose driver moves it in the document that is addressed
            await self.driver.frame("#elements iframe", 0)
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        await self.driver.command("actions", actions=[{**pointer, "actions": _REST}])

    async def _settle(self, theme: str) -> None:
        for _ in range(_TRIES):
            await self._rest_pointer()
            if await self._is_settled(theme):
                return
        raise AssertionError("the element does not come to rest")

    async def _is_settled(self, theme: str) -> bool:
        await self.driver.top()
        size = await self.driver.run(_SIZE)
        await self.driver.frame("#elements iframe", 0)
        return bool(await self.driver.wait(_WAIT_UNTIL_SETTLED, size, theme))


async def draw(engine: EngineName, servers: Servers, desk: Page) -> bytes:
    """Draw a guest, a code, a list and a form in an engine, put together on `desk`."""
    token = await link_token(servers, f"{engine}.{_CUSTOMER}")
    for number in _NUMBERS:
        await save_wallet(servers, token, number)
    async with _drawing(engine) as drawing:
        await _sign_in(drawing, servers)
        await _open(drawing, servers, "payment", token)
        await drawing.sees("input[type=radio]")
        await drawing.look()
        await _open(drawing, servers, "address", token)
        await drawing.press("[data-key=add]")
        await drawing.sees("#field-country")
        await drawing.look()
        await drawing.press("[data-key=save]")
        await drawing.sees(".field .problem")
        await drawing.look()
    rows = [drawing.light, drawing.dark[:3], drawing.dark[3:]]
    return png_of(await montage(desk, rows))


async def _sign_in(drawing: _Drawing, servers: Servers) -> None:
    await _open(drawing, servers, "auth")
    await drawing.sees("#contact")
    await drawing.look()
    await drawing.type("#contact", f"guest.{drawing.engine}.{_CUSTOMER}")
    await drawing.press("#request-code")
    await drawing.sees("#otp-code")
    await drawing.look()


async def _open(drawing: _Drawing, servers: Servers, element: str, token: str = "") -> None:
    query: dict[str, Any] = {"element": element, **({"link_token": token} if token else {})}
    driver = drawing.driver
    await driver.open(f"{servers.origin('shop')}/embed?{urlencode(query)}")
    await driver.wait("""
      const isHeard = () => window.events?.some(({ type }) => type === 'initialized');
      while (!isHeard()) await new Promise((resolve) => setTimeout(resolve, 20));
    """)


@asynccontextmanager
async def _drawing(engine: EngineName) -> AsyncIterator[_Drawing]:
    async with running_engine(engine, "default") as driver:
        await driver.command("window/rect", **_WINDOW)
        yield _Drawing(engine, driver, [], [])
