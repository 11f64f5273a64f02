"""A hanging Redis replica slows down published revocations, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_api.app import open_link_api
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.sessions.revocation_publisher import ANNOUNCING_CONNECTIONS
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import running_bridge, settings_for
from tests.support.clients.link_client import LinkClient, Outbox
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.clients.whole_response import WholeResponse
from tests.support.link_login import log_in
from tests.support.servers.databases import sqlite_in
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock
from tests.support.waiting import next_turn, until_replicating

LOGOUTS = 40
FEED = 1  # each service's own connection that waits on the stream


@pytest.fixture
async def hanging() -> AsyncIterator[EmbeddedRedis]:
    """A Redis whose replica has stopped answering."""
    async with (
        EmbeddedRedis() as server,
        EmbeddedRedis() as standby,
        Redis.from_url(standby.url) as replica,
    ):
        host, port = server.url.removeprefix("redis://").removesuffix("/0").split(":")
        await replica.replicaof(host, port)
        await until_replicating(replica)
        standby.pause()
        try:
            yield server
        finally:
            standby.resume()


async def waiting_at_once(redis: Redis, asked: asyncio.Future[list[ClientResponse]]) -> int:
    """Return how many connections waited for the replica at once, at most."""
    most = 0
    while not asked.done():
        clients = await redis.info("clients")
        most = max(most, int(clients["blocked_clients"]))
        await next_turn()
    return most


async def flood(
    redis: Redis, logout: Callable[[str], asyncio.Future[ClientResponse]], tokens: list[str]
) -> int:
    """Log all out at once; return how many connections waited at once, at most."""
    asked = asyncio.gather(*(logout(token) for token in tokens))
    most = await waiting_at_once(redis, asked)
    assert [answer.status for answer in await asked] == [200] * len(tokens)
    return most


async def test_a_flood_of_logouts_leaves_the_sessions_their_connections(
    hanging: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Sharing the sessions' 64 connections they would hold 40 of them."""
    async with (
        running_bridge(settings_for(hanging.url, keyring), clock) as bridge,
        Redis.from_url(hanging.url, decode_responses=True) as redis,
    ):
        tokens = [(await bridge.init())["access_token"] for _ in range(LOGOUTS)]

        def logout(token: str) -> asyncio.Future[ClientResponse]:
            return asyncio.ensure_future(bridge.post("logout", {"scope": "element"}, token=token))

        most = await flood(redis, logout, tokens)
    assert 2 <= most <= ANNOUNCING_CONNECTIONS + FEED


async def test_the_link_apis_logouts_too(
    hanging: EmbeddedRedis, tmp_path: Path, clock: MovableClock
) -> None:
    settings = link_settings_for(hanging.url, sqlite_in(tmp_path))
    async with (
        open_link_api(settings, clock=clock, sender=Outbox()) as link_api,
        Redis.from_url(hanging.url, decode_responses=True) as redis,
    ):
        root = new_application()
        link_api.mount(root)
        tokens = [(await log_in(redis)).token for _ in range(LOGOUTS)]
        async with TestClient(ProductionTestServer(root), response_class=WholeResponse) as http:
            link = LinkClient(http, Outbox())

            def logout(token: str) -> asyncio.Future[ClientResponse]:
                return asyncio.ensure_future(link.logout(token))

            most = await flood(redis, logout, tokens)
    assert 2 <= most <= ANNOUNCING_CONNECTIONS + FEED
