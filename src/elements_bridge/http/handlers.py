"""Handlers of `/v1/link/elements/*`: read the request, call one service, write the response."""

import re
from typing import Final

from aiohttp import hdrs, web

from elements_bridge.contract.types import (
    BootstrapGrant,
    BootstrapRequest,
    DiagnoseAnswer,
    DiagnoseRequest,
    FailureReport,
    InitRequest,
    LogoutAnswer,
    LogoutRequest,
    OtpSent,
    RefreshRequest,
    RequestOtpRequest,
    TokenGrant,
    VerifyOtpRequest,
)
from elements_bridge.http.cors import CALLER_ORIGIN
from elements_bridge.http.credentials import (
    read_access_request,
    read_spending_proof,
    request_hash,
)
from elements_bridge.service.auth_service import Caller
from elements_bridge.service.bootstrap import NewFrame
from elements_bridge.service.refresh import RefreshInput
from elements_bridge.service.violations import Claims, Reported
from elements_bridge.services import SERVICES, Services
from elements_bridge.tokens.bootstrap import BOOTSTRAP_TTL_S
from link_kernel.auth.authenticator import VerifiedCredentials
from link_kernel.errors import TokenInvalid, Unauthenticated, ValidationFailed
from link_kernel.ids import sha256_hex
from link_kernel.observability.metrics import Metrics
from link_kernel.web.credentials import read_bearer
from link_kernel.web.request import (
    JSON,
    read_body,
    read_idempotency_key,
    read_json,
    read_user_agent,
)
from link_kernel.web.response import never_stored, showing, success

_LOGOUT_GRACE_S: Final = 12 * 3600
_JWKS_HEADERS: Final = {
    hdrs.CONTENT_TYPE: "application/json; charset=utf-8",
    hdrs.CACHE_CONTROL: "public, max-age=300",
}
_OUTCOME_HEADER: Final = "X-Refresh-Outcome"
OPEN_HEADER: Final = "Open-Ms"
_OPEN_MS: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,20})?", re.ASCII)
_LONGEST_OPEN_MS: Final = 60_000  # a handshake that takes longer has failed for the shop
FAILURES: Final = ("internal", "network", "offline", "timeout")
"""Codes of handshakes that failed without an answer of ours; others are counted as `other`."""
REPORT_TYPES: Final = ("application/csp-report", "application/reports+json")


async def bootstrap(request: web.Request) -> web.Response:
    """`POST /bootstrap?business_id=`: a token for one frame of the calling merchant page.

    A signed-in frame may call it too, for a sibling frame on its page.
    """
    body = await read_body(request, BootstrapRequest, media_types=(JSON, "text/plain"))
    services = request.app[SERVICES].current
    frame = NewFrame(_read_business_id(request), body.element, body.code_challenge)
    origin, address = request[CALLER_ORIGIN], services.addresses.of(request)
    is_sibling = origin.text == services.elements_origin
    link_token = None if is_sibling else read_bearer(request)
    async with services.limits.handshake(
        services.limits.bounds.bootstrap,
        address,
        frame.business_id,
        is_guest=not is_sibling and link_token is None,
    ) as business:
        if is_sibling:
            verified = services.authenticator.authenticate(
                read_access_request(request, services.own_origins)
            )
            proved = verified.bind_to(request_hash("bootstrap", body.element, body.code_challenge))
            token = await services.bootstrap.issue_to_sibling(frame, business, proved)
        else:
            token = await services.bootstrap.issue(
                frame, business, origin=origin, address=address, unverified_link_token=link_token
            )
    grant = BootstrapGrant(bootstrap_token=token, expires_in=BOOTSTRAP_TTL_S)
    return never_stored(success(grant))


async def diagnose(request: web.Request) -> web.Response:
    """`POST /diagnose?business_id=`: why an element stays blank in the calling page.

    It is for developers, so it exists in test mode only.
    """
    body = await read_body(request, DiagnoseRequest, media_types=(JSON, "text/plain"))
    services = request.app[SERVICES].current
    async with services.limits.handshake(
        services.limits.bounds.diagnose, services.addresses.of(request), _read_business_id(request)
    ) as business:
        checks = services.diagnose.examine(business, request[CALLER_ORIGIN], body.parent_origin)
    return never_stored(success(DiagnoseAnswer.of(checks)))


async def reports(request: web.Request) -> web.Response:
    """`POST /reports`: what a browser reports of a frame document; anybody may send it.

    The address for reports says what a page claimed to be where the report cannot: of a document
    that was not shown, Chromium names the origin alone.
    """
    content = await read_json(request, REPORT_TYPES)
    services = request.app[SERVICES].current
    reported = Reported.read(content, services.own_origins)
    claims = Claims.of_query(request.query_string) if request.query_string else reported.claims
    services.limits.count_report(services.addresses.of(request))
    business = await services.limits.directory.look_up(claims.unverified_business_id)
    services.violations.note(reported, business, claims.unverified_parent)
    return success()


