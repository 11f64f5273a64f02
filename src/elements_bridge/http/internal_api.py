"""Routes of the internal listener: introspection, revocation, health and metrics."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from aiohttp import web

from elements_bridge.businesses.backup.presence import BusinessPresence, PresenceState
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.contract.internal_types import (
    ActiveToken,
    InactiveToken,
    RevokeAnswer,
    RevokeRequest,
)
from elements_bridge.service.auth_service import AuthService, AuthServiceState
from elements_bridge.services import Services
from link_kernel.errors import UnsupportedMediaType, ValidationFailed
from link_kernel.keys.reload import Reloadable
from link_kernel.looks import Look
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.redis.readiness import StoreFault, faults_of
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.web.client_address import ClientAddresses
from link_kernel.web.health import OK, InternalListener, InternalToken, OwnHosts, Readiness
from link_kernel.web.request import read_body, read_raw_body
from link_kernel.web.response import never_stored, unwrapped

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class InternalApi:
    """Introspection and revocation for services that hold `ELEMENTS_INTERNAL_TOKEN`."""

    services: Reloadable[Services]
    token: InternalToken
    revoker: SessionRevoker
    security_log: SecurityLog

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Return the routes."""
        return web.post("/introspect", self.introspect), web.post("/revoke", self.revoke)

    async def introspect(self, request: web.Request) -> web.Response:
        """`POST /introspect`: whether an access token is active, and its claims (RFC 7662)."""
        self.token.require(request)
        services = self.services.current
        access = await services.introspect.active(await _read_token(request))
        if access is None:
            return never_stored(unwrapped(InactiveToken(active=False)))
        active = ActiveToken.of(access, issuer=services.issuer, audience=services.audience)
        return never_stored(unwrapped(active, exclude_none=True))

    async def revoke(self, request: web.Request) -> web.Response:
        """`POST /revoke`: end a session, a login, or all sessions of a customer; idempotent."""
        self.token.require(request)
        body = await read_body(request, RevokeRequest)
        if body.session_id is not None:
            revoked = await self.revoker.revoke_session(body.session_id)
        elif body.link_session_id is not None:
            revoked = await self.revoker.revoke_link_session(body.link_session_id)
        else:
            revoked = await self.revoker.revoke_customer(str(body.customer_id))
        self.security_log.report(SecurityEvent.SESSIONS_REVOKED, count=revoked)
        return never_stored(unwrapped(RevokeAnswer(revoked=revoked)))


async def _read_token(request: web.Request) -> str:
    """Return the one `token` of a form; `token_type_hint` is ignored (RFC 7662 section 2.1)."""
    if request.content_type != _FORM:
        raise UnsupportedMediaType("content-type")
    await read_raw_body(request)  # errors of the body first: `post` would not tell them apart
    try:
        values = (await request.post()).getall("token", [])
    except (ValueError, LookupError) as error:
        raise ValidationFailed("form", details={"fields": ["body"]}) from error
    if len(values) != 1 or not isinstance(values[0], str):
        raise ValidationFailed("token", details={"fields": ["token"]})
    return values[0]


class BridgeReadiness(Readiness):
    """Answer of `/readyz`: the state of Redis, the keyring and the revocation feed.

    `auth_service`, how the last call of it ended, is a warning: sessions go on, and only codes are
    refused. So are `businesses` if none was ever known, as in a new deployment; if all were lost,
    no shop is served.
    """

    warnings: ClassVar = Readiness.warnings | {"auth_service", "businesses"}

    redis: str
    keyring: str = OK
    revocations: Literal["ok", "stale"]
    auth_service: AuthServiceState
    businesses: PresenceState

    @property
    def is_ready(self) -> bool:
        """Whether every dependency is `ok`, warnings apart."""
        return super().is_ready and self.businesses != "lost"


@dataclass(frozen=True, slots=True)
class StoreLooks:
    """What readiness looks at in Redis."""

    redis: Look[list[StoreFault]]
    businesses: Look[PresenceState]


@dataclass(frozen=True, slots=True)
class HealthRoutes:
    """Health, readiness and metrics for the platform that runs the bridge."""

    businesses: RedisBusinesses
    looks: StoreLooks
    hosts: OwnHosts
    metrics: Metrics
    feed: RevocationFeed
    addresses: ClientAddresses
    auth_service: AuthService
    presence: BusinessPresence

    def add_to(self, app: web.Application, *others: web.RouteDef) -> None:
        """Add the routes, and `others` of the internal listener."""
        InternalListener(self.hosts, self.metrics, self.readiness).add_to(app, *others)

    async def readiness(self) -> BridgeReadiness:
        """Return whether Redis answers and holds what it should, and the feed is fresh."""
        # The keyring was checked before this listener opened; see `Keyring.of`.
        # Both in one round trip.
        faults, businesses = await asyncio.gather(
            faults_of(self.looks.redis), self._businesses_state()
        )
        return BridgeReadiness(
            redis=", ".join(faults) or OK,
            businesses=businesses,
            revocations="stale" if self.feed.is_stale else "ok",
            auth_service=self.auth_service.state,
            forwarded_for=self.addresses.forwarded_for,
        )

    async def _businesses_state(self) -> PresenceState:
        try:
            return await self.looks.businesses.result()
        except TimeoutError:
            return self.presence.last_state
