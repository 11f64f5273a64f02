"""Authentication of customer data: a login's `lnk_`, or an elements token of a frame.

See docs/protocol.md#link-api.
"""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.http.cors import CALLER_ORIGIN
from link_api.http.invalid_credentials import InvalidCredentialLimit
from link_kernel.auth.authenticator import (
    SAFE_METHODS,
    AuthorizationHeader,
    UnverifiedCredentials,
    random_request_hash,
)
from link_kernel.auth.remote_authenticator import RemoteAuthenticator
from link_kernel.auth.requirements import Requirements, covers
from link_kernel.auth.session_check import SessionCheck
from link_kernel.clock import Clock
from link_kernel.errors import ApiError, OriginNotAllowed, SessionRevoked, Unauthenticated
from link_kernel.ids import sha256_hex
from link_kernel.observability.metrics import OriginReason
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from link_kernel.web.client_address import ClientAddresses
from link_kernel.web.credentials import read_credential, read_dpop_header
from link_kernel.web.request import read_write_key

OTP: Final = frozenset({"otp"})
_LINK_TOKEN_PREFIX: Final = "lnk_"  # noqa: S105  # a prefix, no secret


@dataclass(frozen=True, slots=True)
class SignedInCaller:
    """The authenticated customer and the caller's rights.

    `scopes` is `None` for a login, which may do everything. `elements_session`, `business_id` and
    `parent_origin` are set for a frame alone. `refusal` is set where the session has ended and the
    route allows ended sessions: such a caller may repeat a call to hear its first answer, and else
    gets it.
    """

    customer_id: str
    link_session_id: str | None
    scopes: frozenset[str] | None = None
    amr: frozenset[str] = OTP
    elements_session: SessionKey | None = None
    business_id: str | None = None
    parent_origin: str | None = None
    refusal: ApiError | None = None

    @property
    def session_id(self) -> str:
        """The session that calls: a frame's own, not the login that it hangs on."""
        if self.elements_session is not None:
            return self.elements_session.session_id
        if self.link_session_id is None:
            raise Unauthenticated("a caller without a session")
        return self.link_session_id

    @property
    def view(self) -> str:
        """Name the part of the data shown to this caller; equal views get equal answers."""
        return "login" if self.scopes is None else " ".join(sorted(self.scopes))

    def covers(self, scope: str) -> bool:
        """Tell whether the caller may see the part of the data that a scope stands for."""
        return self.scopes is None or covers(self.scopes, scope)

    @property
    def is_frame(self) -> bool:
        """Whether an elements token was presented."""
        return self.scopes is not None


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Authenticates calls. A proof's `htu` may name one of `own_origins`, never `Host`."""

    invalid_credentials: InvalidCredentialLimit
    addresses: ClientAddresses
    sessions: SessionStore
    revoker: SessionRevoker
    elements_tokens: RemoteAuthenticator
    session_check: SessionCheck
    clock: Clock
    elements_origin: str
    own_origins: frozenset[str]

    async def authenticate(
        self, request: web.Request, requirements: Requirements, *, allow_ended: bool = False
    ) -> SignedInCaller:
        """Return the caller. `requirements` bind a frame; a login may do everything.

        `allow_ended` also returns a caller whose session was ended before its token expired, with
        the `refusal` it would get otherwise. Raises `Unauthenticated`, and for a frame
        `OriginNotAllowed` (a page other than ours holds the token), the errors of
        `RemoteAuthenticator` and `SessionCheck`, and `InsufficientScope`; `RateLimited` after too
        many invalid credentials.
        """
        credential = read_credential(request)
        if credential is None:
            raise Unauthenticated("no credential")
        with self.invalid_credentials.counting(self.addresses.of(request)):
            if credential.text.startswith(_LINK_TOKEN_PREFIX):
                return await self._authenticate_login(credential, allow_ended=allow_ended)
            return await self._authenticate_frame(
                request, credential, requirements, allow_ended=allow_ended
            )

    async def _authenticate_login(
        self, credential: AuthorizationHeader, *, allow_ended: bool
    ) -> SignedInCaller:
        if credential.scheme != "bearer":
            raise Unauthenticated("lnk_ is a bearer token")
        session = await self.revoker.find_login(credential.text)
        if session is not None:
            return SignedInCaller(session.customer_id, session.id)
        refusal = Unauthenticated("lnk_ unknown or ended")
        session_key = None
        if allow_ended:
            session_key = await self.sessions.find_link_session_key(credential.text)
        if session_key is None:
            raise refusal
        return SignedInCaller(session_key.partition, session_key.session_id, refusal=refusal)

    async def _authenticate_frame(
        self,
        request: web.Request,
        credential: AuthorizationHeader,
        requirements: Requirements,
        *,
        allow_ended: bool,
    ) -> SignedInCaller:
        call = self._elements_call(request, credential)
        request_hash = _request_hash(request)
        verified = await self.elements_tokens.authenticate(call)
        access = verified.access
        requirements.check(access, now_s=self.clock.now_ms() // 1000)
        refusal = None
        try:
            if call.method in SAFE_METHODS:
                await self.session_check.require_active(access)
            else:  # Redis is asked anyway: one script records the proof and reads the session
                proof_use = verified.bind_to(request_hash).proof_use
                await self.session_check.require_active(access, proof_use, always_ask_redis=True)
        except SessionRevoked as error:
            if not allow_ended:
                raise
            refusal = error
        return SignedInCaller(
            access.subject,
            access.link_session_id,
            scopes=access.scopes,
            amr=frozenset(access.amr),
            elements_session=access.session_key,
            business_id=access.business_id,
            parent_origin=access.parent_origin,
            refusal=refusal,
        )

    def _elements_call(
        self, request: web.Request, credential: AuthorizationHeader
    ) -> UnverifiedCredentials:
        if request[CALLER_ORIGIN] not in {"", self.elements_origin}:
            raise OriginNotAllowed(OriginReason.NOT_OURS, "an elements token from another page")
        path = request.rel_url.raw_path
        urls = frozenset(f"{origin}{path}" for origin in self.own_origins)
        return UnverifiedCredentials(credential, read_dpop_header(request), request.method, urls)


async def authenticate(
    request: web.Request, requirements: Requirements, *, allow_ended: bool = False
) -> SignedInCaller:
    """Return the caller by the services of the request's keyring; see `Authenticator`.

    The customer is active today: a live token is at most an hour older than the sign-in or refresh
    that made it. So frames are noted too, whose refreshes the bridge decides.
    """
    services = request.app[SERVICES]
    authenticator = services.keyed.current.authenticator
    caller = await authenticator.authenticate(request, requirements, allow_ended=allow_ended)
    if caller.refusal is None:
        services.activity.note(caller.customer_id)
    return caller


def _request_hash(request: web.Request) -> str:
    """Identify the request a proof is bound to: by its idempotency key, else at random."""
    key = read_write_key(request)
    return random_request_hash() if key is None else sha256_hex(key)
