"""The table of `/v1/link/auth/*`, and its handlers."""

import secrets
from typing import Final

from aiohttp import hdrs, web

from link_api.app_key import SERVICES
from link_api.auth.asker import PARAMETERS, read_asker, read_caller
from link_api.auth.contract import (
    LinkAuthResponse,
    LinkMessage,
    LinkSignIn,
    LogoutRequest,
    OtpSent,
    RefreshRequest,
    RequestOtpRequest,
    VerifyOtpRequest,
)
from link_api.auth.records import Caller, CodeAsker
from link_api.auth.service import LogoutInput, RefreshInput
from link_api.reserved.contacts import is_reserved
from link_api.spelling.contacts import Contact
from link_kernel.auth.refresh_errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenSuperseded,
)
from link_kernel.contact_errors import CountryNotSupported, ReservedContact
from link_kernel.contract.operations import (
    NO_STORE,
    Operation,
    ResponseSpec,
    idempotency_key,
)
from link_kernel.contract.security_schemes import LINK_TOKEN
from link_kernel.contract.wire import locale_of
from link_kernel.errors import (
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    OriginNotAllowed,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    RateLimited,
    SessionExpired,
    SessionRevoked,
    Unauthenticated,
    UpstreamUnavailable,
)
from link_kernel.observability.metrics import OriginReason
from link_kernel.web.credentials import read_bearer
from link_kernel.web.request import (
    read_body,
    read_idempotency_key,
    read_optional_idempotency_key,
)
from link_kernel.web.response import never_stored, unwrapped

REFRESH_COOKIE: Final = "__Host-link_refresh"
_COOKIE_ATTRIBUTES: Final = "Secure; HttpOnly; SameSite=None; Partitioned; Path=/"

_CODE_SENT: Final = "OTP sent"
_VERIFIED: Final = "Verified"
_REFRESHED: Final = "Session refreshed."
_SIGNED_OUT: Final = "Signed out."


async def request_otp(request: web.Request) -> web.Response:
    """`POST /v1/link/auth/request-otp`: one response, for known and unknown contacts alike."""
    services = request.app[SERVICES]
    auth = services.keyed.current.auth
    caller = read_caller(request)
    asker = read_asker(request, caller)
    body = await read_body(request, RequestOtpRequest)
    contact = body.parsed(services.countries)
    await _require_own_mode(request, asker, contact)
    sent = await auth.request_otp(
        contact,
        asker=asker,
        caller=caller,
        channel=body.channel,
        locale=locale_of(body.locale),
    )
    return never_stored(unwrapped(OtpSent.of(sent, _CODE_SENT)))


async def verify_otp(request: web.Request) -> web.Response:
    """`POST /v1/link/auth/verify-otp`: a login, its tokens and its cookie."""
    services = request.app[SERVICES]
    auth = services.keyed.current.auth
    caller = read_caller(request)
    asker = read_asker(request, caller)
    body = await read_body(request, VerifyOtpRequest)
    contact = body.parsed(services.countries)
    await _require_own_mode(request, asker, contact)
    sign_in = await auth.verify_otp(
        contact,
        body.otp_code,
        asker=asker,
        key=_optional_idempotency_key(request),
        caller=caller,
    )
    response = never_stored(unwrapped(LinkSignIn.of_sign_in(sign_in, _VERIFIED)))
    return _with_cookie(response, sign_in.login.refresh_token)


async def refresh(request: web.Request) -> web.Response:
    """`POST /v1/link/auth/refresh`: the next generation of a login.

    The page that logged in gets the new cookie even if it sent the token in the body: the newest
    one heals a store that lost writes. Servers get no cookie.
    """
    services = request.app[SERVICES]
    body = await read_body(request, RefreshRequest)
    caller = read_caller(request)
    presented = _refresh_input(request, body, caller)
    with services.invalid_credentials.counting(caller.address):
        login = await services.keyed.current.auth.refresh(presented, caller=caller)
    response = never_stored(unwrapped(LinkAuthResponse.of(login, _REFRESHED)))
    if caller.origin and caller.origin == login.session.origin:
        return _with_cookie(response, login.refresh_token)
    return response


async def logout(request: web.Request) -> web.Response:
    """`POST /v1/link/auth/logout`: ends the login of each genuine `lnk_` or `rfr_` of the call."""
    services = request.app[SERVICES]
    caller = read_caller(request)
    body = await read_body(request, LogoutRequest) if request.can_read_body else LogoutRequest()
    cookie = request.cookies.get(REFRESH_COOKIE)
    presented = LogoutInput(_link_token(request), body.refresh_token, cookie, caller.origin)
    if presented.is_empty:
        raise Unauthenticated("no credential")
    with services.invalid_credentials.counting(caller.address):
        is_cookie_over = await services.keyed.current.auth.logout(presented)
    response = never_stored(unwrapped(LinkMessage(message=_SIGNED_OUT)))
    return _with_cookie(response, "", "; Max-Age=0") if is_cookie_over else response


