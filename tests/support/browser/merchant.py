"""A merchant page without the SDK, which posts any message a test wants to the frame."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from playwright.async_api import Frame, Page

from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API

Json = dict[str, Any]

BUSINESS: Final = "bus_demo"
PLAIN_PAGE: Final = "<!doctype html><title>A shop</title><link rel=icon href=data:,><body></body>"
_SCRIPT: Final = Path(__file__).with_name("merchant.js")
_LOOK_MS: Final = 20
_COUNT_MESSAGES: Final = """() => {
  window.deliveredByTest = 0;
  window.addEventListener('message', () => { window.deliveredByTest += 1; });
}"""


@dataclass
class Merchant:
    """The page and its iframes, by number."""

    visitor: Visitor
    page: Page
    origin: str
    element: str = "payment"
    _posted: dict[int, int] = field(default_factory=dict)

    @classmethod
    async def open(cls, visitor: Visitor, host: str = "shop", html: str = PLAIN_PAGE) -> "Merchant":
        """Open an empty page on one of the hosts."""
        page = await visitor.page_at(host, html)
        await page.add_script_tag(path=_SCRIPT)
        return cls(visitor, page, visitor.origin(host))

    async def embed(self, *, parent_origin: str | None = None, **attributes: str) -> int:
        """Add a plain iframe of the element, claiming `parent_origin` (this page's own)."""
        source = frame_url(self.visitor, self.element, parent_origin or self.origin)
        embed = "([source, attributes]) => window.merchant.embed(source, attributes)"
        return int(await self.page.evaluate(embed, [source, attributes]))

    async def challenge(self, index: int = 0, *, other_than: str = "") -> str:
        """Wait for the `ready` of an iframe and return its challenge."""
        said = await self.page.wait_for_function(
            """([index, other]) => window.merchant.heard
                 .filter(({ frame, data }) => frame === index && data?.type === 'ready')
                 .find(({ data }) => data.code_challenge !== other)?.data.code_challenge""",
            arg=[index, other_than],
            timeout=DEADLINE_S * 1000,
            polling=_LOOK_MS,
        )
        return str(await said.json_value())

    async def bootstrap(self, challenge: str) -> str:
        """Obtain a bootstrap token as this page."""
        status, body = await self.try_bootstrap(challenge)
        assert status == 200, body
        return str(body["data"]["bootstrap_token"])

    async def try_bootstrap(self, challenge: str) -> tuple[int, Json]:
        """Ask for a bootstrap token as this page; return status and body."""
        url = f"{self.visitor.origin('link')}{API}/bootstrap?business_id={BUSINESS}"
        ask = "([url, element, challenge]) => window.merchant.bootstrap(url, element, challenge)"
        status, body = await self.page.evaluate(ask, [url, self.element, challenge])
        return int(status), body

    async def post(self, message: object, *, index: int = 0, ports: int = 1) -> None:
        """Post any message to an iframe, and wait until its document has dispatched it."""
        frame = await self.frame(index)
        if index not in self._posted:
            await frame.evaluate(_COUNT_MESSAGES)
        self._posted[index] = self._posted.get(index, 0) + 1
        await self.page.evaluate(
            """([index, message, origin, ports]) => window.merchant.post(
                 window.merchant.iframes[index].contentWindow, message, origin, ports)""",
            [index, message, self.visitor.origin("link"), ports],
        )
        await delivered(frame, self._posted[index])

    async def post_from_sibling(self, message: object, *, sibling: int, index: int = 0) -> None:
        """Post to an iframe from another one of this page, and wait as `post` does."""
        frame = await self.frame(index)
        self._posted[index] += 1
        await (await self.frame(sibling)).evaluate(
            """([index, message, origin]) => parent.frames[index].postMessage(
                 message, origin, [new MessageChannel().port2])""",
            [index, message, self.visitor.origin("link")],
        )
        await delivered(frame, self._posted[index])

    async def heard_on_port(self, number: int, kind: str) -> Json:
        """Wait for the first event of a type on the port of the `number`-th `init` (from 0)."""
        event = await self.page.wait_for_function(
            "([port, kind]) => window.merchant.ports[port].find(({ type }) => type === kind)",
            arg=[number, kind],
            timeout=DEADLINE_S * 1000,
            polling=_LOOK_MS,
        )
        return dict(await event.json_value())

    async def ports(self) -> list[list[Json]]:
        """Return the messages that every port received so far."""
        ports: list[list[Json]] = await self.page.evaluate("window.merchant.ports")
        return ports

    async def heard(self) -> list[Json]:
        """Return every window message received so far."""
        heard: list[Json] = await self.page.evaluate("window.merchant.heard")
        return heard

    async def command(self, port: int, command: object) -> None:
        """Post any message into one of this page's ports."""
        post = "([port, data]) => window.merchant.channels[port].port1.postMessage(data)"
        await self.page.evaluate(post, [port, command])

    async def frame(self, index: int = 0) -> Frame:
        """Return the browsing context of an iframe."""
        handle = await self.page.locator("iframe").nth(index).element_handle()
        frame = await handle.content_frame()
        assert frame is not None
        return frame

    async def reload(self, index: int = 0) -> None:
        """Reload the document of an iframe from inside."""
        frame = await self.frame(index)
        self._posted.pop(index, None)
        async with self.page.expect_event("framenavigated", lambda found: found == frame):
            await frame.evaluate("() => void setTimeout(() => location.reload())")


def frame_url(visitor: Visitor, element: str, parent_origin: str) -> str:
    """Return the address of a frame document."""
    query = urlencode({"business_id": BUSINESS, "parent_origin": parent_origin, "v": "1"})
    return f"{visitor.origin('link')}/elements/{element}?{query}"


def init(challenge: str, token: str, **fields: object) -> Json:
    """Return the message by which a merchant page hands over a bootstrap token."""
    return {
        "ns": "cimplify.link",
        "v": 1,
        "type": "init",
        "code_challenge": challenge,
        "bootstrap_token": token,
        **fields,
    }


async def delivered(frame: Frame, count: int) -> None:
    """Wait until a document has dispatched `count` messages and started the calls they caused."""
    await frame.wait_for_function(
        f"() => window.deliveredByTest >= {count}", timeout=DEADLINE_S * 1000, polling=_LOOK_MS
    )
    await frame.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
