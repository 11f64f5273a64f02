"""Pages that render anew, move or hide an element, or that are left and come back to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.servers import Servers, open_http
from tests.support.engines.own_shop import sign_in
from tests.support.engines.running import running_engine
from tests.support.engines.webdriver import WebDriver
from tests.support.installing.engines import ENGINES, EngineName
from tests.support.time_machine import MovableClock
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

_LOOK_S: Final = 0.02
_AWAY_MS: Final = 300_000  # a whole life of an access token
# The frame's clocks go on while it is away, which takes no time here.
_AWAY: Final = """
  let away = 0;
  addEventListener('pagehide', () => { away = arguments[0]; });
  const { Date } = window; // Firefox's driver has another one
  const [now, date] = [performance.now.bind(performance), Date.now];
  performance.now = () => now() + away;
  Date.now = () => date() + away;
"""
_HEARD: Final = """
  const [type, times = 1] = given;
  const heard = () => window.events?.filter((event) => event.type === type) ?? [];
  while (heard().length < times) await new Promise((resolve) => setTimeout(resolve, 20));
"""
_RENDER: Final = """
  document.querySelector('#elements').outerHTML = '<main id="elements"></main>';
  const options = { businessId: 'bus_demo', element: 'payment', target: '#elements' };
  const handle = window.Link.mount(options);
  window.handles.push(handle);
  for (const type of ['initialized', 'authenticated', 'error', 'loaderror']) {
    handle.on(type, (payload) => window.events.push({ type, payload }));
  }
"""
_MOVE: Final = """
  const place = document.body.appendChild(document.createElement('section'));
  place.append(document.querySelector('#elements'));
"""
_STATES: Final = "return window.handles.map(({ state }) => state)"
_ERRORS: Final = """
  return window.events.filter(({ type }) => type.endsWith('error')).map((one) => one.payload.code);
"""
_HIDDEN: Final = "return document.querySelectorAll('html > div > iframe').length"
_OWNER: Final = """
  const owner = () => document.querySelector('#owner')?.textContent ?? '';
  while (owner() === '') await new Promise((resolve) => setTimeout(resolve, 20));
  return owner();
"""
_HIDE: Final = "document.querySelector('#elements iframe').style.display = 'none'"
# What the second element sees of the first one.
_HAS_WIDTH: Final = """
  const { innerWidth, document } = window.parent.frames[0];
  return innerWidth > 0 && document.documentElement.offsetWidth > 0;
"""


@dataclass(frozen=True)
class Visit:
    """A customer's browser, and the stack of the shop's page."""

    engine: EngineName
    driver: WebDriver
    clock: MovableClock
    servers: Servers

    async def open(self, *elements: str) -> None:
        """Open a page with elements, as far as each is a guest's."""
        query = "&".join(f"element={one}" for one in elements)
        await self.driver.top()
        await self.driver.open(f"{self.servers.origin('shop')}/embed?{query}")
        await self.driver.wait(_HEARD, "initialized", len(elements))

    async def sign_in(self, contact: str) -> None:
        """Sign in by a code, until the page's hidden element has a session of its own too."""
        await sign_in(self.engine, self.driver, self.servers.stack, contact)
        await self.driver.wait(_HEARD, "authenticated")
        await until(lambda: len(_sessions(self.servers)) >= 3, every_s=_LOOK_S)
        await self.owner()

    async def owner(self) -> str:
        """Return whose wallet the element on the page shows."""
        await self.driver.frame("#elements iframe", 0)
        owner = str(await self.driver.wait(_OWNER))
        await self.driver.top()
        return owner


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="session",
    params=[pytest.param(one, marks=pytest.mark.xdist_group(f"{one} pages")) for one in ENGINES],
)
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Visit]:
    """A browser of each engine."""
    engine: EngineName = request.param
    clock = MovableClock()
    async with (
        open_stack(Plan(ports=Ports.free(), clock=clock)) as stack,
        open_http() as http,
        running_engine(engine, "default") as driver,
    ):
        yield Visit(engine, driver, clock, Servers.watched(stack, http))


