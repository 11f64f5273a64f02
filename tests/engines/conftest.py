"""Fixtures of the engines' tests: a browser in one mode, on the harness page of its own stack."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.conftest import check_keys
from tests.support.engines.modes import TABLE, ModeName
from tests.support.engines.person import Person
from tests.support.engines.running import running_engine
from tests.support.engines.scenarios import open_harness
from tests.support.installing.engines import EngineName

Cell = tuple[EngineName, ModeName]
# Those of one browser are run by one worker, since the start of a browser takes longest.
_CELLS: Final = [
    pytest.param(cell, id="-".join(cell), marks=pytest.mark.xdist_group("-".join(cell)))
    for cell in TABLE
]


@pytest.fixture(scope="module", params=_CELLS)
def cell(request: pytest.FixtureRequest) -> Cell:
    """An engine and its mode."""
    found: Cell = request.param
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def person(cell: Cell) -> AsyncIterator[Person]:
    """A person before the harness page; afterwards every key in Redis must have a TTL."""
    engine, mode = cell
    async with open_stack(Plan(ports=Ports.free(), deployed_limits=True)) as stack:
        async with running_engine(engine, mode) as driver:
            await open_harness(driver, f"{stack.origin('shop')}/")
            yield Person(engine, driver, stack)
        async with Redis.from_url(stack.redis_url, decode_responses=True) as redis:
            await check_keys(redis)
