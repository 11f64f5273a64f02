"""One visitor's browser for one test: its pages, changed documents, and unexpected errors."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from aiohttp import ClientSession
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Route,
    WebError,
)

from tests.support.browser.servers import DEADLINE_S, Servers
from tests.support.browser.shop import ShopPage
from tests.support.browser_code import changed_frame
from tests.support.clients.bridge_client import API
from tests.support.time_machine import MovableClock

_ELEMENT_PATH: Final = re.compile(r"/elements/(?:auth|address|payment)")
_FRAME_CODE: Final = re.compile(r"https?://[^/]+/elements/r/[^/]+/frame/frame\.js")
CSP: Final = "content-security-policy"
READY_DEADLINE_MS: Final = 10_000
SDK_PATH: Final = "/elements/sdk/v1.js"
_DOCUMENT_PATH: Final = "/elements/payment"
_COUNT_LOADS: Final = """
window.loadedFrames = 0;
document.addEventListener('load', ({ target }) => {
  if (target instanceof HTMLIFrameElement) window.loadedFrames += 1;
}, true);
"""
# Where a shop signs a customer out just after a sign-in, the hidden element that keeps the sign-in
# may still be joining: the session is over, its init is refused, and browsers log every 401.
_LATE_JOIN: Final = re.compile(r"status of 401 \(Unauthorized\) \S+/elements/init$")
FRENCH: Final = """Object.defineProperty(Navigator.prototype, 'languages', {
  get: () => ['fr-CI', 'fr', 'en'],
})"""
"""Script of a page and its frames, by which the browser says that its customer reads French."""
Change = Callable[[dict[str, str], str], str]
"""Takes a document's headers, to change in place, and its text; returns the text to serve."""


