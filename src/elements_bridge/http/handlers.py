"""`/v1/link/elements/*`: each handler reads, asks and answers."""

import json
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from elements_bridge.contract import (
    BootstrapGrant,
    BootstrapRequest,
    InitRequest,
    LogoutAnswer,
    LogoutRequest,
    RefreshRequest,
    RequestOtpRequest,
    TokenGrant,
    VerifyOtpRequest,
)
from elements_bridge.http.callers import CALLER_ORIGIN
from elements_bridge.service.bootstrap import Bootstrap
from elements_bridge.service.init import Init
from elements_bridge.service.logout import Logout
from elements_bridge.service.ports import Caller
from elements_bridge.service.refresh import Refresh
from elements_bridge.service.sign_in import SignIn
from elements_bridge.tokens.bootstrap import BOOTSTRAP_TTL_S
from link_kernel.access_token import (
    AccessTokenRefused,
    AccessTokenVerifier,
    VerifiedAccessToken,
)
from link_kernel.errors import TokenExpired, TokenInvalid, Unauthenticated, ValidationFailed
from link_kernel.web.address import Network, client_address
from link_kernel.web.body import JSON, read_bearer, read_body, read_idempotency_key
from link_kernel.web.envelope import granted, never_stored

_LOGOUT_GRACE_S: Final = 12 * 3600
_JWKS_CACHING: Final = "public, max-age=300"
_LONGEST_USER_AGENT: Final = 200
_OUTCOME_HEADER: Final = "X-Refresh-Outcome"


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers ask."""

    bootstrap: Bootstrap
    init: Init
    refresh: Refresh
    sign_in: SignIn
    logout: Logout
    verifier: AccessTokenVerifier
    jwks: dict[str, list[dict[str, str]]]
    trusted_proxies: tuple[Network, ...]


SERVICES: Final = web.AppKey("services", Services)


async def bootstrap(request: web.Request) -> web.Response:
    """`POST /bootstrap?business_id=`: a token for one frame of the calling merchant page."""
    body = await read_body(request, BootstrapRequest, media_types=(JSON, "text/plain"))
    token = await request.app[SERVICES].bootstrap.issue(
        business_id=_business_id(request),
        origin=request[CALLER_ORIGIN],
        element=body.element,
        code_challenge=body.code_challenge,
        unverified_link_token=read_bearer(request),
    )
    grant = BootstrapGrant(bootstrap_token=token, expires_in=BOOTSTRAP_TTL_S)
    return never_stored(granted(grant))


async def init(request: web.Request) -> web.Response:
    """`POST /init`: the bootstrap token becomes a session."""
    key = read_idempotency_key(request)
    body = await read_body(request, InitRequest)
    grant = await request.app[SERVICES].init.redeem(body.bootstrap_token, body.frame(), key=key)
    return never_stored(granted(TokenGrant.of(grant)))


async def refresh(request: web.Request) -> web.Response:
    """`POST /refresh`: the next refresh token and a fresh access token."""
    key = read_idempotency_key(request)
    body = await read_body(request, RefreshRequest)
    outcome, grant = await request.app[SERVICES].refresh.spend(body.refresh_token, key=key)
    response = never_stored(granted(TokenGrant.of(grant)))
    response.headers[_OUTCOME_HEADER] = outcome.value
    return response


async def request_otp(request: web.Request) -> web.Response:
    """`POST /request-otp`: a code for the customer's contact."""
    access = _verified_access_token(request)
    body = await read_body(request, RequestOtpRequest)
    await request.app[SERVICES].sign_in.request_otp(access, body.claim(), caller=_caller(request))
    return granted()


async def verify_otp(request: web.Request) -> web.Response:
    """`POST /verify-otp`: the code turns the frame's session into the customer's."""
    access = _verified_access_token(request)
    key = read_idempotency_key(request)
    body = await read_body(request, VerifyOtpRequest)
    grant = await request.app[SERVICES].sign_in.verify_otp(
        access, body.claim(), body.otp_code, key=key, caller=_caller(request)
    )
    return never_stored(granted(TokenGrant.of(grant)))


async def logout(request: web.Request) -> web.Response:
    """`POST /logout`: end this element's session, or the customer's on this login."""
    access = _verified_access_token(request, expired_up_to_s=_LOGOUT_GRACE_S)
    body = await read_body(request, LogoutRequest)
    service = request.app[SERVICES].logout
    revoked = await (service.element if body.scope == "element" else service.customer)(access)
    return granted(LogoutAnswer(revoked=revoked))


async def jwks(request: web.Request) -> web.Response:
    """`GET /jwks.json`: the public keys (RFC 7517), without the envelope."""
    response = web.Response(
        text=json.dumps(request.app[SERVICES].jwks), content_type="application/json"
    )
    response.headers[hdrs.CACHE_CONTROL] = _JWKS_CACHING
    return response


def _business_id(request: web.Request) -> str:
    values = request.query.getall("business_id", [])
    if len(values) != 1:
        raise ValidationFailed("business_id", details={"fields": ["business_id"]})
    return values[0]


def _verified_access_token(
    request: web.Request, *, expired_up_to_s: int = 0
) -> VerifiedAccessToken:
    """Return the caller's claims; raises `Unauthenticated`, `TokenExpired`, `TokenInvalid`."""
    unverified_token = read_bearer(request)
    if unverified_token is None:
        raise Unauthenticated("no access token")
    try:
        return request.app[SERVICES].verifier.verify(
            unverified_token, expired_up_to_s=expired_up_to_s
        )
    except AccessTokenRefused as error:
        refusal = TokenExpired if error.fault == "expired" else TokenInvalid
        raise refusal(str(error)) from error


def _caller(request: web.Request) -> Caller:
    user_agent = request.headers.get(hdrs.USER_AGENT, "")
    printable = "".join(letter for letter in user_agent if " " <= letter <= "~")
    return Caller(
        client_address(request, request.app[SERVICES].trusted_proxies),
        printable[:_LONGEST_USER_AGENT],
    )
