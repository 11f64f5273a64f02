"""Fixtures of all tests: a real Redis, a movable clock, and the check that every key has a TTL."""

import asyncio
import gc
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from _pytest.nodeid import coerce_node_id
from aiohttp import ClientTimeout
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from redis.asyncio import Redis

from elements_bridge.businesses.backup import presence
from elements_bridge.http import auth_service_client
from elements_bridge.keyring import KeyringFile, new_keyring_file
from link_api.database import engine, locks
from link_dev.embedded import free_port
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel import looks
from link_kernel.observability.logs import JsonFormatter
from link_kernel.redis import connection, pools
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions import revocation_feed
from tests.support.browser_code import build_if_outdated
from tests.support.link_login import LinkLogin, log_in
from tests.support.memory_folder import temporary_files_in_memory
from tests.support.redis_content import content_of
from tests.support.servers.topologies import TOPOLOGIES, RedisServer, open_client
from tests.support.time_machine import MovableClock, TimeMachine

pytest_plugins = ["tests.support.servers.databases", "link_dev.testing"]

# How fast an example is made or run says how busy the machine is, nothing of the code.
hypothesis_settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("busy")

# Module, name, production's time-out, and the tests' own: fifty writers at once queue for a lock.
_TIME_OUTS: Final = tuple(
    (module, name, getattr(module, name), longer)
    for module, name, longer in (
        (connection, "_CONNECT_TIMEOUT_S", 20.0),
        (connection, "_READ_TIMEOUT_S", 20.0),
        (pools, "_FOLLOW_MARGIN_S", 20.0),
        (engine, "_CONNECT_S", 20.0),
        (engine, "_BUSY_MS", 20_000),
        (engine, "_LOCK_MS", 20_000),
        (engine, "_STATEMENT_MS", 30_000),
        (engine, "_ANSWER_S", 40.0),
        (auth_service_client, "_TIMEOUT", ClientTimeout(total=6, connect=6)),
        (locks, "_LONGEST_WAIT_S", 60.0),
        (looks, "_PATIENCE_S", 60.0),
        (presence, "_LONGEST_START_S", 60.0),
        (revocation_feed, "_LONGEST_START_S", 60.0),
    )
)
_CONFIGURATION = (redis_keys.business(""),)
_ONE_SERVER: Final = "single"
_NO_TTL = -1  # Redis's reply for a key without a TTL; -2 is a key that is gone by now
# A random text of base64url may hold a prefix, one in a million begins with one.
_TOKEN_IN_CLEAR = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?:lnk|rfr|elb|elr)_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run name the topology of the Redis that its tests share; it has those tests alone."""
    parser.addoption("--redis-topology", choices=sorted(TOPOLOGIES), default=_ONE_SERVER)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what `make engines` runs; there, one worker takes a file with its servers and pages."""
    if config.getoption("redis_topology") != _ONE_SERVER:
        _leave_out_what_is_elsewhere_the_same(config, items)
    for item in items:
        if item.path.parent.name == "engines":
            item.add_marker("with_engines")
        elif item.get_closest_marker("with_engines"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        _tell_group(item)


def _leave_out_what_is_elsewhere_the_same(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests without the shared Redis, which has the topology that the run is about."""
    found: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        found["redis_server" in getattr(item, "fixturenames", ())].append(item)
    items[:] = found[True]
    config.hook.pytest_deselected(items=found[False])


def _tell_group(item: pytest.Item) -> None:
    """Let `--dist loadgroup` know an item's group, which it reads from the end of its name.

    pytest-xdist 3.8 writes the name to where pytest 9.2 does not look: without this, each group is
    spread over all workers, and a browser and its stack start once more in each.
    """
    mark = item.get_closest_marker("xdist_group")
    if mark is None or not item.config.getoption("loadgroup", default=False):
        return
    ending = f"@{mark.args[0]}"
    if not item.nodeid.endswith(ending):
        item._id = coerce_node_id(f"{item.nodeid}{ending}")  # noqa: SLF001  # no public way
    if not item.nodeid.endswith(ending):
        raise pytest.UsageError(f"{item.nodeid} is in no group of `--dist loadgroup`")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Build the browser code once: before the tests, and before the workers that share it.

    A failure is reported with the services' log lines whole: what they refused, and why.
    """
    if not hasattr(config, "workerinput"):
        run = ExitStack()
        run.enter_context(temporary_files_in_memory())
        config.add_cleanup(run.close)
        build_if_outdated()
    reporting = config.pluginmanager.get_plugin("logging-plugin")
    assert reporting is not None
    reporting.report_handler.setFormatter(JsonFormatter())


def pytest_collection_finish() -> None:
    """Freeze what is collected: a full garbage collection over thousands of tests takes seconds.

    In them no server of the process answers, so that time-outs pass which say nothing of the code.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Give the stores time: where all share two busy cores, a second is soon over.

    Tests that stop or pause a store of their own use `production_time_outs` instead.
    """
    with pytest.MonkeyPatch.context() as patched:
        for module, name, _, longer in _TIME_OUTS:
            patched.setattr(module, name, longer)
        yield


@pytest.fixture
def production_time_outs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore production's time-outs for Redis and SQL."""
    for module, name, production, _ in _TIME_OUTS:
        monkeypatch.setattr(module, name, production)


@pytest.fixture(scope="session", autouse=True)
def own_ports() -> Iterator[None]:
    """Give each worker ports of its own: two that look at once would find the same one free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first, count = free_port._FIRST, free_port._COUNT  # noqa: SLF001  # a share of them is taken
    count //= int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(free_port, "_FIRST", first + worker * count)
        patched.setattr(free_port, "_COUNT", count)
        yield


@pytest.fixture(scope="session")
def redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """One real Redis for the whole run, in the topology that the run was asked for."""
    running = TOPOLOGIES[request.config.getoption("redis_topology")]()
    with asyncio.Runner() as runner:
        yield runner.run(running.__aenter__())
        runner.run(running.__aexit__(None, None, None))


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A client of the Redis, emptied; afterwards every key must have had a TTL and no secret."""
    async with open_client(redis_server.url) as client:
        await client.flushall()
        yield client
        await check_keys(client)


@pytest.fixture
def redis_url(redis_server: RedisServer, redis: Redis) -> str:
    """The address of the emptied Redis."""
    return redis_server.url


@pytest.fixture
async def own_redis(production_time_outs: None) -> AsyncIterator[EmbeddedRedis]:
    """A Redis for one test alone, which may stop or pause it; time-outs are production's."""
    async with EmbeddedRedis() as server:
        yield server


@pytest.fixture(scope="session")
def keyring() -> KeyringFile:
    """One keyring for the run."""
    return new_keyring_file()


@pytest.fixture
async def login(redis: Redis) -> LinkLogin:
    """A customer's login."""
    return await log_in(redis)


@pytest.fixture
def clock() -> MovableClock:
    """The injected clock."""
    return MovableClock()


@pytest.fixture
def time_machine(clock: MovableClock, redis: Redis) -> TimeMachine:
    """Moves the clock and what Redis holds together."""
    return TimeMachine(clock, redis)


async def check_keys(redis: Redis) -> None:
    """Fail for a key without a TTL that is no configuration, and for a token in clear."""
    async for found in redis.scan_iter("*"):
        key = str(found)
        if not key.startswith(_CONFIGURATION):
            assert await redis.pttl(key) != _NO_TTL, f"{key} never expires"
        content = await content_of(redis, key)
        assert not _TOKEN_IN_CLEAR.search(f"{key} {content}"), f"{key} holds a token in clear"
