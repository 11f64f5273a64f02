"""Calls of tests about businesses that a store has lost."""

from aiohttp import ClientResponse
from redis.asyncio import Redis

from link_kernel.redis.pipelining import PipeliningRedis
from tests.support.clients.bridge_client import BUSINESS, SHOP, BridgeClient, Verifier
from tests.support.clients.internal_client import RunningBridge


async def primary_of(redis: Redis, key: str) -> Redis:
    """Return a client of the server that has a key."""
    return await redis.client_of(key) if isinstance(redis, PipeliningRedis) else redis


async def bootstrap(bridge: BridgeClient, business_id: str = BUSINESS) -> ClientResponse:
    """Ask for a bootstrap token of a guest."""
    body = {"element": "auth", "code_challenge": Verifier.new().challenge}
    return await bridge.post(f"bootstrap?business_id={business_id}", body, origin=SHOP)


async def readiness(bridge: RunningBridge) -> tuple[int, str]:
    """Return the status of `/readyz`, and what it says of businesses."""
    ready = await bridge.http.get("/readyz")
    return ready.status, (await ready.json())["businesses"]
