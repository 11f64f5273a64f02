"""`POST /introspect` and `POST /revoke` on the internal listener, for services with its token."""

from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.contract.types import ActiveToken, InactiveToken, RevokeAnswer, RevokeRequest
from elements_bridge.services import Services
from link_kernel.errors import UnsupportedMediaType, ValidationFailed
from link_kernel.keys.reload import Reloadable
from link_kernel.metrics import Metrics
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.web.health import OK, InternalListener, InternalToken, Readiness
from link_kernel.web.request import read_body, read_raw_body
from link_kernel.web.response import never_stored, unwrapped

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class InternalApi:
    """What services inside the network ask, with `ELEMENTS_INTERNAL_TOKEN`."""

    services: Reloadable[Services]
    token: InternalToken
    revoker: SessionRevoker
    security_log: SecurityLog

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/introspect", self.introspect)
        app.router.add_post("/revoke", self.revoke)

    async def introspect(self, request: web.Request) -> web.Response:
        """`POST /introspect`: what an access token stands for now."""
        self.token.require(request)
        services = self.services.current
        access = await services.introspect.active(await _read_token(request))
        if access is None:
            return never_stored(unwrapped(InactiveToken(active=False)))
        shown = ActiveToken.of(access, issuer=services.issuer, audience=services.audience)
        return never_stored(unwrapped(shown, exclude_none=True))

    async def revoke(self, request: web.Request) -> web.Response:
        """`POST /revoke`: end a session, a login, or all of a customer's; repeatable."""
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
    """Return the one `token` of a form; a hint of its type may stand beside it and says nothing."""
    if request.content_type != _FORM:
        raise UnsupportedMediaType("content-type")
    await read_raw_body(request)  # `post` reads it again, and tells no fault of it from ours
    try:
        values = (await request.post()).getall("token", [])
    except (ValueError, LookupError) as error:
        raise ValidationFailed("form", details={"fields": ["body"]}) from error
    if len(values) != 1 or not isinstance(values[0], str):
        raise ValidationFailed("token", details={"fields": ["token"]})
    return values[0]


class BridgeReadiness(Readiness):
    """Answer of the bridge's `/readyz`."""

    redis: str
    keyring: str = OK
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
        InternalListener(self.host, self.metrics, self.readiness).add_to(app)

    async def readiness(self) -> BridgeReadiness:
        """Return whether Redis answers, evicts nothing and is followed."""
        # The keyring signed and verified before this listener opened; see `Keyring.of`.
        return BridgeReadiness(
            redis=", ".join(await self.businesses.faults()) or OK,
            revocations="ok" if self.feed.is_fresh else "stale",
        )