async def _require_own_mode(request: web.Request, asker: CodeAsker, contact: Contact) -> None:
    """Raise `ReservedContact` for a shop of live mode: its bridge would believe the fixed code."""
    business_id = asker.binding.business_id
    if not (business_id and is_reserved(contact.address)):
        return
    if not await request.app[SERVICES].businesses.serves(business_id):
        raise ReservedContact("a shop of another mode")


def _link_token(request: web.Request) -> str | None:
    """Return the unverified `lnk_`, `None` without a header; a malformed one is nobody's."""
    try:
        return read_bearer(request)
    except Unauthenticated:
        return ""


def _refresh_input(request: web.Request, body: RefreshRequest, caller: Caller) -> RefreshInput:
    key = read_idempotency_key(request)
    token, by_cookie = _refresh_token(request, body.refresh_token, caller)
    return RefreshInput(token, by_cookie=by_cookie, key=key)


def _refresh_token(request: web.Request, sent: str | None, caller: Caller) -> tuple[str, bool]:
    """Return the refresh token of the body, else of a page's cookie, and whether it is that."""
    if sent is not None:
        return sent, False
    cookie = request.cookies.get(REFRESH_COOKIE)
    if cookie is None:
        raise Unauthenticated("no refresh token")
    if not caller.origin:
        raise OriginNotAllowed(OriginReason.MISSING, "a cookie without an origin")
    return cookie, True


def _optional_idempotency_key(request: web.Request) -> str:
    """Return the key; a random one where there is none, so that no other call repeats it."""
    return read_optional_idempotency_key(request) or secrets.token_urlsafe()


def _with_cookie(response: web.Response, value: str, extra: str = "") -> web.Response:
    """Set the refresh cookie as docs/protocol.md#login writes it (`Partitioned`: CHIPS).

    By hand: `http.cookies` knows `Partitioned` only from Python 3.14 on.
    """
    response.headers.add(hdrs.SET_COOKIE, f"{REFRESH_COOKIE}={value}; {_COOKIE_ATTRIBUTES}{extra}")
    return response


_PREFIX: Final = "/v1/link/auth"
_COOKIE: Final = {"Set-Cookie": "`__Host-link_refresh`: the refresh token, for the calling page."}

OPERATIONS: Final = (
    Operation(
        "POST",
        f"{_PREFIX}/request-otp",
        "Sends a code to a contact; the same answer whoever has it.",
        (ResponseSpec(OtpSent, in_envelope=False, headers=NO_STORE),),
        RequestOtpRequest,
        parameters=PARAMETERS,
        refusals=(
            *(CountryNotSupported, RateLimited, ReservedContact),
            *(Unauthenticated, UpstreamUnavailable),
        ),
        handler=request_otp,
    ),
    Operation(
        "POST",
        f"{_PREFIX}/verify-otp",
        "A code becomes a login.",
        (ResponseSpec(LinkSignIn, in_envelope=False, headers=NO_STORE | _COOKIE),),
        VerifyOtpRequest,
        parameters=(
            *PARAMETERS,
            idempotency_key("The same key, contact and code give the same login.", required=False),
        ),
        refusals=(
            *(IdempotencyKeyReused, RateLimited, ReservedContact),
            *(OtpAttemptsExceeded, OtpExpired, OtpInvalid, Unauthenticated),
        ),
        handler=verify_otp,
    ),
    Operation(
        "POST",
        f"{_PREFIX}/refresh",
        "The next tokens of a login; the token from the body, else from the calling page's cookie.",
        (ResponseSpec(LinkAuthResponse, in_envelope=False, headers=NO_STORE),),
        RefreshRequest,
        parameters=(
            idempotency_key(
                "One for each refresh token; by cookie, one for each refresh.", required=True
            ),
        ),
        refusals=(
            *(IdempotencyKeyRequired, IdempotencyKeyReused, RateLimited, Unauthenticated),
            *(RefreshTokenInvalid, RefreshTokenReused, RefreshTokenSuperseded),
            *(SessionExpired, SessionRevoked),
        ),
        handler=refresh,
    ),
    Operation(
        "POST",
        f"{_PREFIX}/logout",
        "Ends the login of each genuine credential: `lnk_`, `rfr_` of the body, the page's cookie.",
        (ResponseSpec(LinkMessage, in_envelope=False, headers=NO_STORE | _COOKIE),),
        LogoutRequest,
        takes_empty_body=True,
        credentials=(LINK_TOKEN,),
        is_open=True,
        refusals=(RateLimited, RefreshTokenInvalid, Unauthenticated),
        handler=logout,
    ),
)
