"""Fixtures of the engines' tests: a browser in one mode, on the harness page of its own stack."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.conftest import check_keys
from tests.support.engines.modes import TABLE, ModeName
from tests.support.engines.running import running_engine
from tests.support.engines.stage import Stage
from tests.support.installing.engines import EngineName

_CRASH: Final = "browser crashed"
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
async def stage(cell: Cell) -> AsyncIterator[Stage]:
    """The harness page in this cell's browser; afterwards every key in Redis must have a TTL."""
    async with open_stack(Plan(ports=Ports.free(), deployed_limits=True)) as stack:
        stage = Stage(cell[0], stack, lambda: running_engine(*cell))
        yield stage
        await stage.close()
        async with Redis.from_url(stack.redis_url, decode_responses=True) as redis:
            await check_keys(redis)


@pytest.fixture
def on_crash(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """What tells in the closing lines that a browser crashed, and its scenario was played again."""
    return lambda words: record_property(_CRASH, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every browser that crashed: a scenario that was played again is no silent one."""
    for report in terminalreporter.getreports(""):
        for name, words in report.user_properties:
            if name == _CRASH and report.when == "teardown":
                terminalreporter.write_line(f"{_CRASH}, played again: {report.nodeid}: {words}")
