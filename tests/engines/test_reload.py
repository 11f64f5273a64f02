"""A reload of a shop's page, where the shop wants its customers kept: who keeps, who forgets."""

from typing import Final

import pytest
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.reloads import keeping_business
from tests.support.browser.servers import Servers, open_http
from tests.support.engines.modes import TABLE, ModeName
from tests.support.engines.own_shop import sign_in
from tests.support.engines.running import running_engine
from tests.support.installing.engines import EngineName

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUSTOMER: Final = "customer@reload.example"
# What a customer is kept in: the token in the first, the key that it is bound to in the second.
STORES: Final = {"sessionStorage", "indexedDB"}
_HEARD: Final = """
  const heard = () => window.events?.find(({ type }) => type === given[0]);
  while (!heard()) await new Promise((resolve) => setTimeout(resolve, 20));
  return heard().payload.state;
"""
# The key is stored before the token.
_STORED: Final = """
  const isStored = () => Object.keys(sessionStorage)
    .some((name) => name.startsWith('cimplify.link ') && name.endsWith(' payment'));
  while (!isStored()) await new Promise((resolve) => setTimeout(resolve, 20));
"""
_ERRORS: Final = "return window.events.filter(({ type }) => type === 'error')"
_REFRESH: Final = "await window.handles[0].refresh()"


@pytest.mark.parametrize(
    ("engine", "mode"),
    [pytest.param(*cell, marks=pytest.mark.xdist_group("-".join(cell))) for cell in TABLE],
)
async def test_a_reload_keeps_the_customer_where_the_browser_has_both_stores(
    engine: EngineName, mode: ModeName
) -> None:
    """By a refresh of the same session; elsewhere the page begins with a guest, and all works."""
    is_kept = TABLE[engine, mode].keeps >= STORES
    async with (
        open_stack(Plan(ports=Ports.free())) as stack,
        Redis.from_url(stack.redis_url, decode_responses=True) as redis,
        open_http() as http,
        running_engine(engine, mode) as driver,
    ):
        business_id = await keeping_business(redis, stack.origin("shop"))
        before = Servers.watched(stack, http)
        page = f"{stack.origin('shop')}/embed?business_id={business_id}&element=payment"
        await driver.open(page)
        assert "guest" == await driver.wait(_HEARD, "initialized")
        await sign_in(engine, driver, stack, CUSTOMER)
        await driver.wait(_HEARD, "authenticated")
        if is_kept:
            await driver.frame("#elements iframe", 0)
            await driver.wait(_STORED)
            await driver.top()
        await driver.wait(_REFRESH)  # whoever could store something has done so by its answer
        [signed_in] = before.calls("verify-otp")

        after = Servers.watched(stack, http)
        await driver.command("refresh")
        state = await driver.wait(_HEARD, "initialized")

        refreshed = [(one["claims"]["sid"], one["outcome"]) for one in after.calls("refresh")]
        assert ("authenticated" if is_kept else "guest") == state
        assert is_kept == ((signed_in["claims"]["sid"], "rotated") in refreshed)
        assert is_kept or [] == refreshed
        assert [] == await driver.run(_ERRORS)
