"""`POST /introspect` and `POST /revoke` on the internal listener, for services with its token."""

from dataclasses import dataclass
from typing import Final, Literal, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator

from elements_bridge.http.handlers import Services
from link_kernel.access_token import VerifiedAccessToken
from link_kernel.errors import UnsupportedMediaType, ValidationFailed
from link_kernel.reloading import FromKeyring
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.session_revocation import Revocation
from link_kernel.web.body import read_body, received
from link_kernel.web.envelope import bare, never_stored
from link_kernel.web.internal import InternalToken

_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_ID: Final = 64


class RevokeRequest(BaseModel):
    """Body of `/revoke`: exactly one of the three."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    session_id: str | None = Field(default=None, max_length=_LONGEST_ID)
    link_session_id: str | None = Field(default=None, max_length=_LONGEST_ID)
    customer_id: str | None = Field(default=None, max_length=_LONGEST_ID)

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("exactly one of session_id, link_session_id and customer_id")
        return self


class RevokeAnswer(BaseModel):
    """Answer of `/revoke`: how many sessions ended by this call."""

    revoked: int


class Confirmation(BaseModel):
    """The key that a token is bound to (RFC 7800, RFC 9449 section 6.1)."""

    jkt: str


class ActiveToken(BaseModel):
    """Answer of `/introspect` for a token whose session lives (RFC 7662 section 2.2).

    What it does not have is left out.
    """

    active: Literal[True]
    token_type: Literal["DPoP", "Bearer"]
    scope: str
    client_id: str
    sub: str
    iss: str
    aud: str
    iat: int
    exp: int
    jti: str
    sid: str
    lsid: str | None = None
    account_id: str | None = None
    element: str
    parent_origin: str
    amr: tuple[str, ...]
    auth_time: int
    cnf: Confirmation | None = None

    @classmethod
    def of(cls, access: VerifiedAccessToken, *, issuer: str, audience: str) -> Self:
        """Show a token's claims."""
        return cls(
            active=True,
            token_type="Bearer" if access.jkt is None else "DPoP",
            scope=" ".join(sorted(access.scopes)),
            client_id=access.business_id,
            sub=access.subject,
            iss=issuer,
            aud=audience,
            iat=access.issued_at_s,
            exp=access.expires_at_s,
            jti=access.jti,
            sid=access.session_id,
            lsid=access.link_session_id,
            account_id=access.account_id,
            element=access.element,
            parent_origin=access.parent_origin,
            amr=access.amr,
            auth_time=access.auth_time_s,
            cnf=None if access.jkt is None else Confirmation(jkt=access.jkt),
        )


class InactiveToken(BaseModel):
    """Answer of `/introspect` for everything else; it says nothing more (RFC 7662 section 2.2)."""

    active: Literal[False]


@dataclass(frozen=True, slots=True)
class InternalApi:
    """What services inside the network ask, with `ELEMENTS_INTERNAL_TOKEN`."""

    services: FromKeyring[Services]
    token: InternalToken
    revocation: Revocation
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
            return never_stored(bare(InactiveToken(active=False)))
        shown = ActiveToken.of(access, issuer=services.issuer, audience=services.audience)
        return never_stored(bare(shown, exclude_none=True))

    async def revoke(self, request: web.Request) -> web.Response:
        """`POST /revoke`: end a session, a login, or all of a customer's; repeatable."""
        self.token.require(request)
        body = await read_body(request, RevokeRequest)
        if body.session_id is not None:
            revoked = await self.revocation.of_session(body.session_id)
        elif body.link_session_id is not None:
            revoked = await self.revocation.of_link_session(body.link_session_id)
        else:
            revoked = await self.revocation.of_customer(str(body.customer_id))
        self.security_log.report(SecurityEvent.SESSIONS_REVOKED, count=revoked)
        return never_stored(bare(RevokeAnswer(revoked=revoked)))


async def _read_token(request: web.Request) -> str:
    """Return the one `token` of a form; a hint of its type may stand beside it and says nothing."""
    if request.content_type != _FORM:
        raise UnsupportedMediaType("content-type")
    await received(request)  # `post` reads it again, and tells no fault of it from ours
    try:
        values = (await request.post()).getall("token", [])
    except (ValueError, LookupError) as error:
        raise ValidationFailed("form", details={"fields": ["body"]}) from error
    if len(values) != 1 or not isinstance(values[0], str):
        raise ValidationFailed("token", details={"fields": ["token"]})
    return values[0]
