"""A running bridge for HTTP tests."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import KeyringFile
from link_api.app import open_link_api
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import (
    BridgeClient,
    configure,
    running_bridge,
    settings_for,
)
from tests.support.clients.internal_client import (
    INTERNAL_TOKEN,
    RunningBridge,
    running_both_listeners,
)
from tests.support.clients.limited_calls import OTHER, Serve
from tests.support.clients.link_client import Outbox
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.frame_key import FrameKey
from tests.support.servers.databases import sqlite_in
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock


@pytest.fixture
async def bridge(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[BridgeClient]:
    """A bridge on the test Redis, without an auth service."""
    async with running_bridge(settings_for(redis_url, keyring), clock) as client:
        yield client


@pytest.fixture
def outbox() -> Outbox:
    """What the sender has sent."""
    return Outbox()


@pytest.fixture
async def auth_service(
    redis_url: str, tmp_path: Path, clock: MovableClock, outbox: Outbox
) -> AsyncIterator[TestServer]:
    """A running auth service, the real one."""
    settings = link_settings_for(redis_url, sqlite_in(tmp_path))
    async with open_link_api(settings, clock=clock, sender=outbox) as link_api:
        root = new_application()
        link_api.mount(root)
        server = ProductionTestServer(root)
        async with server:
            yield server


@pytest.fixture
async def signing_bridge(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, auth_service: TestServer
) -> AsyncIterator[BridgeClient]:
    """A bridge in front of the auth service."""
    settings = settings_for(redis_url, keyring, auth_service_url=str(auth_service.make_url("")))
    async with running_bridge(settings, clock) as client:
        yield client


@pytest.fixture
def frame(bridge: BridgeClient) -> BridgeClient:
    """A frame with a key of its own."""
    return replace(bridge, frame_key=FrameKey())


@pytest.fixture
async def serve(redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock) -> Serve:
    """A bridge to start. A second business is known beside the usual one."""
    await configure(RedisBusinesses(redis), business_id=OTHER)

    def start(**limits: object) -> AbstractAsyncContextManager[BridgeClient]:
        values = {"trusted_proxies": "127.0.0.0/8", **limits}
        return running_bridge(settings_for(redis_url, keyring, **values), clock)

    return start


@pytest.fixture
async def both_listeners(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[RunningBridge]:
    """A bridge with both listeners."""
    settings = settings_for(redis_url, keyring, internal_token=INTERNAL_TOKEN)
    async with running_both_listeners(settings, clock) as found:
        yield found
