"""Security events: stable names for incidents an operator should see (`docs/security-events.md`).

An error that is also an incident carries its event (`ApiError.event`), and what renders
errors reports it. An incident that is no error is reported where it happens.
"""

import logging
from enum import StrEnum
from typing import Final

from link_kernel.observability.metrics import Metrics

_log: Final = logging.getLogger("link.security")


class SecurityEvent(StrEnum):
    """The closed set of event names; a name never changes its meaning."""

    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105  # an event's name, no secret
    REFRESH_TOKEN_RECOVERED = "refresh_token_recovered"  # noqa: S105  # likewise
    REFRESH_TOKEN_SUPERSEDED = "refresh_token_superseded"  # noqa: S105  # likewise
    BOOTSTRAP_VERIFIER_WRONG = "bootstrap_verifier_wrong"
    BOOTSTRAP_BINDING_MISMATCH = "bootstrap_binding_mismatch"
    BOOTSTRAP_REUSED = "bootstrap_reused"
    ORIGIN_REFUSED = "origin_refused"
    DPOP_PROOF_REFUSED = "dpop_proof_refused"
    DPOP_KEY_MISMATCH = "dpop_key_mismatch"
    DPOP_PROOF_REPLAYED = "dpop_proof_replayed"
    DPOP_DOWNGRADE = "dpop_downgrade"
    OTP_LIMITED = "otp_limited"
    OTP_ATTEMPTS_EXCEEDED = "otp_attempts_exceeded"
    OTP_HOURLY_NEAR = "otp_hourly_near"
    OTP_HOURLY_FULL = "otp_hourly_full"
    OTP_MOSTLY_UNPROVED = "otp_mostly_unproved"
    RATE_LIMITED = "rate_limited"
    GUESTS_LIMITED = "guests_limited"
    CHECK_STATUS_LIMITED = "check_status_limited"
    UNVERIFIED_FRAME_BLOCKED = "unverified_frame_blocked"
    UNVERIFIED_CSP_VIOLATION = "unverified_csp_violation"
    BRIDGE_CREDENTIAL_REFUSED = "bridge_credential_refused"
    INTERNAL_CREDENTIAL_REFUSED = "internal_credential_refused"
    REVOCATION_UNDONE = "revocation_undone"
    SESSIONS_REVOKED = "sessions_revoked"
    KEYRING_CHANGED = "keyring_changed"
    KEYRING_REFUSED = "keyring_refused"


class SecurityLog:
    """Writes events to the log `link.security` and counts them."""

    def __init__(self, metrics: Metrics) -> None:
        """Take the metrics that count the events."""
        self._metrics = metrics

    def count_from_zero(self) -> None:
        """Have each event counted as 0: Prometheus sees no increase from nothing to 1."""
        for event in SecurityEvent:
            self._metrics.security_events.labels(event.value)

    def report(self, event: SecurityEvent, **fields: str | int) -> None:
        """Log one event and count it.

        `fields` are log fields that `link_kernel.observability.logs` allows: ids, origins, codes,
        counts; never a token, a contact or a customer's name.
        """
        self.count(event)
        _log.warning("security_event", extra={"event": event.value, **fields})

    def count(self, event: SecurityEvent) -> None:
        """Count an event without a line, where that of another one stands for both."""
        self._metrics.security_events.labels(event.value).inc()
