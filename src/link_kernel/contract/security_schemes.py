"""The OpenAPI security schemes that both services accept (docs/protocol.md#tokens)."""

from typing import Final

from link_kernel.contract.operations import Parameter, SecurityScheme
from link_kernel.errors import (
    InsufficientScope,
    InvalidDpopProof,
    SessionExpired,
    SessionRevoked,
    TokenExpired,
    TokenInvalid,
    Unauthenticated,
    UseDpopNonce,
)

DPOP_PROOF: Final = Parameter(
    "DPoP",
    "header",
    "Proof of the key that the token is bound to (RFC 9449). Its claim `ath` is required on every"
    " call: the base64url SHA-256 of the access token, or of the bootstrap or refresh token that"
    " the call spends. `details.claim` of `INVALID_DPOP_PROOF` names a claim that is missing or"
    " wrong.",
    required=False,
)
PROOF_REFUSALS: Final = (InvalidDpopProof, UseDpopNonce)

LINK_TOKEN: Final = SecurityScheme(
    names=("linkToken",),
    schemes={
        "linkToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "lnk_…",
            "description": "`session_token` of `POST /v1/link/auth/verify-otp`.",
        }
    },
    refusals=(Unauthenticated,),
)

ACCESS_TOKEN: Final = SecurityScheme(
    names=("boundAccessToken", "accessToken"),
    schemes={
        "boundAccessToken": {
            "type": "http",
            "scheme": "dpop",
            "description": "An elements access token that is bound to a key; with a `DPoP` proof.",
        },
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An elements access token that is bound to no key.",
        },
    },
    refusals=(
        Unauthenticated,
        TokenExpired,
        TokenInvalid,
        SessionExpired,
        SessionRevoked,
        InsufficientScope,
        *PROOF_REFUSALS,
    ),
    headers=(DPOP_PROOF,),
)
