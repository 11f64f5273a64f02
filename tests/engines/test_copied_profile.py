"""A browser's profile is copied on the disk while its customer is kept over reloads."""

import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.reloads import keeping_business
from tests.support.browser.servers import Servers, open_http
from tests.support.engines.own_shop import sign_in
from tests.support.engines.running import running_engine
from tests.support.engines.webdriver import WebDriver
from tests.support.installing.engines import EngineName

pytestmark = pytest.mark.asyncio(loop_scope="session")

_LOCKS: Final = shutil.ignore_patterns("Singleton*", "lock", ".parentlock")
CUSTOMER: Final = "customer@copied.example"
_HEARD: Final = """
  const heard = () => window.events?.find(({ type }) => type === given[0]);
  while (!heard()) await new Promise((resolve) => setTimeout(resolve, 20));
  return heard().payload.state;
"""
_STORED: Final = """
  const isStored = () => Object.keys(sessionStorage).some((name) => name.endsWith(' payment'));
  while (!isStored()) await new Promise((resolve) => setTimeout(resolve, 20));
  return { ...sessionStorage };
"""
_PUT: Final = "Object.assign(sessionStorage, arguments[0])"
_REFRESH: Final = """
  return window.handles[0].refresh().then(() => 'refreshed', ({ code }) => code);
"""


# WebKitGTK under its driver writes no profile at all: `test_private_mode.py`.
@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(one, marks=pytest.mark.xdist_group(f"{one} copied"))
        for one in ("chromium", "firefox")
    ],
)
async def test_a_copied_profile_shows_a_guest_and_a_token_spent_twice_ends_the_session(
    engine: EngineName, tmp_path: Path
) -> None:
    """A new tab of the copy has no token; who digs it out of the disk has the key as well.

    He goes on with the session until its owner does: then both are out, as after any theft.
    """
    owns, copied = tmp_path / "own", tmp_path / "copied"
    owns.mkdir()
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(open_stack(Plan(ports=Ports.free())))
        redis = Redis.from_url(stack.redis_url, decode_responses=True)
        await opened.enter_async_context(redis)
        business_id = await keeping_business(redis, stack.origin("shop"))
        servers = Servers.watched(stack, await opened.enter_async_context(open_http()))
        page = f"{stack.origin('shop')}/embed?business_id={business_id}&element=payment"

        owner = await opened.enter_async_context(running_engine(engine, "default", profile=owns))
        await owner.open(page)
        assert "guest" == await owner.wait(_HEARD, "initialized")
        await sign_in(engine, owner, stack, CUSTOMER)
        stored = await _in_frame(owner, _STORED)

        shutil.copytree(owns, copied, ignore=_LOCKS)
        thief = await opened.enter_async_context(running_engine(engine, "default", profile=copied))
        await thief.open(page)
        assert "guest" == await thief.wait(_HEARD, "initialized")
        assert [] == servers.calls("refresh")

        await _in_frame(thief, _PUT, stored)
        await thief.command("refresh")
        assert "authenticated" == await thief.wait(_HEARD, "initialized")
        assert "session_expired" == await owner.wait(_REFRESH)  # `REFRESH_TOKEN_REUSED`
        ended = {"session_revoked", "not_connected"}  # the second if its list has heard it before
        assert await thief.wait(_REFRESH) in ended
        for driver in (owner, thief):
            await driver.command("refresh")
            assert "guest" == await driver.wait(_HEARD, "initialized")


async def _in_frame(driver: WebDriver, script: str, *arguments: object) -> object:
    await driver.frame("#elements iframe", 0)
    told = await driver.wait(script, *arguments)
    await driver.top()
    return told
