"""A shop's page that the browser renders before anybody asks for it (Chromium's speculation rules).

Firefox and WebKitGTK render no page beforehand.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from aiohttp import web
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_dev.embedded.free_port import free_port
from link_dev.harness.addresses import LOOPBACK, Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.support.browser.servers import DEADLINE_S, Servers, open_http
from tests.support.browser.sign_in import code_for
from tests.support.browser_code import STATIC
from tests.support.engines.running import running_engine
from tests.support.engines.webdriver import WebDriver

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("prerender")]

BUSINESS: Final = "bus_0000000000prerender"
CUSTOMER: Final = "customer@prerender.example"
SDK: Final = "/elements/sdk/v1.js"
LOADER: Final = STATIC / "package" / "index.js"
START: Final = """<!doctype html><link rel=icon href=data:,><a href=/checkout>To the checkout</a>
<script type=speculationrules>{"prerender": [{"urls": ["/checkout"], "eagerness": "immediate"}]}
</script>"""
# Until somebody looks, time passes in `minutes` alone, and takes none; then what waits goes on.
CHECKOUT: Final = """<!doctype html><link rel=icon href=data:,><main id=elements></main>
<script type=module>
const [setReal, clearReal] = [window.setTimeout, window.clearTimeout];
const waiting = new Map();
let [now, last] = [0, 1e9];
window.setTimeout = (task, ms = 0) => {
  if (!document.prerendering) return setReal(task, ms);
  waiting.set(last += 1, { at: now + ms, task });
  return last;
};
window.clearTimeout = (id) => void (waiting.delete(id) || clearReal(id));
document.addEventListener('prerenderingchange', () => {
  for (const { at, task } of waiting.values()) setReal(task, at - now);
});
const minutes = async (count, name) => {
  for (let second = 0; second < count * 60; second += 1) {
    now += 1000;
    for (const [id, { at, task }] of waiting) if (at <= now && waiting.delete(id)) task();
    await new Promise((resolve) => setReal(resolve));
  }
  await fetch(`/tell/${name}`);
};
window.told = [];
const { loadLink } = await import('/loader.js');
const loading = loadLink({ origin: 'LINK' }).then(({ mount }) => {
  const handle = mount({ businessId: 'BUSINESS', element: 'payment', target: '#elements' });
  for (const type of ['initialized', 'authenticated', 'token_refreshed', 'error']) {
    handle.on(type, ({ code = type }) => window.told.push(code));
  }
  window.handle = handle;
}, ({ code }) => window.told.push(code));
if (document.prerendering) {
  await minutes(2, 'loading');
  await loading;
  await minutes(2, 'mounted');
}
</script>"""
TOLD: Final = """
  const [type] = given;
  while (!window.told?.includes(type)) await new Promise((resolve) => setTimeout(resolve, 20));
  return window.told;
"""
WAS_THERE: Final = "return performance.getEntriesByType('navigation')[0].activationStart > 0"


@dataclass
class Shop:
    """A shop of the test, on a port of its own, to which its pages tell how far they are."""

    origin: str
    reached: defaultdict[str, asyncio.Event] = field(
        default_factory=lambda: defaultdict(asyncio.Event)
    )

    async def reach(self, name: str) -> None:
        """Wait until a page has told so."""
        async with asyncio.timeout(DEADLINE_S):
            await self.reached[name].wait()


@asynccontextmanager
async def open_shop(stack: Stack) -> AsyncIterator[Shop]:
    """Serve the start page and the checkout of a listed business."""
    port = free_port()
    shop = Shop(f"http://shop.localhost:{port}")
    async with Redis.from_url(stack.redis_url, decode_responses=True) as redis:
        business = StoredBusiness(BUSINESS, "Prerender", "enabled", "test", (shop.origin,))
        await RedisBusinesses(redis).put(business)
    checkout = CHECKOUT.replace("LINK", stack.origin("link")).replace("BUSINESS", BUSINESS)
    files = {
        "/": (START, "text/html"),
        "/checkout": (checkout, "text/html"),
        "/loader.js": (LOADER.read_text("utf-8"), "text/javascript"),
    }

    async def serve(request: web.Request) -> web.Response:
        text, content_type = files[request.path]
        return web.Response(text=text, content_type=content_type)

    async def tell(request: web.Request) -> web.Response:
        shop.reached[request.match_info["name"]].set()
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/tell/{name}", tell), *(web.get(path, serve) for path in files)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    yield shop
    await runner.cleanup()


async def sign_in(driver: WebDriver, stack: Stack) -> None:
    """Sign a customer in by a code, inside the element."""
    await driver.frame("#elements iframe", 0)
    await (await driver.find("#contact")).type(CUSTOMER)
    await (await driver.find("button", "Send code")).click()
    field = await driver.find("#otp-code")
    await field.type(code_for(stack, CUSTOMER))
    await (await driver.find("button", "Continue")).click()
    await driver.top()


async def test_no_clock_starts_before_the_customer_is_there() -> None:
    """Minutes in the background send nothing and fail nothing; a click, and they sign in.

    So it is while the SDK is loaded, which has no answer for two minutes, and once it is there.
    """
    async with (
        open_stack(Plan(ports=Ports.free())) as stack,
        open_http() as http,
        open_shop(stack) as shop,
        running_engine("chromium", "default") as driver,
    ):
        servers = Servers.watched(stack, http)
        stack.faults.add(SDK, "together", times=2)  # so the first waits until it is let go
        await driver.open(f"{shop.origin}/")
        await shop.reach("loading")
        stack.faults.clear()
        await shop.reach("mounted")
        assert [SDK] == [entry["path"] for entry in stack.trace.entries]

        await (await driver.find("a", "To the checkout")).click()
        assert ["initialized"] == await driver.wait(TOLD, "initialized")
        assert await driver.run(WAS_THERE)
        assert (1, 1) == (len(servers.calls("bootstrap")), len(servers.calls("init")))
        await sign_in(driver, stack)
        told = await driver.wait(TOLD, "authenticated")
        await driver.wait("await window.handle.refresh()")

    assert ["initialized", "authenticated"] == told
    assert (1, 1) == (len(servers.calls("verify-otp")), len(servers.calls("refresh")))
