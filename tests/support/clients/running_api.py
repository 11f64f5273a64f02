"""A Link API with both listeners, as callers and the platform that runs it meet it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient

from link_api.app import LinkApi, open_link_api
from link_api.settings import Settings
from link_kernel.clock import Clock
from link_kernel.web.application import new_application
from tests.support.clients.link_client import LinkClient, Outbox
from tests.support.clients.whole_response import WholeResponse
from tests.support.servers.production_server import ProductionTestServer


@dataclass
class RunningApi:
    """A Link API with both listeners."""

    api: LinkApi
    link: LinkClient
    http: TestClient[Any, Any]

    async def ready(self) -> tuple[int, dict[str, str]]:
        """Return what `/readyz` says."""
        answer = await self.http.get("/readyz")
        return answer.status, await answer.json()


@asynccontextmanager
async def running_api(settings: Settings, clock: Clock) -> AsyncIterator[RunningApi]:
    """Serve both listeners on free ports."""
    outbox = Outbox()
    async with open_link_api(settings, clock=clock, sender=outbox) as api:
        public, internal = new_application(api.metrics), new_application(api.metrics)
        api.mount(public)
        api.mount_internal(internal)
        async with (
            TestClient(ProductionTestServer(public), response_class=WholeResponse) as http,
            TestClient(ProductionTestServer(internal), response_class=WholeResponse) as own,
        ):
            yield RunningApi(api, LinkClient(http, outbox), own)
