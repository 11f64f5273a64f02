"""API errors, one class per wire code (docs/protocol.md#errors); `web.response` writes the body.

The first line of each docstring is published: it describes the error in the OpenAPI document.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar

from link_kernel.observability.metrics import OriginReason
from link_kernel.observability.security_events import SecurityEvent


class ApiError(Exception):
    """An error of the contract. `message` is sent to the client, `challenge` is that of a 401.

    `detail` is written to our log only and holds no secret; `event` is what an operator is told.
    """

    code: ClassVar[str]
    status: ClassVar[HTTPStatus]
    message: ClassVar[str]
    action: ClassVar[str | None] = None
    retryable: ClassVar[bool] = False
    challenge: ClassVar[str] = 'Bearer realm="cimplify-link", DPoP algs="ES256"'
    event: SecurityEvent | None = None

    def __init__(
        self,
        detail: str = "",
        *,
        details: Mapping[str, object] | None = None,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
        event: SecurityEvent | None = None,
    ) -> None:
        """Take the private `detail` and the public `details` (field names, never values).

        `retry_after_s` is the wait in seconds before a retry. `headers` are added to the response;
        `event` replaces the event of the class.
        """
        super().__init__(detail)
        self.detail = detail
        self.details = details
        self.retry_after_s = retry_after_s
        self.headers = headers or {}
        self.event = event or self.event


class ValidationFailed(ApiError):
    """The request does not have the shape of the contract."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST
    message = "The request is not as the contract writes it; `details` names the fields at fault."
    action = "fix_integration"


class IdempotencyKeyRequired(ApiError):
    """A call that spends something came without a usable `Idempotency-Key`."""

    code = "IDEMPOTENCY_KEY_REQUIRED"
    status = HTTPStatus.BAD_REQUEST
    message = "Send an Idempotency-Key header: 22 to 128 visible ASCII characters, made at random."
    action = "fix_integration"


class Unauthenticated(ApiError):
    """No credential, or one that stands for nobody."""

    code = "UNAUTHENTICATED"
    status = HTTPStatus.UNAUTHORIZED
    message = "The credential is missing, unknown or has ended. Sign in again."


class TokenExpired(ApiError):
    """The access token's 300 seconds are over."""

    code = "TOKEN_EXPIRED"
    status = HTTPStatus.UNAUTHORIZED
    message = "The access token has expired. Refresh it."
    action = "refresh"


class TokenInvalid(ApiError):
    """Not an access token of ours, for this issuer, audience and mode."""

    code = "TOKEN_INVALID"
    status = HTTPStatus.UNAUTHORIZED
    message = "The access token is not valid here. Start a new session."
    action = "reinit"


class InvalidDpopProof(ApiError):
    """The DPoP proof is missing, wrong, of another key, or was used for another request."""

    code = "INVALID_DPOP_PROOF"
    status = HTTPStatus.UNAUTHORIZED
    message = (
        "The DPoP proof does not show the key this session is bound to. Send a new proof once,"
        " with the same Idempotency-Key."
    )
    action = "retry"
    challenge = 'DPoP error="invalid_dpop_proof", algs="ES256"'
    event = SecurityEvent.DPOP_PROOF_REFUSED


class UseDpopNonce(ApiError):
    """The proof's time is off; a nonce of ours takes the clock's place (RFC 9449 section 8)."""

    code = "USE_DPOP_NONCE"
    status = HTTPStatus.UNAUTHORIZED
    message = "Put the nonce of DPoP-Nonce into a new proof and send the same request once more."
    action = "retry"
    challenge = 'DPoP error="use_dpop_nonce", algs="ES256"'
    retryable = True


class SessionRevoked(ApiError):
    """The session was ended on purpose, or the link session it hangs on is gone."""

    code = "SESSION_REVOKED"
    status = HTTPStatus.UNAUTHORIZED
    message = "This session was ended. Start a new one."
    action = "reinit"


class SessionExpired(ApiError):
    """The session's idle or absolute life is over, or nothing is known of it."""

    code = "SESSION_EXPIRED"
    status = HTTPStatus.UNAUTHORIZED
    message = "This session has expired. Start a new one."
    action = "reinit"


