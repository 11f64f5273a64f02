"""The internal listener of either service: alive, ready, figures. No gateway routes to it."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, SecretStr

from link_kernel import metrics
from link_kernel.errors import ApiError, NotFound, Unauthenticated
from link_kernel.metrics import Metrics
from link_kernel.security_events import SecurityEvent
from link_kernel.web.credentials import read_bearer
from link_kernel.web.response import unwrapped

OK: Final = "ok"
_LOCALHOST: Final = "localhost"


class Health(BaseModel):
    """Answer of `/healthz`: the process runs."""

    status: str = OK


class Readiness(BaseModel):
    """Answer of `/readyz`: each thing a request needs, `ok` or what is wrong with it."""

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong."""
        return all(found == OK for found in self.model_dump().values())


@dataclass(frozen=True, slots=True)
class InternalToken:
    """What callers from inside the network hold; `setting` names where it was set, or was not."""

    held: SecretStr | None = field(repr=False)
    setting: str

    def require(self, request: web.Request) -> None:
        """Return for a caller that holds the token; raise `Unauthenticated` for any other."""
        event = SecurityEvent.INTERNAL_CREDENTIAL_REFUSED
        if self.held is None:
            missing = {"missing_setting": self.setting}
            raise Unauthenticated("no internal token is set", details=missing, event=event)
        try:
            presented = read_bearer(request) or ""
        except ApiError as error:
            raise Unauthenticated(error.detail, event=event) from error
        if not hmac.compare_digest(presented.encode(), self.held.get_secret_value().encode()):
            raise Unauthenticated("internal token", event=event)


@dataclass(frozen=True, slots=True)
class InternalListener:
    """Answers the platform's own questions; `examine` finds out whether the service is ready.

    With a `figures_token` the figures are for its holders alone.
    """

    host: str
    metrics: Metrics
    examine: Callable[[], Awaitable[Readiness]]
    figures_token: InternalToken | None = None

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.middlewares.append(self._own_host())
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.figures)

    async def healthz(self, _request: web.Request) -> web.Response:
        """`GET /healthz`: 200 as long as the process answers."""
        return unwrapped(Health())

    async def readyz(self, _request: web.Request) -> web.Response:
        """`GET /readyz`: 200 when everything a request needs is there, else 503 and what is not."""
        found = await self.examine()
        ready = HTTPStatus.OK if found.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return unwrapped(found, status=ready)

    async def figures(self, request: web.Request) -> web.Response:
        """`GET /metrics`: what this service counted, in the Prometheus text format."""
        if self.figures_token is not None:
            self.figures_token.require(request)
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
