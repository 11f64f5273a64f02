"""The bridge's contract: operations, types, messages (docs/protocol.md#http-surface)."""

from typing import Final

from elements_bridge.contract.messages import COMMANDS, EVENTS, Init, Ready
from elements_bridge.contract.types import (
    ActiveToken,
    BootstrapGrant,
    BootstrapRequest,
    DiagnoseAnswer,
    DiagnoseRequest,
    InactiveToken,
    InitRequest,
    LogoutAnswer,
    LogoutRequest,
    PinnedSdk,
    RefreshRequest,
    RequestOtpRequest,
    RevokeAnswer,
    RevokeRequest,
    TokenGrant,
    VerifyOtpRequest,
)
from elements_bridge.errors import (
    BootstrapExpired,
    BootstrapInvalid,
    BootstrapUsed,
    BusinessDisabled,
)
from link_kernel.contract.operations import (
    JSON_TYPE,
    NO_STORE,
    Answer,
    ApiDescription,
    Operation,
    Parameter,
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
    Conflict,
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
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionExpired,
    SessionRevoked,
    StoreUnavailable,
    Unauthenticated,
    UnknownBusiness,
    UnsupportedMediaType,
    UpstreamUnavailable,
    ValidationFailed,
)

_PREFIX: Final = "/v1/link/elements"
_CACHED: Final = {"Cache-Control": "`public, max-age=300`."}
_OUTCOME: Final = {"X-Refresh-Outcome": "`rotated`, `replayed` or `recovered`."}

_BUSINESS: Final = Parameter("business_id", "query", "The merchant whose page it is.")
_SHOP: Final = Parameter("Origin", "header", "The merchant page's origin; browsers set it.")
_OWN: Final = Parameter("Origin", "header", "The elements origin; browsers set it.")
_KEY: Final = idempotency_key("One for each token or code that is spent.", required=True)

_OF_CALLERS: Final = (OriginMalformed, OriginNotAllowed, RateLimited, StoreUnavailable)
_OF_BUSINESS: Final = (BusinessDisabled, UnknownBusiness)
_OF_KEY: Final = (IdempotencyKeyRequired, IdempotencyKeyReused)
_OF_SESSION: Final = (SessionExpired, SessionRevoked)
_JWKS: Final[Schema] = {
    "type": "object",
    "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
    "required": ["keys"],
}

OPERATIONS: Final = (
    Operation(
        "POST",
        f"{_PREFIX}/bootstrap",
        "A token for one frame of the calling page, or of a signed-in frame's page.",
        (Answer(BootstrapGrant, headers=NO_STORE),),
        BootstrapRequest,
        media_types=(JSON_TYPE, "text/plain"),
        credentials=(LINK_TOKEN, ACCESS_TOKEN),
        is_open=True,
        parameters=(_BUSINESS, _SHOP),
        refusals=(*_OF_CALLERS, *_OF_BUSINESS),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/init",
        "The bootstrap token becomes a session.",
        (Answer(TokenGrant, headers=NO_STORE),),
        InitRequest,
        parameters=(_OWN, _KEY, DPOP_PROOF),
        refusals=(
            *(BootstrapExpired, BootstrapInvalid, BootstrapUsed, Unauthenticated),
            *(*_OF_CALLERS, *_OF_BUSINESS, *_OF_KEY, *_OF_SESSION, *PROOF_REFUSALS),
        ),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/refresh",
        "The next refresh token and a fresh access token.",
        (Answer(TokenGrant, headers=NO_STORE | _OUTCOME),),
        RefreshRequest,
        parameters=(_OWN, _KEY, DPOP_PROOF),
        refusals=(
            *(RefreshTokenInvalid, RefreshTokenReused),
            *(*_OF_CALLERS, *_OF_BUSINESS, *_OF_KEY, *_OF_SESSION, *PROOF_REFUSALS),
        ),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/request-otp",
        "A code for the customer's contact.",
        (Answer(),),
        RequestOtpRequest,
        credentials=(ACCESS_TOKEN,),
        parameters=(_OWN,),
        refusals=(UpstreamUnavailable, *_OF_CALLERS, *_OF_BUSINESS),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/verify-otp",
        "The code turns the frame's session into the customer's.",
        (Answer(TokenGrant, headers=NO_STORE),),
        VerifyOtpRequest,
        credentials=(ACCESS_TOKEN,),
        parameters=(_OWN, _KEY),
        refusals=(
            *(Conflict, OtpAttemptsExceeded, OtpExpired, OtpInvalid, UpstreamUnavailable),
            *(*_OF_CALLERS, *_OF_BUSINESS, *_OF_KEY),
        ),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/logout",
        "Ends this element's session, or the customer's on this login; repeatable.",
        (Answer(LogoutAnswer),),
        LogoutRequest,
        credentials=(ACCESS_TOKEN,),
        parameters=(_OWN,),
        refusals=_OF_CALLERS,
    ),
    Operation(
        "POST",
        f"{_PREFIX}/diagnose",
        "Why an element stays blank in the calling page; on test deployments only.",
        (Answer(DiagnoseAnswer, headers=NO_STORE),),
        DiagnoseRequest,
        media_types=(JSON_TYPE, "text/plain"),
        parameters=(_BUSINESS, _SHOP),
        refusals=(NotFound, *_OF_CALLERS),
    ),
    Operation(
        "GET",
        f"{_PREFIX}/jwks.json",
        "The public keys (RFC 7517).",
        (Answer(_JWKS, in_envelope=False, headers=_CACHED),),
    ),
    Operation(
        "GET",
        f"{_PREFIX}/openapi.json",
        "This document.",
        (Answer({"type": "object"}, in_envelope=False, headers=_CACHED),),
    ),
)

API: Final = ApiDescription(
    name="elements-bridge",
    title="Cimplify Link Elements bridge",
    description="What frames and merchant pages call on `https://link.cimplify.io`.",
    operations=OPERATIONS,
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
