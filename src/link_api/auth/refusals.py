"""The error of a refresh that grants nothing, for each outcome of the script."""

from typing import assert_never

from link_api.auth.records import RotateLinkOutcome
from link_kernel.auth.refresh_errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenSuperseded,
)
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyReused,
    OriginNotAllowed,
    SessionExpired,
    SessionRevoked,
)
from link_kernel.observability.metrics import OriginReason
from link_kernel.observability.security_events import SecurityEvent


def refresh_refusal(outcome: RotateLinkOutcome, link_session_id: str) -> ApiError | None:
    """Return the error of a refresh that rotated nothing, or `None`."""
    refusal: ApiError | None
    match outcome:
        case RotateLinkOutcome.ROTATED | RotateLinkOutcome.REPLAYED | RotateLinkOutcome.RECOVERED:
            refusal = None
        case RotateLinkOutcome.KEY_REUSED:
            refusal = IdempotencyKeyReused(link_session_id)
        case RotateLinkOutcome.SUPERSEDED:
            refusal = RefreshTokenSuperseded(
                link_session_id, event=SecurityEvent.REFRESH_TOKEN_SUPERSEDED
            )
        case RotateLinkOutcome.REUSED:
            refusal = RefreshTokenReused(link_session_id)
        case RotateLinkOutcome.FOREIGN_SECRET:
            refusal = RefreshTokenInvalid("secret version")
        case RotateLinkOutcome.FOREIGN_ORIGIN:
            refusal = OriginNotAllowed(OriginReason.OTHER_LOGIN)
        case RotateLinkOutcome.ENDED:
            refusal = SessionRevoked(link_session_id)
        case RotateLinkOutcome.EXPIRED:
            refusal = SessionExpired(link_session_id)
        case _:
            assert_never(outcome)
    return refusal
