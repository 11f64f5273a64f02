"""The internal listener of both services: liveness, readiness, metrics; no gateway routes to it."""

import hmac
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, ClassVar, Final, Literal

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, SecretStr

from link_kernel.errors import ApiError, Unauthenticated
from link_kernel.observability import metrics
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent
from link_kernel.web.credentials import read_bearer
from link_kernel.web.drain import DRAIN
from link_kernel.web.request import JSON
from link_kernel.web.response import unwrapped
from link_kernel.web.unrouted import method_refused

OK: Final = "ok"
# Most customers are served, and without this process none would be.
_TOLERATED: Final = frozenset({OK, "some_primaries_fail"})
_LOCALHOST: Final = "localhost"
_HOSTS_CACHED: Final = 256
_LONGEST_HOST: Final = 260  # a DNS name and a port; what is cut off there is not ours
_HOST: Final = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[0-9A-Za-z_.-]+))(?::[0-9]*)?", re.ASCII
)


class Health(BaseModel):
    """Response of `/healthz`: the process runs."""

    status: str = OK


_HEALTHY: Final = Health().model_dump_json()


class Readiness(BaseModel):
    """Response of `/readyz`: each dependency of a request, with `ok` or its fault.

    `serving` tells of the process itself: one that was asked to end is `draining`. `forwarded_for`
    is a warning: customers are served all the same, by limits that they share.
    """

    warnings: ClassVar[frozenset[str]] = frozenset({"forwarded_for"})

    serving: Literal["ok", "draining"] = "ok"
    forwarded_for: Literal["ok", "not_believed"] = "ok"

    @property
    def is_ready(self) -> bool:
        """Whether every dependency is `ok` or fails in part only, warnings apart."""
        found = self.model_dump(exclude=set(self.warnings))
        return all(state in _TOLERATED for state in found.values())


@dataclass(frozen=True, slots=True)
class InternalToken:
    """The shared secret of internal callers; `setting` is the name of its environment variable.

    `secret` is `None` where the variable is not set: then every caller is rejected. `event` is
    what a rejection is reported as: it tells a network of ours from one where anybody may call.
    """

    secret: SecretStr | None = field(repr=False)
    setting: str
    event: SecurityEvent = SecurityEvent.INTERNAL_CREDENTIAL_REFUSED

    def is_in(self, request: web.Request) -> bool:
        """Tell whether the request has the token; nothing is reported where it has not."""
        try:
            self.require(request)
        except Unauthenticated:
            return False
        return True

    def require(self, request: web.Request) -> None:
        """Return if the request has the token; raise `Unauthenticated` otherwise."""
        if self.secret is None:
            missing = {"missing_setting": self.setting}
            raise Unauthenticated("no internal token is set", details=missing, event=self.event)
        try:
            presented = read_bearer(request) or ""
        except ApiError as error:
            raise Unauthenticated(error.detail, event=self.event) from error
        if not hmac.compare_digest(presented.encode(), self.secret.get_secret_value().encode()):
            raise Unauthenticated("internal token", event=self.event)


class HostNotAllowed(ApiError):
    """The request's `Host` is no name of the internal listener (RFC 9110 section 15.5.20)."""

    code = "HOST_NOT_ALLOWED"
    status = HTTPStatus.MISDIRECTED_REQUEST
    message = (
        "This listener does not go by the name in `Host`. Add the name to the setting in `details`,"
        " or call the listener by its address."
    )
    action = "fix_integration"


@dataclass(frozen=True, slots=True)
class OwnHosts:
    """What a `Host` may say: a loopback name, any address, `host`, which it listens on, or `names`.

    `setting` is the environment variable of `names`. DNS rebinding needs a name, so an address is
    safe: a platform's probe has the pod's. So is a request without `Host`, which no browser sends.
    """

    host: str
    names: frozenset[str]
    setting: str

    def require(self, request: web.Request) -> None:
        """Return if the request is meant for us; raise `HostNotAllowed`, which names the setting.

        The refused name stands in our log alone.
        """
        host = request.headers.get(hdrs.HOST)  # of two, aiohttp's parser takes none
        if host is None or _is_own(host[:_LONGEST_HOST], self.host, self.names):
            return
        name = _host_name(host[:_LONGEST_HOST]) or "a malformed name"
        detail = f"{name} is not in {self.setting}"
        raise HostNotAllowed(detail, details={"setting": self.setting})


@dataclass(frozen=True, slots=True)
class InternalListener:
    """Serves `/healthz`, `/readyz` and `/metrics`; `examine` returns the readiness of the service.

    With a `figures_token`, `/metrics` requires it.
    """

    hosts: OwnHosts
    metrics: Metrics
    examine: Callable[[], Awaitable[Readiness]]
    figures_token: InternalToken | None = None

    def add_to(self, app: web.Application, *others: web.RouteDef) -> None:
        """Add these routes and `others` to an application; all answer our own `Host` alone."""
        routes = (
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.figures),
            *others,
        )
        for route in routes:
            guarded = self._for_own_host(route.handler)
            web.RouteDef(route.method, route.path, guarded, route.kwargs).register(app.router)
        for path in {route.path for route in routes}:
            refuse = _refusing_other_methods({one.method for one in routes if one.path == path})
            app.router.add_route(hdrs.METH_ANY, path, self._for_own_host(refuse))

    async def healthz(self, _request: web.Request) -> web.Response:
        """`GET /healthz`: 200 as long as the process answers."""
        return web.Response(text=_HEALTHY, content_type=JSON)

    async def readyz(self, request: web.Request) -> web.Response:
        """`GET /readyz`: 200 if every dependency is ok, else 503; the body names each fault."""
        readiness = await self.examine()
        if DRAIN in request.app and request.app[DRAIN].has_begun:
            readiness = readiness.model_copy(update={"serving": "draining"})
        status = HTTPStatus.OK if readiness.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return unwrapped(readiness, status=status)

    async def figures(self, request: web.Request) -> web.Response:
        """`GET /metrics`: the metrics of this service in the Prometheus text format."""
        if self.figures_token is not None:
            self.figures_token.require(request)
        return web.Response(
            body=self.metrics.text(), headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE}
        )

    def _for_own_host(self, handler: Any) -> Handler:  # noqa: ANN401  # as aiohttp's `RouteDef`
        async def require_own_host(request: web.Request) -> web.StreamResponse:
            """Reject a foreign `Host`, so that no web page can reach us by DNS rebinding."""
            self.hosts.require(request)
            answer: web.StreamResponse = await handler(request)
            return answer

        return require_own_host


def _refusing_other_methods(methods: Collection[str]) -> Handler:
    async def refuse(_request: web.Request) -> web.StreamResponse:
        raise method_refused(methods)

    return refuse


@lru_cache(_HOSTS_CACHED)
def _is_own(host: str, configured_host: str, names: frozenset[str]) -> bool:
    name = _host_name(host)
    return name in {_LOCALHOST, configured_host.lower(), *names} or _is_address(name)


def _host_name(host: str) -> str:
    """Return the name or address in a `Host` header, in small letters; empty if malformed.

    It has no port, and no dot at its end, which some clients write after a whole DNS name.
    """
    found = _HOST.fullmatch(host)
    return (found["v6"] or found["name"]).lower().removesuffix(".") if found else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
