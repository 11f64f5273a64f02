"""Fixtures of the browser tests: one Chromium, one stack, and a browser context for each test."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from link_kernel.redis import keys as redis_keys
from tests.conftest import check_keys
from tests.support.browser.chromium import connected_chromium
from tests.support.browser.failure_report import what_was_seen
from tests.support.browser.npm_shop import NpmShop
from tests.support.browser.servers import DEADLINE_S, Servers, open_http
from tests.support.browser.visitor import Visitor
from tests.support.installing.chromium import find_chromium, find_light_chromium
from tests.support.once import once_per_run
from tests.support.time_machine import MovableClock

_SESSION: Final = "session"
_FAILED: Final = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the fixtures whether the test failed."""
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope=_SESSION)
def chromium() -> str:
    """The path of the Chromium, which `make test` installs where it can."""
    return find_chromium()


@pytest_asyncio.fixture(scope=_SESSION, loop_scope=_SESSION)
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One plain Chromium, as a customer has it, driven by Playwright."""
    async with connected_chromium(chromium) as browser:
        yield browser


@pytest_asyncio.fixture(scope=_SESSION, loop_scope=_SESSION)
async def light_browser() -> AsyncIterator[Browser]:
    """One Chromium without windows: it opens a page at a third of the CPU time."""
    async with connected_chromium(await asyncio.to_thread(find_light_chromium)) as browser:
        yield browser


@pytest.fixture
def fitting_browser(request: pytest.FixtureRequest) -> Browser:
    """The light Chromium, or the whole one for a test that is marked `whole_browser`."""
    is_whole = request.node.get_closest_marker("whole_browser") is not None
    browser: Browser = request.getfixturevalue("browser" if is_whole else "light_browser")
    return browser


@pytest.fixture(scope=_SESSION)
def stack_clock() -> MovableClock:
    """The clock of both services."""
    return MovableClock()


@pytest_asyncio.fixture(scope=_SESSION, loop_scope=_SESSION)
async def stack(stack_clock: MovableClock) -> AsyncIterator[Stack]:
    """Everything that `make dev` starts, on free ports."""
    async with open_stack(Plan(ports=Ports.free(), clock=stack_clock)) as stack:
        yield stack


@pytest_asyncio.fixture(scope=_SESSION, loop_scope=_SESSION)
async def http() -> AsyncIterator[ClientSession]:
    """An HTTP client that resolves every host of the stack."""
    async with open_http() as session:
        yield session


@pytest_asyncio.fixture(loop_scope=_SESSION)
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    """The stack's Redis with only the demo businesses; afterwards every key must have a TTL."""
    async with Redis.from_url(stack.redis_url, decode_responses=True) as client:
        async for key in client.scan_iter("*"):
            if not str(key).startswith(redis_keys.business("")):
                await client.delete(key)
        yield client
        await client.connection_pool.disconnect()  # of the one before, if it has failed over
        await check_keys(client)


@pytest.fixture
def clock(stack_clock: MovableClock) -> Iterator[MovableClock]:
    """The services' clock, reset to the true time."""
    stack_clock.ahead_ms = 0
    yield stack_clock
    stack_clock.ahead_ms = 0


@pytest_asyncio.fixture(loop_scope=_SESSION)
async def servers(stack: Stack, http: ClientSession, redis: Redis, clock: MovableClock) -> Servers:
    """The stack, with its exchanges since the beginning of the test."""
    return Servers.watched(stack, http)


@pytest_asyncio.fixture(loop_scope=_SESSION)
async def visitor(
    fitting_browser: Browser, servers: Servers, clock: MovableClock, request: pytest.FixtureRequest
) -> AsyncIterator[Visitor]:
    """The browser of a new customer; an unexpected error in it fails the test.

    The report of a failed test has what was seen in it: a flake may not come a second time.
    """
    async with open_visitor(fitting_browser, servers, clock) as visitor:
        yield visitor
        await tell_if_failed(visitor, request)


@pytest.fixture(scope=_SESSION)
def npm_shop(tmp_path_factory: pytest.TempPathFactory) -> NpmShop:
    """The shops with a bundler, bundled once for all workers."""
    return NpmShop.in_folder(once_per_run(tmp_path_factory, "npm-shop", NpmShop.bundle))


@asynccontextmanager
async def open_visitor(
    browser: Browser, servers: Servers, clock: MovableClock
) -> AsyncIterator[Visitor]:
    """Open a new customer's browser context; at its end it must have had no unexpected error."""
    context = await browser.new_context()
    context.set_default_timeout(DEADLINE_S * 1000)
    visitor = Visitor(context, servers, clock)
    yield visitor
    await context.close()
    assert visitor.problems == []


async def tell_if_failed(visitor: Visitor, request: pytest.FixtureRequest) -> None:
    """Add to the report of a failed test what was seen in the browser."""
    if request.node.stash.get(_FAILED, False):
        seen = await what_was_seen(visitor.context, visitor.requests)
        print(seen)  # noqa: T201  # pytest reports it