@dataclass
class Visitor:
    """A browser context that is watched: an unexpected error fails the test."""

    context: BrowserContext
    servers: Servers
    clock: MovableClock
    problems: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list, repr=False)
    console: list[str] = field(default_factory=list, repr=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _expected: list[re.Pattern[str]] = field(default_factory=lambda: [_LATE_JOIN])

    def __post_init__(self) -> None:
        """Watch every page and frame."""
        self.context.on("weberror", self._on_web_error)
        self.context.on("console", self._on_console)
        self.context.on("request", self._on_request)

    @property
    def http(self) -> ClientSession:
        """An HTTP client outside of the browser."""
        return self.servers.http

    async def count_loads(self) -> None:
        """Let every page count its iframes' `load` events in `window.loadedFrames`."""
        await self.context.add_init_script(_COUNT_LOADS)

    async def take_clock(self) -> None:
        """Replace the clock of all pages and frames; it runs on, and `forward` can move it."""
        await self.context.clock.install()

    async def forward(self, milliseconds: int) -> None:
        """Move the clock of servers, pages and frames forward, as after a sleep of the device."""
        self.clock.ahead_ms += milliseconds
        await self.context.clock.fast_forward(milliseconds)

    async def wait(self, milliseconds: int) -> None:
        """Let time pass for servers, pages and frames; a timer fires as often as it is due."""
        self.clock.ahead_ms += milliseconds
        await self.context.clock.run_for(milliseconds)

    async def pass_ready_deadline(self, page: Page) -> None:
        """Pass the SDK's deadline for `ready`, and its check whether the server is reachable."""
        async with self.context.expect_event("requestfinished", _is_reachability_check):
            await self.wait(READY_DEADLINE_MS // 2)
        await page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
        await self.wait(READY_DEADLINE_MS // 2)

    async def pass_blocked_deadline(self, page: Page) -> None:
        """Do so where the iframe fired `load`: the document is asked for, and loaded once more."""
        async with self.context.expect_event("request", _is_document):
            await self.pass_document_check()
        await page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
        await self.wait(READY_DEADLINE_MS // 2)

    async def pass_foreign_deadline(self, page: Page) -> None:
        """Do so where the iframe shows another document, which is not loaded once more."""
        await self.pass_document_check()
        await page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
        await self.wait(READY_DEADLINE_MS // 2)

    async def pass_document_check(self) -> None:
        """Let the time pass in which the SDK asks whether the service answers for a document."""
        async with self.context.expect_event("requestfinished", _is_document_check):
            await self.wait(READY_DEADLINE_MS // 2)

    def origin(self, name: str) -> str:
        """Return the origin of one of the hosts."""
        return self.servers.origin(name)

    def asked(self, route: str) -> list[Request]:
        """Return the calls of one route of the bridge that this browser has started so far."""
        path = f"{API}/{route}"
        return [request for request in self.requests if urlsplit(request.url).path == path]

    async def hold(self, route: str) -> "Held":
        """Hold back the next call of a route until it is released."""
        held = Held(asyncio.get_running_loop().create_future())
        await self.context.route(f"**{API}/{route}*", held.keep, times=1)
        return held

    def expect_error(self, pattern: str) -> None:
        """Allow console errors that contain `pattern`; an uncaught error is never allowed."""
        self._expected.append(re.compile(pattern))

    async def said(self, text: str) -> None:
        """Wait until a console message contains `text`."""
        async with asyncio.timeout(DEADLINE_S):
            while not any(text in message for message in self.console):
                self._news.clear()
                await self._news.wait()

    async def shop(self, *elements: str, host: str = "shop", **query: str) -> ShopPage:
        """Open a shop's page that mounts `elements` with the SDK, or only loads the SDK."""
        asked = [("element", element) for element in elements] or [("mount", "0")]
        page = await self.context.new_page()
        shop = ShopPage(page, self.origin(host))
        await shop.open(f"/embed?{urlencode([*asked, *query.items()])}")
        return shop

    async def page_at(self, host: str, html: str, headers: Mapping[str, str] | None = None) -> Page:
        """Open a page with the given HTML on one of the hosts."""
        url = f"{self.origin(host)}/page-of-the-test"
        await self.serve(url, html, headers)
        page = await self.context.new_page()
        await page.goto(url)
        return page

    async def serve(self, url: str, html: str, headers: Mapping[str, str] | None = None) -> None:
        """Serve the given HTML at `url`, whatever its query."""
        sent = {"Content-Type": "text/html; charset=utf-8", **(headers or {})}

        async def fulfill(route: Route) -> None:
            await route.fulfill(status=200, headers=sent, body=html)

        await self.context.route(lambda asked: asked.partition("?")[0] == url, fulfill)

    async def change(self, url: str, change: Change) -> None:
        """Change a file on its way to the browser; `url` is the end of its path."""
        await self._change(lambda asked: urlsplit(asked).path.endswith(url), change)

    async def change_frame_documents(self, change: Change) -> None:
        """Change every frame document on its way to the browser."""
        await self._change(
            lambda asked: bool(_ELEMENT_PATH.fullmatch(urlsplit(asked).path)), change
        )

    async def change_source(self, name: str, change: Callable[[str], str]) -> None:
        """Give the browser a frame that was built with one module changed, `frame/ui/view.js`."""
        code = await asyncio.to_thread(changed_frame, name, change)

        async def fulfill(route: Route) -> None:
            await route.fulfill(status=200, content_type="text/javascript", body=code)

        await self.context.route(lambda asked: bool(_FRAME_CODE.fullmatch(asked)), fulfill)

    async def without_frame_ancestors(self) -> None:
        """Remove `frame-ancestors`, as if the browser did not support the directive."""

        def change(headers: dict[str, str], text: str) -> str:
            policy, directive, _ = headers[CSP].partition(";frame-ancestors ")
            assert directive
            headers[CSP] = policy
            return text

        await self.change_frame_documents(change)

    async def _change(self, matches: Callable[[str], bool], change: Change) -> None:
        async def fulfill(route: Route) -> None:
            if route.request.method == "HEAD":  # whether the service answers: that is no document
                await route.fallback()
                return
            headers, text = await self._fetch(route.request)
            try:
                body = change(headers, text)
            except AssertionError as error:
                self.problems.append(f"not changed: {route.request.url}: {error}")
                raise
            await route.fulfill(status=200, headers=headers, body=body)

        await self.context.route(matches, fulfill)

    async def _fetch(self, request: Request) -> tuple[dict[str, str], str]:
        """Fetch a document or file from its server, a document as an iframe would."""
        asked = {"Sec-Fetch-Dest": "iframe"} if request.is_navigation_request() else {}
        async with self.http.get(request.url, headers=asked) as response:
            assert response.status == 200, request.url
            headers = {name.lower(): value for name, value in response.headers.items()}
            for of_the_body_as_sent in ("content-length", "content-encoding"):
                headers.pop(of_the_body_as_sent, None)
            return headers, await response.text()

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)

    def _on_web_error(self, error: WebError) -> None:
        self.problems.append(f"uncaught: {error.error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        self.console.append(message.text)
        self._news.set()
        if message.type != "error":
            return
        said = f"{message.text} {_url_of(message.location)}"
        if not any(pattern.search(said) for pattern in self._expected):
            self.problems.append(f"console: {said}")


@dataclass
class Held:
    """A call that was started and is held back."""

    _route: asyncio.Future[Route]

    async def keep(self, route: Route) -> None:
        """Hold the call back."""
        self._route.set_result(route)

    async def request(self) -> Request:
        """Wait for the call and return its request."""
        async with asyncio.timeout(DEADLINE_S):
            return (await asyncio.shield(self._route)).request

    async def release(self) -> None:
        """Let the call continue."""
        await (await self._route).continue_()


def _is_reachability_check(request: Request) -> bool:
    """Tell whether this is the SDK's request for its own script, its check of reachability."""
    return request.resource_type == "fetch" and urlsplit(request.url).path == SDK_PATH


def _is_document_check(request: Request) -> bool:
    """Tell whether this is the SDK's question whether the service answers for the document."""
    return request.resource_type == "fetch" and urlsplit(request.url).path == _DOCUMENT_PATH


def _is_document(request: Request) -> bool:
    """Tell whether an iframe is loaded."""
    return request.resource_type == "document"


def _url_of(location: Mapping[str, Any]) -> str:
    return str(location.get("url", ""))
