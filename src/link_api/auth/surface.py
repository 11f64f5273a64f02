"""The contract of `/v1/link/auth/*` (design section 9)."""

from typing import Final

from link_api.auth.contract import (
    LinkAuthResponse,
    LinkMessage,
    LogoutRequest,
    RefreshRequest,
    RequestOtpRequest,
    VerifyOtpRequest,
)
from link_kernel.contracts.credentials import LINK_TOKEN
from link_kernel.contracts.surface import NO_STORE, Answer, Operation, Parameter, idempotency_key
from link_kernel.errors import (
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    RateLimited,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionExpired,
    SessionRevoked,
    Unauthenticated,
    UpstreamUnavailable,
)

_PREFIX: Final = "/v1/link/auth"
_COOKIE: Final = {"Set-Cookie": "`__Host-link_refresh`: the refresh token, for the calling page."}
_BINDING: Final = Parameter(
    "Link-Otp-Binding",
    "header",
    "The elements session that a code belongs to; the bridge alone sends it.",
    {"type": "string", "pattern": "^els_[0-9A-Za-z]{16,32}$"},
    required=False,
)

OPERATIONS: Final = (
    Operation(
        "POST",
        f"{_PREFIX}/request-otp",
        "Sends a code to a contact; the same answer whoever has it.",
        (Answer(LinkMessage, in_envelope=False, headers=NO_STORE),),
        RequestOtpRequest,
        parameters=(_BINDING,),
        refusals=(RateLimited, UpstreamUnavailable),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/verify-otp",
        "A code becomes a login.",
        (Answer(LinkAuthResponse, in_envelope=False, headers=NO_STORE | _COOKIE),),
        VerifyOtpRequest,
        parameters=(
            _BINDING,
            idempotency_key("The same key, contact and code give the same login.", required=False),
        ),
        refusals=(
            *(IdempotencyKeyReused, RateLimited),
            *(OtpAttemptsExceeded, OtpExpired, OtpInvalid),
        ),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/refresh",
        "The next tokens of a login; the token from the body, else from the calling page's cookie.",
        (Answer(LinkAuthResponse, in_envelope=False, headers=NO_STORE),),
        RefreshRequest,
        parameters=(idempotency_key("One for each refresh token.", required=True),),
        refusals=(
            *(IdempotencyKeyRequired, IdempotencyKeyReused, RateLimited, Unauthenticated),
            *(RefreshTokenInvalid, RefreshTokenReused, SessionExpired, SessionRevoked),
        ),
    ),
    Operation(
        "POST",
        f"{_PREFIX}/logout",
        "Ends this login.",
        (Answer(LinkMessage, in_envelope=False, headers=NO_STORE | _COOKIE),),
        LogoutRequest,
        credentials=(LINK_TOKEN,),
        refusals=(RateLimited,),
    ),
)
