"""A gateway with the bridge and recording upstreams behind it, and a frame's calls through it."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict
from yarl import URL

from elements_bridge.app import open_bridge
from elements_bridge.settings import Settings
from link_kernel.clock import Clock
from link_kernel.web.application import new_application
from tests.gateways.processes import running_gateway
from tests.gateways.samples import HOST, UpstreamPorts
from tests.support.clients.bridge_client import LINK, BridgeClient, Json, list_shop
from tests.support.clients.whole_response import WholeResponse
from tests.support.frame_key import FrameKey
from tests.support.installing.gateways import GatewayName
from tests.support.servers.production_server import ProductionTestServer

ADDRESSES: Final = "/v1/deliveries"
CHECKOUT: Final = "/v1/checkout/offers"
HEALTH: Final = "/readyz"
LINK_HOST: Final = "link.cimplify.io"
Body = bytes | AsyncIterable[bytes]  # the second is sent in chunks, without a length


@dataclass(frozen=True)
class RecordedRequest:
    """A recorded request; `headers` keep their spelling and duplicates."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    async def of(cls, request: web.Request) -> "RecordedRequest":
        """Record a request."""
        headers = tuple(
            (name.decode(), value.decode(errors="replace")) for name, value in request.raw_headers
        )
        return cls(request.method, request.raw_path, headers, await request.read())

    def all_of(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for given, value in self.headers if given.lower() == name.lower()]

    @property
    def identity(self) -> dict[str, str]:
        """The `X-Link-*` headers as upstreams may read them: to some every sign is a `-`."""
        named = [(re.sub("[^a-z0-9]", "-", name.lower()), value) for name, value in self.headers]
        found = [(name, value) for name, value in named if name.startswith("x-link-")]
        assert len(found) == len(dict(found)), f"a header came twice: {found}"
        return dict(found)


@dataclass
class RecordingService:
    """An upstream that records the requests it receives."""

    seen: list[RecordedRequest] = field(default_factory=list)
    status: int = 200

    async def answer(self, request: web.Request) -> web.Response:
        """Record the request, unless a gateway asks how we are, and answer."""
        if request.path != HEALTH:
            self.seen.append(await RecordedRequest.of(request))
            return web.json_response({"from": "upstream"}, status=self.status)
        return web.Response()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[BaseTestServer]:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with TestServer(app) as server:
            yield server


@dataclass
class GatewayStack:
    """Gateway, bridge and upstreams of one test. `frame` calls the bridge without the gateway."""

    port: int
    http: ClientSession
    frame: BridgeClient
    internal: BaseTestServer
    asked: list[RecordedRequest]
    main_api: RecordingService
    checkout: RecordingService
    upstreams: tuple[BaseTestServer, ...]

    @property
    def forwarded(self) -> list[RecordedRequest]:
        """All requests that reached an upstream."""
        return self.main_api.seen + self.checkout.seen

    async def send(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        body: Body | None = None,
        host: str = LINK_HOST,
    ) -> ClientResponse:
        """Send a request with exactly this path, without normalising it."""
        url = URL(f"http://{HOST}:{self.port}{target}", encoded=True)
        sent = CIMultiDict([("Host", host), *headers])
        return await self.http.request(method, url, headers=sent, data=body, allow_redirects=False)

    async def call(
        self,
        target: str,
        grant: Json,
        *,
        method: str = "GET",
        claims: Mapping[str, object] | None = None,
        headers: Iterable[tuple[str, str]] = (),
        body: Body | None = None,
        host: str = LINK_HOST,
    ) -> ClientResponse:
        """Call as a frame does, with token and proof; `claims` replace claims of the proof."""
        token, key = grant["access_token"], self.frame.frame_key
        sent = [("Authorization", f"{grant['token_type']} {token}")]
        if key is not None:
            url = f"{LINK}{target.partition('?')[0]}"
            proof = key.proof(url, method=method, token=token, claims=dict(claims or {}))
            sent.append(("DPoP", proof))
        return await self.send(
            target, method=method, headers=[*sent, *headers], body=body, host=host
        )

    @asynccontextmanager
    async def another_bridge(
        self, status: int, headers: Mapping[str, str], text: str = ""
    ) -> AsyncIterator[None]:
        """Replace the internal listener by one that always gives the same answer."""

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(
                status=status, text=text, content_type="application/json", headers=headers
            )

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        port = self.internal.port
        await self.internal.close()
        async with TestServer(app, port=port):
            yield


@asynccontextmanager
async def running_gateway_stack(
    name: GatewayName, settings: Settings, clock: Clock
) -> AsyncIterator[GatewayStack]:
    """Run gateway, bridge and upstreams; the shop is listed, and the frame has a key."""
    asked: list[RecordedRequest] = []
    main_api, checkout = RecordingService(), RecordingService()
    async with open_bridge(settings, clock=clock) as bridge:
        await list_shop(bridge.internal.businesses)
        public, internal = new_application(bridge.metrics), new_application(bridge.metrics)
        internal.middlewares.append(_recording(asked))
        bridge.mount_public(public)
        bridge.mount_internal(internal)
        async with (
            TestClient(ProductionTestServer(public), response_class=WholeResponse) as own,
            ProductionTestServer(internal) as inside,
            main_api.serving() as first,
            checkout.serving() as second,
            running_gateway(name, _upstream_ports(own.server, inside, first, second)) as port,
            ClientSession(response_class=WholeResponse) as http,
        ):
            frame = BridgeClient(own, FrameKey())
            yield GatewayStack(
                port, http, frame, inside, asked, main_api, checkout, (first, second)
            )


def _upstream_ports(*servers: BaseTestServer) -> UpstreamPorts:
    """Return the ports of bridge, internal listener, main API and checkout.

    The main API is the Link API too.
    """
    bridge, internal, main_api, checkout = (int(server.port or 0) for server in servers)
    return UpstreamPorts(bridge, internal, main_api, main_api, main_api, checkout)


def _recording(asked: list[RecordedRequest]) -> Middleware:
    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != HEALTH:
            asked.append(await RecordedRequest.of(request))
        return await handler(request)

    return record