@pytest.fixture
def visit(opened: Visit) -> Visit:
    """A visit that has seen no call yet."""
    servers = Servers.watched(opened.servers.stack, opened.servers.http)
    return Visit(opened.engine, opened.driver, opened.clock, servers)


async def test_a_customer_stays_signed_in_when_the_page_renders_anew(visit: Visit) -> None:
    """The element of before says `destroyed`, and no error; the new one asks for no code."""
    await visit.open("payment")
    await visit.sign_in("render@pages.example")

    await visit.driver.run(_RENDER)

    await visit.driver.wait(_HEARD, "authenticated", 2)
    assert "r•••@pages.example" in await visit.owner()
    assert ["destroyed", "authenticated"] == await visit.driver.run(_STATES)
    assert [] == await visit.driver.run(_ERRORS)
    assert 1 == await visit.driver.run(_HIDDEN)
    assert 1 == len(visit.servers.calls("verify-otp"))


async def test_a_move_is_told_and_keeps_the_customer(visit: Visit) -> None:
    """The browser loads a moved iframe anew."""
    await visit.open("payment")
    await visit.sign_in("move@pages.example")

    await visit.driver.run(_MOVE)

    await visit.driver.wait(_HEARD, "authenticated", 2)
    assert "m•••@pages.example" in await visit.owner()
    assert ["authenticated"] == await visit.driver.run(_STATES)
    assert ["moved"] == await visit.driver.run(_ERRORS)
    assert 1 == len(visit.servers.calls("verify-otp"))


@pytest.mark.parametrize("customer", ["", "back@pages.example"], ids=["guest", "signed in"])
async def test_an_element_goes_on_where_it_was_left(visit: Visit, customer: str) -> None:
    """From the back-forward cache: no call meanwhile, then a refresh of the same session.

    Firefox keeps no page in whose element a customer has signed in: it loads the page anew.
    """
    driver, servers = visit.driver, visit.servers
    await visit.open("payment")
    if customer:
        await visit.sign_in(customer)
    sessions = _sessions(servers)
    await driver.run("window.isSame = true")
    await driver.frame("#elements iframe", 0)
    await driver.run(_AWAY, _AWAY_MS)
    await driver.top()

    await driver.open(f"{servers.origin('shop')}/embed?mount=0")
    assert [] == servers.calls("refresh")
    visit.clock.ahead_ms += _AWAY_MS
    await driver.command("back")

    if customer and visit.engine == "firefox":
        await driver.wait(_HEARD, "initialized")
        assert not await driver.run("return window.isSame")
        assert [["guest"], []] == [await driver.run(_STATES), await driver.run(_ERRORS)]
        return
    await driver.wait(_HEARD, "token_refreshed")
    assert await driver.run("return window.isSame")
    assert sessions == _sessions(servers)
    session = servers.calls("verify-otp")[-1]["claims"]["sid"] if customer else sessions[0]
    [refresh] = [one for one in servers.calls("refresh") if one["status"] == 200]
    assert (session, "rotated") == (refresh["claims"]["sid"], refresh["outcome"])
    assert [] == await driver.run(_ERRORS)
    assert ["authenticated" if customer else "guest"] == await driver.run(_STATES)
    assert not customer or "b•••@pages.example" in await visit.owner()


def _sessions(servers: Servers) -> list[str]:
    """Return the sessions that frames began, oldest first; other calls were asked for a nonce."""
    return [one["claims"]["sid"] for one in servers.calls("init") if one["status"] == 200]


async def test_an_element_that_the_page_hides_leaves_the_sign_in_to_the_next(visit: Visit) -> None:
    """Firefox and WebKitGTK go on showing its width: there the customer asks for the sign-in."""
    await visit.open("payment", "address")
    await visit.driver.frame("#elements iframe", 1)
    asks = await visit.driver.find("button", "Sign in here")
    await visit.driver.top()

    await visit.driver.run(_HIDE)

    await visit.driver.frame("#elements iframe", 1)
    if visit.engine != "chromium":
        assert await visit.driver.run(_HAS_WIDTH)
        await asks.click()
    await visit.driver.find("#contact")
