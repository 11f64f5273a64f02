"""A Redis Cluster whose servers have no slots: not created yet, or come back without a disk."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from elements_bridge.app import open_bridge
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.server import HOST
from tests.support.clients.bridge_client import configure, granted, settings_for
from tests.support.clients.business_calls import bootstrap
from tests.support.clients.internal_client import serving_both_listeners
from tests.support.clients.link_client import new_phone
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.clients.running_api import running_api
from tests.support.logged import logged_text
from tests.support.servers.commands import run_module
from tests.support.servers.databases import sqlite_in
from tests.support.servers.redis_cluster import ClusterServer
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered


@pytest.fixture
async def server(production_time_outs: None) -> AsyncIterator[ClusterServer]:
    """A server in cluster mode, which has no slots."""
    async with ClusterServer() as running:
        yield running


@pytest.fixture
def url(server: ClusterServer) -> str:
    """The address of the Cluster."""
    return f"redis+cluster://{HOST}:{server.port}"


@pytest.fixture(autouse=True)
def nothing_unforeseen() -> Iterator[None]:
    """Fail for a traceback in the log."""
    with logged_text() as log:
        yield
    assert '"traceback":' not in log.getvalue()


async def test_a_bridge_beside_it_is_503_and_heals_when_the_cluster_is_created(
    server: ClusterServer, url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with (
        open_bridge(settings_for(url, keyring), clock=clock) as opened,
        serving_both_listeners(opened) as bridge,
    ):
        for _ in range(2):
            await assert_unavailable(await bootstrap(bridge.public))
            await until_answered(partial(says, bridge.http, "cluster_down"))
            await server.take_all_slots()
            await until_answered(partial(says, bridge.http, "ok"))
            await configure(opened.internal.businesses)
            await granted(await bootstrap(bridge.public))
            await server.forget_the_cluster()
            clock.ahead_ms += 5_000


async def test_a_link_api_beside_it_is_503_and_heals_when_the_cluster_is_created(
    server: ClusterServer, url: str, clock: MovableClock, tmp_path: Path
) -> None:
    async with running_api(link_settings_for(url, sqlite_in(tmp_path)), clock) as running:
        for _ in range(2):
            await assert_unavailable(await running.link.request_otp(new_phone()))
            await until_answered(partial(says, running.http, "cluster_down"))
            await server.take_all_slots()
            await until_answered(partial(says, running.http, "ok"))
            await running.link.sign_in()
            await server.forget_the_cluster()


async def test_a_command_beside_it_says_so_in_one_line(url: str) -> None:
    env = {"ELEMENTS_REDIS_URL": url, "PATH": ""}
    for command in (["business", "export", "--file", "-"], ["business", "list"]):
        status, out, words = run_module("elements_bridge", *command, env=env)
        said = words.splitlines()[-1]
        assert (status, out, "Traceback" in words) == (1, "", False)
        assert said.startswith("elements-bridge: Redis cannot be used (ClusterDownError);")


async def assert_unavailable(answer: ClientResponse) -> None:
    """Fail unless an answer asks its client to come back."""
    body = await answer.json()
    assert (answer.status, body["error"]["code"]) == (503, "STORE_UNAVAILABLE"), body
    assert body["error"]["retryable"]
    assert answer.headers["Retry-After"]


async def says(internal: TestClient[Any, Any], fault: str) -> bool:
    """Tell whether `/readyz` says this of Redis; with a fault it is 503."""
    ready = await internal.get("/readyz")
    assert ready.status == 503 or fault == "ok"
    return bool((await ready.json())["redis"] == fault)
