"""A shop of a test's own, on a port of its own: its pages, with whatever headers the test sets."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_dev.embedded.free_port import free_port
from link_dev.harness.addresses import LOOPBACK
from link_dev.stack import Stack
from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.sign_in import code_for
from tests.support.browser_code import STATIC
from tests.support.engines.person import type_into
from tests.support.engines.webdriver import WebDriver
from tests.support.installing.engines import EngineName

HOST: Final = "own-shop.localhost"
BUSINESS: Final = "bus_0000000000ownshop00"
_LOADER: Final = STATIC / "package" / "index.js"
_JAVASCRIPT: Final = {"Content-Type": "text/javascript"}
_HTML: Final = {"Content-Type": "text/html"}


@dataclass
class OwnShop:
    """A shop's address; its pages tell by `/tell/{name}` how far they are."""

    origin: str
    _told: defaultdict[str, asyncio.Event] = field(
        default_factory=lambda: defaultdict(asyncio.Event)
    )

    async def heard(self, name: str) -> None:
        """Wait until a page has told so."""
        async with asyncio.timeout(DEADLINE_S):
            await self._told[name].wait()

    async def tell(self, request: web.Request) -> web.Response:
        """`GET /tell/{name}`: a page has come so far."""
        self._told[request.match_info["name"]].set()
        return web.Response()


@dataclass(frozen=True)
class Page:
    """A page, in which `LINK` and `BUSINESS` stand for ours, and headers besides its type."""

    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def open_shop(stack: Stack, pages: Mapping[str, Page]) -> AsyncIterator[OwnShop]:
    """Serve the pages of a listed business, by path, and the npm package's loader `/loader.js`."""
    port = free_port()
    shop = OwnShop(f"http://{HOST}:{port}")
    async with Redis.from_url(stack.redis_url, decode_responses=True) as redis:
        business = StoredBusiness(BUSINESS, "Own shop", "enabled", "test", (shop.origin,))
        await RedisBusinesses(redis).put(business)

    async def page(request: web.Request) -> web.Response:
        asked = pages[request.path]
        html = asked.html.replace("LINK", stack.origin("link")).replace("BUSINESS", BUSINESS)
        return web.Response(text=html, headers={**_HTML, **asked.headers})

    async def loader(_request: web.Request) -> web.Response:
        return web.Response(text=_LOADER.read_text("utf-8"), headers=_JAVASCRIPT)

    app = web.Application()
    app.add_routes([web.get("/tell/{name}", shop.tell), web.get("/loader.js", loader)])
    app.add_routes([web.get(path, page) for path in pages])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        yield shop
    finally:
        await runner.cleanup()


async def sign_in(
    engine: EngineName, driver: WebDriver, stack: Stack, contact: str, element: int = 0
) -> None:
    """Sign a customer in by a code, inside an element of a page with `#elements`."""
    await driver.frame("#elements iframe", element)
    await type_into(engine, await driver.find("#contact"), contact)
    await (await driver.find("button", "Send code")).click()
    await type_into(engine, await driver.find("#otp-code"), code_for(stack, contact))
    await (await driver.find("button", "Continue")).click()
    await driver.top()
