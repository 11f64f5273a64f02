"""Counts what becomes of one-time codes by outcome and country; see docs/metrics.md."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal

from link_kernel.errors import (
    ApiError,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    RateLimited,
    StoreUnavailable,
    UpstreamUnavailable,
)
from link_kernel.observability.metrics import Metrics

_OUTCOMES: Final[Mapping[type[ApiError], str]] = {
    OtpAttemptsExceeded: "exhausted",
    OtpExpired: "expired",
    OtpInvalid: "wrong",
    RateLimited: "limited",
    StoreUnavailable: "unavailable",
    UpstreamUnavailable: "failed",
}

Done = Literal["sent", "verified"]


@contextmanager
def counting_codes(
    metrics: Metrics, country: str, done: Literal["sent", "verified"]
) -> Iterator[None]:
    """Count one call that asks for a code or enters one: as `done`, or by its refusal."""
    try:
        yield
    except ApiError as refusal:
        metrics.otp.labels(_OUTCOMES.get(type(refusal), "refused"), country).inc()
        if isinstance(refusal, RateLimited):
            metrics.limited.labels(refusal.detail).inc()
        raise
    metrics.otp.labels(done, country).inc()
