"""The whole stack on free ports and the test Redis."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, DummyCookieJar

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.link_dev.visitor import Visitor


@pytest.fixture
async def stack(redis_url: str) -> AsyncIterator[Stack]:
    """The stack, running."""
    async with open_stack(Plan(Ports.free(), redis_url=redis_url)) as running:
        yield running


@pytest.fixture
async def visitor(stack: Stack) -> AsyncIterator[Visitor]:
    """Whoever calls it."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Visitor(http, stack)