class IdempotencyKeyReused(ApiError):
    """One `Idempotency-Key` stood for two different requests."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "This Idempotency-Key already belongs to another request. Make a new one for each."


class OriginNotAllowed(ApiError):
    """The caller's origin may not make this call."""

    code = "ORIGIN_NOT_ALLOWED"
    status = HTTPStatus.FORBIDDEN
    message = "This origin may not make this call. Add it to the business's allow-list."
    action = "fix_integration"
    event = SecurityEvent.ORIGIN_REFUSED

    def __init__(self, reason: OriginReason, detail: str = "") -> None:
        """Take the reason, which is counted, and what the log is told besides."""
        super().__init__(detail or reason)
        self.reason = reason


class OriginMalformed(ApiError):
    """`Origin` is not spelt as browsers serialise it (RFC 6454 section 6.1)."""

    code = "ORIGIN_MALFORMED"
    status = HTTPStatus.BAD_REQUEST
    message = (
        "The origin is not spelt as browsers send it: scheme, host and port, lower case, no path."
    )
    action = "fix_integration"
    reason: ClassVar = OriginReason.MALFORMED


class InsufficientScope(ApiError):
    """The customer must prove more than this session holds; `details.missing` names what."""

    code = "INSUFFICIENT_SCOPE"
    status = HTTPStatus.FORBIDDEN
    message = "This session does not reach so far; `details.missing` says what it lacks."
    action = "reauth"


class NotFound(ApiError):
    """Nothing is here."""

    code = "NOT_FOUND"
    status = HTTPStatus.NOT_FOUND
    message = "There is nothing at this address."


class UnknownBusiness(ApiError):
    """No business of this id in this deployment's mode."""

    code = "UNKNOWN_BUSINESS"
    status = HTTPStatus.NOT_FOUND
    message = "No business of this id is known here. Check business_id and the mode, live or test."
    action = "fix_integration"


class MethodNotAllowed(ApiError):
    """The address exists, the method does not."""

    code = "METHOD_NOT_ALLOWED"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    message = "This address does not take this method."


class PayloadTooLarge(ApiError):
    """The body is larger than any request of the contract."""

    code = "PAYLOAD_TOO_LARGE"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    message = "The body is too large."


class UnsupportedMediaType(ApiError):
    """The body does not say that it is what the route takes."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    message = "Send the body in the route's own media type; it is application/json for most."


class Conflict(ApiError):
    """The request contradicts what the session asked for before."""

    code = "CONFLICT"
    status = HTTPStatus.CONFLICT
    message = "The request does not fit what was asked for before."


class OtpInvalid(ApiError):
    """The code is wrong."""

    code = "OTP_INVALID"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "The code is not right. Check it and try again."


class OtpExpired(ApiError):
    """No code is open for this contact, or this one was used."""

    code = "OTP_EXPIRED"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "The code has expired or was used. Ask for a new one."


class OtpAttemptsExceeded(ApiError):
    """The code was tried too often."""

    code = "OTP_ATTEMPTS_EXCEEDED"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "The code was tried too often. Ask for it again to have more tries."
    event = SecurityEvent.OTP_ATTEMPTS_EXCEEDED


class RateLimited(ApiError):
    """Too many calls; `Retry-After` says how long to wait."""

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = "Too many requests. Wait as long as Retry-After says."
    retryable = True
    event = SecurityEvent.RATE_LIMITED


class UpstreamUnavailable(ApiError):
    """A service behind this one did not answer as it should."""

    code = "UPSTREAM_UNAVAILABLE"
    status = HTTPStatus.BAD_GATEWAY
    message = "A service behind this one is not answering. Try again."
    retryable = True


class StoreUnavailable(ApiError):
    """The session store did not answer; nobody is logged out by that."""

    code = "STORE_UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "A store behind this service is not answering. Try again; nothing was lost."
    retryable = True


class InternalError(ApiError):
    """A fault of ours."""

    code = "INTERNAL_ERROR"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    message = "Something went wrong on our side. The X-Request-Id names this call in our logs."


class InvalidSetting(ValueError):
    """A setting's value is refused; the text quotes nothing of it, so that it can be shown."""
