"""The public routes of the bridge: one table mounts and documents them.

See docs/protocol.md#http-surface; `contracts/` holds the documents made from this table.
"""

from dataclasses import replace
from typing import Final

from aiohttp import web

from elements_bridge.contract.internal_types import (
    ActiveToken,
    InactiveToken,
    RevokeAnswer,
    RevokeRequest,
)
from elements_bridge.contract.messages import COMMANDS, EVENTS, Init, Ready
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
    PinnedSdk,
    RefreshRequest,
    RequestOtpRequest,
    TokenGrant,
    VerifyOtpRequest,
)
from elements_bridge.errors import (
    BootstrapExpired,
    BootstrapInvalid,
    BootstrapUsed,
    BusinessDisabled,
)
from elements_bridge.http import handlers
from elements_bridge.http.cors import CorsPolicy
from elements_bridge.http.route import Route
from link_kernel.auth.refresh_errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenSuperseded,
)
from link_kernel.contact_errors import CountryNotSupported, ReservedContact
from link_kernel.contract.operations import (
    JSON_TYPE,
    NO_STORE,
    ApiDescription,
    Parameter,
    ResponseSpec,
    Schema,
    WireType,
    idempotency_key,
)
from link_kernel.contract.security_schemes import (
    ACCESS_TOKEN,
    DPOP_PROOF,
    LINK_TOKEN,
    PROOF_REFUSALS,
)
from link_kernel.errors import (
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InternalError,
    NotFound,
    OriginMalformed,
    OriginNotAllowed,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    PayloadTooLarge,
    RateLimited,
    SessionExpired,
    SessionRevoked,
    StoreUnavailable,
    Unauthenticated,
    UnknownBusiness,
    UnsupportedMediaType,
    UpstreamUnavailable,
    ValidationFailed,
)
from link_kernel.sessions.records import Mode
from link_kernel.web.openapi_route import document_of

API_PREFIX: Final = "/v1/link/elements"
_CACHED: Final = {"Cache-Control": "`public, max-age=300`."}
_OUTCOME: Final = {"X-Refresh-Outcome": "`rotated`, `replayed` or `recovered`."}

_BUSINESS: Final = Parameter("business_id", "query", "The merchant whose page it is.")
_PARENT: Final = Parameter(
    "parent_origin", "query", "The page in which it was not shown.", required=False
)
_SHOP: Final = Parameter("Origin", "header", "The merchant page's origin; browsers set it.")
_OWN: Final = Parameter("Origin", "header", "The elements origin; browsers set it.")
_KEY: Final = idempotency_key("One for each token or code that is spent.", required=True)
_OPEN: Final = Parameter(
    handlers.OPEN_HEADER,
    "header",
    "For how many ms the frame's document is open; counted, or dropped if it is no such number.",
    required=False,
)

_OF_CALLERS: Final = (OriginMalformed, OriginNotAllowed, RateLimited, StoreUnavailable)
_OF_CONTACT: Final = (CountryNotSupported, ReservedContact, UpstreamUnavailable)
_OF_BUSINESS: Final = (BusinessDisabled, UnknownBusiness)
_OF_KEY: Final = (IdempotencyKeyRequired, IdempotencyKeyReused)
_OF_SESSION: Final = (SessionExpired, SessionRevoked)
_JWKS: Final[Schema] = {
    "type": "object",
    "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
    "required": ["keys"],
}
_REPORTS: Final[Schema] = {"type": ["array", "object"]}  # of the Reporting API, and of CSP 2


async def openapi_document(request: web.Request) -> web.StreamResponse:
    """`GET /openapi.json`: the OpenAPI document of this table."""
    return await _serve_document(request)


