"""A client of the W3C's WebDriver: as much of it as the tests of the engines use."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientError, ClientResponse, ClientSession

Json = dict[str, Any]

DEADLINE_S: Final = 60
_ANSWER_S: Final = 20
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"  # the standard's own name of the field

# WebKitGTK's driver scrolls inside of a frame, not what is around it.
_NTH: Final = """
  const [selector, index] = given;
  for (;;) {
    const found = document.querySelectorAll(selector)[index];
    if (found) {
      found.scrollIntoView({ block: 'end' });
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
"""

# Also until what moves has come to rest, since a driver clicks where an element was; and until an
# iframe of ours is as tall as what is in it: as it grows, what is clicked in it is missed.
_SEEK: Final = """
  const [selector, words] = given;
  const frame = () => new Promise((resolve) => setTimeout(resolve, 20));
  const place = (it) => JSON.stringify(it.getBoundingClientRect());
  const isThere = (it) => it.getClientRects().length > 0 && !it.disabled
    && it.getAttribute('aria-disabled') !== 'true'
    && it.textContent.trim().startsWith(words);
  const isWhole = () => (document.querySelector('#card')?.offsetHeight ?? 0) <= innerHeight;
  for (let last = '', at = ''; ; last = at) {
    const found = isWhole() && [...document.querySelectorAll(selector)].find(isThere);
    at = found ? place(found) : '';
    if (found && at === last) return found;
    await frame();
  }
"""


class DriverRefused(Exception):
    """A driver answered a command with an error."""


GONE: Final = (DriverRefused, ClientError, TimeoutError, ValueError)
"""What a command raises whose browser or driver has crashed, or hangs."""


@dataclass(frozen=True)
class WebDriver:
    """One browser, and the page in it that the commands are for."""

    http: ClientSession
    url: str

    async def open(self, url: str) -> None:
        """Go to an address, and wait until its document is loaded."""
        await self.command("url", url=url)

    async def answers(self) -> bool:
        """Whether the browser is still there; a page that crashed takes its session with it."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self.top()
        except GONE:
            return False
        return True

    async def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  # what it returns
        """Run the body of a function in the current document, and return what it returns."""
        return await self.command("execute/sync", script=script, args=arguments)

    async def wait(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  # what it tells
        """Run the body of an asynchronous function in the current document, and await it.

        Raises `DriverRefused` with what it threw.
        """
        body = (
            "const tell = arguments[arguments.length - 1];"
            f"(async (...given) => {{ {script} }})(...[...arguments].slice(0, -1))"
            ".then((value) => tell({ value }), (error) => tell({ error: String(error) }));"
        )
        told = await self.command("execute/async", script=body, args=arguments)
        if "error" in told:
            raise DriverRefused(told["error"])
        return told.get("value")

    async def top(self) -> None:
        """Address the document of the page from now on."""
        await self.command("frame", id=None)

    async def frame(self, selector: str, index: int) -> None:
        """Address the document of an iframe of the page from now on."""
        await self.top()
        await self.inner_frame(selector, index)

    async def inner_frame(self, selector: str, index: int) -> None:
        """Address the document of an iframe of the one that is addressed now."""
        await self.command("frame", id=await self.wait(_NTH, selector, index))

    async def find(self, selector: str, words: str = "") -> "WebElement":
        """Wait for an element that can be used and whose text begins so, and return it."""
        return WebElement(self, await self.wait(_SEEK, selector, words))

    async def screenshot(self) -> str:
        """Return what is seen of the page, as a PNG in base64."""
        async with self.http.get(f"{self.url}/screenshot") as response:
            return str(_value(response, await response.json(content_type=None)))

    async def command(self, name: str, **body: object) -> Any:  # noqa: ANN401  # each its own
        """Send a command, and return its value.

        Raises `DriverRefused`.
        """
        return await _post(self.http, f"{self.url}/{name}", body)


@dataclass(frozen=True)
class WebElement:
    """An element of a document."""

    driver: WebDriver
    reference: Json

    async def click(self) -> None:
        """Click it with the mouse."""
        await self.driver.command(f"element/{self.reference[_ELEMENT]}/click")

    async def type(self, text: str) -> None:
        """Type a text into it, in place of its own."""
        await self.driver.command(f"element/{self.reference[_ELEMENT]}/clear")
        await self.driver.command(f"element/{self.reference[_ELEMENT]}/value", text=text)


@asynccontextmanager
async def new_session(
    http: ClientSession, url: str, capabilities: Mapping[str, object]
) -> AsyncIterator[WebDriver]:
    """Start a browser with a new profile; it ends with the context.

    Raises `DriverRefused`.
    """
    asked = {"capabilities": {"alwaysMatch": capabilities}}
    session = f"{url}/session/{(await _post(http, f'{url}/session', asked))['sessionId']}"
    driver = WebDriver(http, session)
    try:
        await driver.command("timeouts", script=DEADLINE_S * 1000, pageLoad=DEADLINE_S * 1000)
        yield driver
    finally:
        with suppress(*GONE):
            async with asyncio.timeout(_ANSWER_S), http.delete(session) as response:
                await response.read()


async def _post(http: ClientSession, url: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401
    async with http.post(url, json=body) as response:
        return _value(response, await response.json(content_type=None))


def _value(response: ClientResponse, answer: Json) -> Any:  # noqa: ANN401  # each command's own
    value = answer["value"]
    if response.ok:
        return value
    raise DriverRefused(f"{value['error']}: {value['message']}")
