"""The internal listener: alive, ready, figures. No gateway routes to it."""

from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel

from elements_bridge.storage import RedisBusinesses
from link_kernel import metrics
from link_kernel.errors import NotFound
from link_kernel.metrics import Metrics
from link_kernel.revocation_feed import RevocationFeed
from link_kernel.web.envelope import bare

_LOCALHOST: Final = "localhost"


class Health(BaseModel):
    """Answer of `/healthz`: the process runs."""

    status: str = "ok"


class Readiness(BaseModel):
    """Answer of `/readyz`: each thing a request needs, `ok` or what is wrong with it."""

    redis: str
    keyring: str = "ok"
    revocations: Literal["ok", "stale"]


@dataclass(frozen=True, slots=True)
class Internal:
    """Answers the platform's own questions."""

    businesses: RedisBusinesses
    host: str
    metrics: Metrics
    feed: RevocationFeed

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.middlewares.append(self._own_host())
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.figures)

    async def healthz(self, _request: web.Request) -> web.Response:
        """`GET /healthz`: 200 as long as the process answers."""
        return bare(Health())

    async def readyz(self, _request: web.Request) -> web.Response:
        """`GET /readyz`: 200 when Redis answers, evicts nothing and is followed, else 503."""
        faults = await self.businesses.faults()
        # The keyring signed and verified before this listener opened; see `Keyring.of`.
        fresh = self.feed.is_fresh
        readiness = Readiness(
            redis=", ".join(faults) or "ok", revocations="ok" if fresh else "stale"
        )
        ready = fresh and not faults
        return bare(readiness, status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)

    async def figures(self, _request: web.Request) -> web.Response:
        """`GET /metrics`: what this service counted, in the Prometheus text format."""
        return web.Response(
            body=self.metrics.text(), headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE}
        )

    def _is_own(self, name: str) -> bool:
        """Tell whether a name is loopback's or the configured one; no rebound name is an address.

        Listening on every address, all addresses are ours: a platform's probe uses the pod's.
        """
        if name in {_LOCALHOST, self.host}:
            return True
        address, configured = _address(name), _address(self.host)
        if address is None:
            return False
        return address.is_loopback or (configured is not None and configured.is_unspecified)

    def _own_host(self) -> Middleware:
        @web.middleware
        async def require_own_host(request: web.Request, handler: Handler) -> web.StreamResponse:
            """Refuse names that are not ours, so that no web page can reach us by DNS rebinding."""
            if not self._is_own(_host_name(request.host)):
                raise NotFound("host")
            return await handler(request)

        return require_own_host


def _host_name(host: str) -> str:
    """Return the name or address of a `Host` header, without its port; nothing for nonsense."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