ROUTES: Final = (
    Route(
        "POST",
        f"{API_PREFIX}/bootstrap",
        "A token for one frame of the calling page, or of a signed-in frame's page.",
        (ResponseSpec(BootstrapGrant, headers=NO_STORE),),
        BootstrapRequest,
        media_types=(JSON_TYPE, "text/plain"),
        credentials=(LINK_TOKEN, ACCESS_TOKEN),
        is_open=True,
        parameters=(_BUSINESS, _SHOP),
        refusals=(*_OF_CALLERS, *_OF_BUSINESS),
        handler=handlers.bootstrap,
        for_merchant_pages=True,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/init",
        "The bootstrap token becomes a session.",
        (ResponseSpec(TokenGrant, headers=NO_STORE),),
        InitRequest,
        parameters=(_OWN, _KEY, DPOP_PROOF, _OPEN),
        refusals=(
            *(BootstrapExpired, BootstrapInvalid, BootstrapUsed, Unauthenticated),
            *(*_OF_CALLERS, *_OF_BUSINESS, *_OF_KEY, *_OF_SESSION, *PROOF_REFUSALS),
        ),
        handler=handlers.init,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/refresh",
        "The next refresh token and a fresh access token.",
        (ResponseSpec(TokenGrant, headers=NO_STORE | _OUTCOME),),
        RefreshRequest,
        parameters=(_OWN, _KEY, DPOP_PROOF),
        refusals=(
            *(RefreshTokenInvalid, RefreshTokenReused, RefreshTokenSuperseded),
            *(*_OF_CALLERS, *_OF_BUSINESS, *_OF_KEY, *_OF_SESSION, *PROOF_REFUSALS),
        ),
        handler=handlers.refresh,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/request-otp",
        "A code for the customer's contact.",
        (ResponseSpec(OtpSent),),
        RequestOtpRequest,
        credentials=(ACCESS_TOKEN,),
        parameters=(_OWN,),
        refusals=(*_OF_CONTACT, *_OF_CALLERS, *_OF_BUSINESS),
        handler=handlers.request_otp,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/verify-otp",
        "The code turns the frame's session into the customer's.",
        (ResponseSpec(TokenGrant, headers=NO_STORE),),
        VerifyOtpRequest,
        credentials=(ACCESS_TOKEN,),
        parameters=(_OWN, _KEY),
        refusals=(
            *(OtpAttemptsExceeded, OtpExpired, OtpInvalid, ReservedContact, UpstreamUnavailable),
            *(*_OF_CALLERS, *_OF_BUSINESS, *_OF_KEY),
        ),
        handler=handlers.verify_otp,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/logout",
        "Ends this element's session, or the customer's on this login; repeatable.",
        (ResponseSpec(LogoutAnswer),),
        LogoutRequest,
        credentials=(ACCESS_TOKEN,),
        parameters=(_OWN,),
        refusals=_OF_CALLERS,
        handler=handlers.logout,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/diagnose",
        "Why an element stays blank in the calling page; on test deployments only.",
        (ResponseSpec(DiagnoseAnswer, headers=NO_STORE),),
        DiagnoseRequest,
        media_types=(JSON_TYPE, "text/plain"),
        parameters=(_BUSINESS, _SHOP),
        refusals=(NotFound, *_OF_CALLERS),
        handler=handlers.diagnose,
        for_merchant_pages=True,
        test_mode_only=True,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/reports",
        "What browsers report of a frame document's policy, by either API.",
        (ResponseSpec(),),
        _REPORTS,
        media_types=handlers.REPORT_TYPES,
        parameters=(replace(_BUSINESS, required=False), _PARENT),
        refusals=(RateLimited, StoreUnavailable),
        handler=handlers.reports,
        for_browsers=True,
    ),
    Route(
        "POST",
        f"{API_PREFIX}/failures",
        "A frame's handshake failed, and no server has seen why; it is counted.",
        (ResponseSpec(),),
        FailureReport,
        parameters=(_OWN,),
        refusals=_OF_CALLERS,
        handler=handlers.failures,
    ),
    Route(
        "GET",
        f"{API_PREFIX}/jwks.json",
        "The public keys (RFC 7517).",
        (ResponseSpec(_JWKS, in_envelope=False, headers=_CACHED),),
        handler=handlers.jwks,
    ),
    Route(
        "GET",
        f"{API_PREFIX}/openapi.json",
        "This document.",
        (ResponseSpec({"type": "object"}, in_envelope=False, headers=_CACHED),),
        handler=openapi_document,
    ),
)

API: Final = ApiDescription(
    name="elements-bridge",
    title="Cimplify Link Elements bridge",
    description="What frames and merchant pages call on `https://link.cimplify.io`.",
    operations=ROUTES,
    refusals=(InternalError, ValidationFailed),
    body_refusals=(PayloadTooLarge, UnsupportedMediaType),
    types=(
        WireType(PinnedSdk, "answer"),
        WireType(RevokeRequest, "request"),
        WireType(RevokeAnswer, "answer"),
        WireType(ActiveToken, "answer"),
        WireType(InactiveToken, "answer"),
    ),
    messages={
        "ready": WireType(Ready, "answer"),
        "init": WireType(Init, "request"),
        **{name: WireType(model, "request") for name, model in COMMANDS.items()},
        **{name: WireType(model, "answer") for name, model in EVENTS.items()},
    },
)

_serve_document: Final = document_of(API)


def routes_of(mode: Mode) -> tuple[Route, ...]:
    """Return the routes of a deployment in this mode."""
    return tuple(route for route in ROUTES if mode == "test" or not route.test_mode_only)


def mount_routes(root: web.Application, mode: Mode, cors: CorsPolicy) -> None:
    """Add the routes to a root of `link_kernel.web.application`.

    Pages call the routes with `POST`, so `cors` guards those, but what is for browsers; it answers
    every preflight.
    """
    root.on_response_prepare.append(cors.add_headers)
    for route in routes_of(mode):
        if route.handler is None:
            raise TypeError(f"{route.path} has no handler")
        if route.method == "GET":
            root.router.add_get(route.path, route.handler)
        else:
            handler = route.handler if route.for_browsers else cors.guard(route.handler)
            root.router.add_post(route.path, handler)
        root.router.add_options(route.path, cors.preflight)
