"""A customer who leaves the shop's page and comes back finds it as it was left."""

from typing import Final

import pytest

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.servers import Servers, open_http
from tests.support.engines.running import running_engine
from tests.support.installing.engines import ENGINES, EngineName
from tests.support.time_machine import MovableClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

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
  const heard = () => window.events.filter(({ type }) => type === given[0]).length;
  while (!window.events || heard() < 1) await new Promise((resolve) => setTimeout(resolve, 20));
"""


@pytest.mark.parametrize(
    "engine", [pytest.param(one, marks=pytest.mark.xdist_group(f"{one} back")) for one in ENGINES]
)
async def test_an_element_goes_on_where_it_was_left(engine: EngineName) -> None:
    """From the back-forward cache: no call meanwhile, one refresh, the same session."""
    clock = MovableClock()
    async with (
        open_stack(Plan(ports=Ports.free(), clock=clock)) as stack,
        open_http() as http,
        running_engine(engine, "default") as driver,
    ):
        servers = Servers.watched(stack, http)
        await driver.open(f"{servers.origin('shop')}/embed?element=payment")
        await driver.wait(_HEARD, "initialized")
        await driver.run("window.isSame = true")
        await driver.frame("#elements iframe", 0)
        await driver.run(_AWAY, _AWAY_MS)
        await driver.top()

        await driver.open(f"{servers.origin('shop')}/embed?mount=0")
        assert [] == servers.calls("refresh")
        clock.ahead_ms += _AWAY_MS
        await driver.command("back")

        await driver.wait(_HEARD, "token_refreshed")
        assert await driver.run("return window.isSame")
        assert 1 == len(servers.calls("init"))
        [refresh] = servers.calls("refresh")
        assert "rotated" == refresh["outcome"]