async def failures(request: web.Request) -> web.Response:
    """`POST /failures`: a frame's handshake failed, and no server has seen why."""
    body = await read_body(request, FailureReport)
    services = request.app[SERVICES].current
    services.limits.count_report(services.addresses.of(request))
    services.metrics.frame_failures.labels(body.code if body.code in FAILURES else "other").inc()
    return success()


async def init(request: web.Request) -> web.Response:
    """`POST /init`: the bootstrap token becomes a session."""
    key = read_idempotency_key(request)
    services = request.app[SERVICES].current
    body = await read_body(request, InitRequest)
    async with services.limits.handshake(
        services.limits.bounds.init, services.addresses.of(request), body.business_id
    ) as business:
        proof = read_spending_proof(request, services.own_origins)
        grant = await services.init.redeem(
            body.bootstrap_token, body.frame(), business, key=key, unverified_proof=proof
        )
    if body.via == "page":  # a sibling waits for its customer
        _count_opening(request.headers.getall(OPEN_HEADER, []), body.element, services.metrics)
    return never_stored(showing(TokenGrant.members(grant)))


async def refresh(request: web.Request) -> web.Response:
    """`POST /refresh`: the next refresh token and a fresh access token."""
    key = read_idempotency_key(request)
    services = request.app[SERVICES].current
    body = await read_body(request, RefreshRequest)
    proof = read_spending_proof(request, services.own_origins)
    outcome, grant = await services.refresh.spend(
        RefreshInput(body.refresh_token, proof, key, services.addresses.of(request))
    )
    response = never_stored(showing(TokenGrant.members(grant)))
    response.headers[_OUTCOME_HEADER] = outcome.value
    return response


async def request_otp(request: web.Request) -> web.Response:
    """`POST /request-otp`: a code for the customer's contact."""
    services = request.app[SERVICES].current
    caller = _caller(request, services)
    body = await read_body(request, RequestOtpRequest)
    verified = _authenticate(request, services)
    claim = body.claim()
    locale = body.locale and f"in {body.locale}"
    said = (claim.contact_type, *claim.said, *filter(None, [body.channel, locale]))
    proved = verified.bind_to(request_hash("request-otp", *said))
    with services.limits.otp_call(caller.address, verified.access.session_id):
        sent = await services.sign_in.request_otp(
            proved, claim, channel=body.channel, locale=body.locale, caller=caller
        )
    return showing(OtpSent.of(sent).model_dump(exclude_none=True))


async def verify_otp(request: web.Request) -> web.Response:
    """`POST /verify-otp`: the code turns the frame's session into the customer's."""
    key = read_idempotency_key(request)
    services = request.app[SERVICES].current
    caller = _caller(request, services)
    body = await read_body(request, VerifyOtpRequest)
    verified = _authenticate(request, services)
    proved = verified.bind_to(sha256_hex(key))
    with services.limits.otp_call(caller.address, verified.access.session_id):
        grant = await services.sign_in.verify_otp(
            proved, body.claim(), body.otp_code, key=key, caller=caller
        )
    return never_stored(showing(TokenGrant.members(grant)))


async def logout(request: web.Request) -> web.Response:
    """`POST /logout`: end this element's session, or the customer's on this login.

    There is no idempotency key: the scope identifies the request, so a retry may reuse its DPoP
    proof.
    """
    services = request.app[SERVICES].current
    body = await read_body(request, LogoutRequest)
    verified = _authenticate(request, services, expired_up_to_s=_LOGOUT_GRACE_S)
    services.limits.count_logout(verified.access.session_id)
    proved, logout = verified.bind_to(request_hash("logout", body.scope)), services.logout
    revoked = await (logout.element if body.scope == "element" else logout.customer)(proved)
    return success(LogoutAnswer(revoked=revoked))


async def jwks(request: web.Request) -> web.Response:
    """`GET /jwks.json`: the public keys (RFC 7517), without the envelope."""
    return web.Response(body=request.app[SERVICES].current.jwks, headers=_JWKS_HEADERS)


def _count_opening(said: list[str], element: str, metrics: Metrics) -> None:
    """Count how long a frame was open when it asked for its session, if it says what may be."""
    if len(said) == 1 and _OPEN_MS.fullmatch(said[0]) and float(said[0]) <= _LONGEST_OPEN_MS:
        metrics.frame_handshakes.labels(element).observe(float(said[0]) / 1000)


def _authenticate(
    request: web.Request, services: Services, *, expired_up_to_s: int = 0
) -> VerifiedCredentials:
    """Return who calls; a caller with too many invalid tokens gets `RateLimited` instead of 401."""
    try:
        unverified = read_access_request(request, services.own_origins)
        return services.authenticator.authenticate(unverified, expired_up_to_s=expired_up_to_s)
    except (Unauthenticated, TokenInvalid):  # an expired token or a bad proof does not count
        services.limits.count_invalid_token(services.addresses.of(request))
        raise


def _read_business_id(request: web.Request) -> str:
    values = request.query.getall("business_id", [])
    if len(values) != 1:
        raise ValidationFailed("business_id", details={"fields": ["business_id"]})
    return values[0]


def _caller(request: web.Request, services: Services) -> Caller:
    return Caller(services.addresses.of(request), read_user_agent(request))
