"""`/v1/link/elements/*`: each handler reads, asks and answers."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import hdrs, web

from elements_bridge.contract.types import (
    BootstrapGrant,
    BootstrapRequest,
    DiagnoseAnswer,
    DiagnoseRequest,
    InitRequest,
    LogoutAnswer,
    LogoutRequest,
    RefreshRequest,
    RequestOtpRequest,
    TokenGrant,
    VerifyOtpRequest,
)
from elements_bridge.http.cors import CALLER_ORIGIN
from elements_bridge.http.credentials import Presented, named_by
from elements_bridge.service.auth_service import Caller
from elements_bridge.service.authorize import Authorize, Introspect
from elements_bridge.service.bootstrap import Bootstrap, NewFrame
from elements_bridge.service.diagnose import Diagnose
from elements_bridge.service.init import Init
from elements_bridge.service.limits import CallLimits
from elements_bridge.service.logout import Logout
from elements_bridge.service.refresh import Refresh
from elements_bridge.service.sign_in import SignIn
from elements_bridge.tokens.bootstrap import BOOTSTRAP_TTL_S
from link_kernel.auth.authenticator import VerifiedCredentials
from link_kernel.errors import TokenInvalid, Unauthenticated, ValidationFailed
from link_kernel.ids import sha256_hex
from link_kernel.keys.reload import Reloadable
from link_kernel.limits.networks import Network
from link_kernel.metrics import Metrics
from link_kernel.web.client_address import client_address
from link_kernel.web.credentials import read_bearer
from link_kernel.web.request import JSON, read_body, read_idempotency_key
from link_kernel.web.response import never_stored, success

_LOGOUT_GRACE_S: Final = 12 * 3600
_JWKS_CACHING: Final = "public, max-age=300"
_LONGEST_USER_AGENT: Final = 200
_OUTCOME_HEADER: Final = "X-Refresh-Outcome"


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers ask."""

    bootstrap: Bootstrap
    diagnose: Diagnose
    init: Init
    refresh: Refresh
    sign_in: SignIn
    logout: Logout
    limits: CallLimits
    presented: Presented
    jwks: dict[str, list[dict[str, str]]]
    trusted_proxies: tuple[Network, ...]
    elements_origin: str
    authorize: Authorize
    introspect: Introspect
    issuer: str
    audience: str
    metrics: Metrics


# Read once by each handler: a reload of the keyring meanwhile is for later requests.
SERVICES: Final = web.AppKey[Reloadable[Services]]("services", Reloadable)


async def bootstrap(request: web.Request) -> web.Response:
    """`POST /bootstrap?business_id=`: a token for one frame of the calling merchant page.

    Called by a signed-in frame, it is for another frame on its page.
    """
    body = await read_body(request, BootstrapRequest, media_types=(JSON, "text/plain"))
    services = request.app[SERVICES].current
    frame = NewFrame(_business_id(request), body.element, body.code_challenge)
    await services.limits.bootstrap(_caller(request).address, frame.business_id)
    origin = request[CALLER_ORIGIN]
    if origin.text == services.elements_origin:
        admitted = services.presented.admitted(request)
        token = await services.bootstrap.issue_to_sibling(
            frame, admitted.bind_to(named_by("bootstrap", body.element, body.code_challenge))
        )
    else:
        token = await services.bootstrap.issue(
            frame, origin=origin, unverified_link_token=read_bearer(request)
        )
    grant = BootstrapGrant(bootstrap_token=token, expires_in=BOOTSTRAP_TTL_S)
    return never_stored(success(grant))


async def diagnose(request: web.Request) -> web.Response:
    """`POST /diagnose?business_id=`: why an element stays blank in the calling page.

    For developers, so it exists on test deployments only.
    """
    body = await read_body(request, DiagnoseRequest, media_types=(JSON, "text/plain"))
    services = request.app[SERVICES].current
    business_id = _business_id(request)
    await services.limits.diagnose(_caller(request).address, business_id)
    checks = await services.diagnose.examine(
        business_id, request[CALLER_ORIGIN], body.parent_origin
    )
    return never_stored(success(DiagnoseAnswer.of(checks)))


