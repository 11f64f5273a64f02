"""A bridge and a Link API on real stores, with a fault proxy in each place between two parts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pytest
from aiohttp import ClientTimeout
from redis.asyncio import Redis
from yarl import URL

from elements_bridge.http import auth_service_client
from elements_bridge.keyring import new_keyring_file
from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import HOST
from tests.support.clients.bridge_client import BridgeClient, running_bridge
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.link_client import LinkClient, running_link_api, settings_for
from tests.support.servers.fault_proxy import FaultProxy
from tests.support.time_machine import MovableClock

# Production's are longer: a fault that is silent costs each caller of the test one of them.
_REDIS: Final = {"redis_connect_timeout": 300, "redis_read_timeout": 300}
_SQL: Final = {"database_connect_timeout": 500, "database_read_timeout": 2_000}
_AUTH_SERVICE: Final = ClientTimeout(total=4, connect=0.5)


class Place(StrEnum):
    """Between which two parts a fault may be."""

    CLIENT = "client → bridge"
    BRIDGE_REDIS = "bridge → Redis"
    AUTH_SERVICE = "bridge → auth service"
    LINK_REDIS = "Link API → Redis"
    POSTGRESQL = "Link API → PostgreSQL"


@dataclass(frozen=True)
class FaultyStack:
    """Both services as clients reach them, Redis as it is, and the proxies."""

    bridge: BridgeClient
    link: LinkClient
    redis: Redis
    proxies: Mapping[Place, FaultProxy]


@asynccontextmanager
async def faulty_stack(database_url: str) -> AsyncIterator[FaultyStack]:
    """Serve both on a Redis of their own and a migrated PostgreSQL."""
    async with AsyncExitStack() as opened:
        patched = opened.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(auth_service_client, "_TIMEOUT", _AUTH_SERVICE)
        server = await opened.enter_async_context(EmbeddedRedis())
        redis = Redis.from_url(server.url, decode_responses=True)
        await opened.enter_async_context(redis)
        proxies: dict[Place, FaultProxy] = {}

        async def port(place: Place, to: int) -> int:
            proxies[place] = FaultProxy(to)
            return await opened.enter_async_context(proxies[place].running())

        async def redis_url(place: Place) -> str:
            return f"redis://{HOST}:{await port(place, server.port)}/0"

        sql = URL(database_url)
        assert sql.port is not None
        link_settings = settings_for(
            await redis_url(Place.LINK_REDIS),
            str(sql.with_port(await port(Place.POSTGRESQL, sql.port))),
            **_REDIS,
            **_SQL,
        )
        clock = MovableClock()
        link = await opened.enter_async_context(running_link_api(link_settings, clock))
        auth_service = await port(Place.AUTH_SERVICE, link.http.port or 0)
        bridge_settings = bridge_settings_for(
            await redis_url(Place.BRIDGE_REDIS),
            new_keyring_file(),
            auth_service_url=f"http://{HOST}:{auth_service}",
            mode="test",
            **_REDIS,
        )
        bridge = await opened.enter_async_context(running_bridge(bridge_settings, clock))
        await _lead_through(bridge, await port(Place.CLIENT, bridge.http.port or 0))
        yield FaultyStack(bridge, link, redis, proxies)


async def _lead_through(bridge: BridgeClient, port: int) -> None:
    """Have the bridge's client call it by another port."""
    bridge.http.server._root = URL(f"http://{HOST}:{port}")  # noqa: SLF001  # no public way
