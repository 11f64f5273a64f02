"""A bridge with both listeners, as gateways and services inside the network meet it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from elements_bridge.app import Bridge, open_bridge
from elements_bridge.settings import Settings
from link_kernel.clock import Clock
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import BridgeClient, Json, configure
from tests.support.clients.whole_response import WholeResponse
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin
from tests.support.servers.production_server import ProductionTestServer
from tests.support.waiting import until

INTERNAL_TOKEN = "i" * 22 + "nternal"
RESOURCE = "https://api.cimplify.io/v1/link/addresses"
IDENTITY = (
    *("X-Link-Customer-Id", "X-Link-Account-Id", "X-Link-Business-Id"),
    *("X-Link-Session-Id", "X-Link-Parent-Origin", "X-Link-Scope"),
)


@dataclass
class RunningBridge:
    """What a gateway and a service can ask."""

    bridge: Bridge
    public: BridgeClient
    http: TestClient[Any, Any]

    async def authorize(
        self,
        token: str | None,
        *,
        query: str = "",
        method: str = "GET",
        uri: str = "/v1/link/addresses?page=1",
        key: FrameKey | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ClientResponse:
        """Authorize as a gateway does; with a `key`, the token is bound and a proof is sent."""
        sent = {"X-Forwarded-Method": method, "X-Forwarded-Uri": uri}
        if token is not None:
            sent["Authorization"] = f"{'Bearer' if key is None else 'DPoP'} {token}"
        if key is not None:
            sent["DPoP"] = key.proof(RESOURCE, method=method, token=token)
        return await self.http.get(f"/authorize?{query}", headers={**sent, **(headers or {})})

    async def heard(self, session_id: str) -> None:
        """Return once this bridge's feed has read a revocation."""
        await until(lambda: self.bridge.feed.is_revoked(session_id, None))

    async def introspect(self, token: str, **headers: str) -> ClientResponse:
        """Introspect a token as a service does."""
        sent = {"Authorization": f"Bearer {INTERNAL_TOKEN}", **headers}
        return await self.http.post("/introspect", data={"token": token}, headers=sent)

    async def revoke(self, body: object, **headers: str) -> ClientResponse:
        """Revoke sessions as an operator does."""
        sent = {"Authorization": f"Bearer {INTERNAL_TOKEN}", **headers}
        return await self.http.post("/revoke", json=body, headers=sent)


@asynccontextmanager
async def running_both_listeners(settings: Settings, clock: Clock) -> AsyncIterator[RunningBridge]:
    """Serve both listeners of a bridge on free ports; the shop is listed for the business."""
    async with open_bridge(settings, clock=clock) as bridge:
        await configure(bridge.internal.businesses, mode=settings.mode)
        async with serving_both_listeners(bridge) as running:
            yield running


@asynccontextmanager
async def serving_both_listeners(bridge: Bridge) -> AsyncIterator[RunningBridge]:
    """Serve both listeners of an open bridge on free ports."""
    public, internal = new_application(bridge.metrics), new_application(bridge.metrics)
    bridge.mount_public(public)
    bridge.mount_internal(internal)
    async with (
        TestClient(ProductionTestServer(public), response_class=WholeResponse) as http,
        TestClient(ProductionTestServer(internal), response_class=WholeResponse) as own,
    ):
        yield RunningBridge(bridge, BridgeClient(http), own)


async def signed_in(
    both_listeners: RunningBridge, login: LinkLogin, *, key: FrameKey | None = None
) -> Json:
    """Return the grant of a customer's `address` element."""
    return await replace(both_listeners.public, frame_key=key).init(
        element="address", token=login.token
    )