async def init(request: web.Request) -> web.Response:
    """`POST /init`: the bootstrap token becomes a session."""
    key = read_idempotency_key(request)
    services = request.app[SERVICES].current
    body = await read_body(request, InitRequest)
    await services.limits.init(_caller(request).address, body.business_id)
    token = body.bootstrap_token
    prove = partial(services.presented.proof, request, token=token, key=key)
    grant = await services.init.redeem(token, body.frame(), key=key, prove=prove)
    return never_stored(success(TokenGrant.of(grant)))


async def refresh(request: web.Request) -> web.Response:
    """`POST /refresh`: the next refresh token and a fresh access token."""
    key = read_idempotency_key(request)
    services = request.app[SERVICES].current
    body = await read_body(request, RefreshRequest)
    token = body.refresh_token
    prove = partial(services.presented.proof, request, token=token, key=key)
    outcome, grant = await services.refresh.spend(
        token, key=key, prove=prove, address=_caller(request).address
    )
    response = never_stored(success(TokenGrant.of(grant)))
    response.headers[_OUTCOME_HEADER] = outcome.value
    return response


async def request_otp(request: web.Request) -> web.Response:
    """`POST /request-otp`: a code for the customer's contact."""
    services, caller = request.app[SERVICES].current, _caller(request)
    body = await read_body(request, RequestOtpRequest)
    admitted = _admitted(request, services)
    await services.limits.calls(caller.address)
    await services.sign_in.request_otp(
        admitted.bind_to(named_by("request-otp", body.contact_type, body.contact)),
        body.claim(),
        caller=caller,
    )
    return success()


async def verify_otp(request: web.Request) -> web.Response:
    """`POST /verify-otp`: the code turns the frame's session into the customer's."""
    key = read_idempotency_key(request)
    services, caller = request.app[SERVICES].current, _caller(request)
    body = await read_body(request, VerifyOtpRequest)
    admitted = _admitted(request, services)
    await services.limits.calls(caller.address)
    grant = await services.sign_in.verify_otp(
        admitted.bind_to(sha256_hex(key)),
        body.claim(),
        body.otp_code,
        key=key,
        caller=caller,
    )
    return never_stored(success(TokenGrant.of(grant)))


async def logout(request: web.Request) -> web.Response:
    """`POST /logout`: end this element's session, or the customer's on this login.

    What it asks for is its request's name: the same again may be sent with the same proof.
    """
    services = request.app[SERVICES].current
    body = await read_body(request, LogoutRequest)
    admitted = _admitted(request, services, expired_up_to_s=_LOGOUT_GRACE_S)
    services.limits.logout(admitted.access.session_id)
    proved, logout = admitted.bind_to(named_by("logout", body.scope)), services.logout
    revoked = await (logout.element if body.scope == "element" else logout.customer)(proved)
    return success(LogoutAnswer(revoked=revoked))


async def jwks(request: web.Request) -> web.Response:
    """`GET /jwks.json`: the public keys (RFC 7517), without the envelope."""
    response = web.Response(
        text=json.dumps(request.app[SERVICES].current.jwks), content_type="application/json"
    )
    response.headers[hdrs.CACHE_CONTROL] = _JWKS_CACHING
    return response


def _admitted(
    request: web.Request, services: Services, *, expired_up_to_s: int = 0
) -> VerifiedCredentials:
    """Return who calls; a caller whose tokens are refused too often hears `RateLimited` instead."""
    try:
        return services.presented.admitted(request, expired_up_to_s=expired_up_to_s)
    except (Unauthenticated, TokenInvalid):  # what is genuine is told what it needs to hear
        services.limits.refused_call(_caller(request).address)
        raise


def _business_id(request: web.Request) -> str:
    values = request.query.getall("business_id", [])
    if len(values) != 1:
        raise ValidationFailed("business_id", details={"fields": ["business_id"]})
    return values[0]


def _caller(request: web.Request) -> Caller:
    user_agent = request.headers.get(hdrs.USER_AGENT, "")
    printable = "".join(letter for letter in user_agent if " " <= letter <= "~")
    return Caller(
        client_address(request, request.app[SERVICES].current.trusted_proxies),
        printable[:_LONGEST_USER_AGENT],
    )
