"""Prometheus metrics of a service; labels are closed sets, never ids."""

import os
from pathlib import Path
from typing import Final

import prometheus_client.values
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_LAG_BUCKETS_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters, gauges and histograms of one service; times are in seconds."""

    def __init__(self) -> None:
        """Create the metrics at zero, in a registry of this object's own."""
        registry = CollectorRegistry()
        self._registry = registry
        self.refreshes = Counter(
            "link_refreshes", "Refreshes by outcome.", ["outcome"], registry=registry
        )
        self.refusals = Counter("link_refusals", "Refusals by code.", ["code"], registry=registry)
        self.security_events = Counter(
            "link_security_events", "Security events by name.", ["event"], registry=registry
        )
        self.limited = Counter(
            "link_limited", "Calls over a limit, by its name.", ["limit"], registry=registry
        )
        self.limits_kept_locally = Counter(
            "link_limits_kept_locally",
            "Calls counted in this process alone since Redis did not answer.",
            registry=registry,
        )
        self.forwarded_for_not_believed = Counter(
            "link_forwarded_for_not_believed",
            "Calls from a private address whose X-Forwarded-For was not believed.",
            registry=registry,
        )
        self.authorizations = Counter(
            "link_authorizations", "Forward-auth answers by status.", ["status"], registry=registry
        )
        self.authorized = self.authorizations.labels("200")  # found once, for a path that is hot
        self.redis_connections_replaced = Counter(
            "link_redis_connections_replaced",
            "How often all connections to a Redis were replaced, since another may be the primary.",
            registry=registry,
        )
        self.revocations_announced = Counter(
            "link_revocations_announced", "Sessions announced as revoked.", registry=registry
        )
        self.revocations_unreplicated = Counter(
            "link_revocations_unreplicated",
            "Announcements that no replica confirmed within 100 ms.",
            registry=registry,
        )
        self.feed_age = Gauge(
            "link_revocation_feed_age_seconds",
            "Time since the revocation feed last answered.",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.feed_lag = Histogram(
            "link_revocation_feed_lag_seconds",
            "From a revocation's announcement to its arrival here.",
            buckets=_LAG_BUCKETS_S,
            registry=registry,
        )

    def text(self) -> bytes:
        """Return all metrics in the Prometheus text format, of all worker processes together."""
        if _SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # untyped in the library
        return generate_latest(shared)


def share_between_processes(folder: Path) -> None:
    """Let all processes forked from now on share their metrics, in files of `folder`.

    The library chooses its storage when it is imported, which is before the settings are read, so
    the choice is made again here.
    """
    os.environ[_SHARED_FOLDER] = str(folder)
    storage = prometheus_client.values.get_value_class()  # type: ignore[no-untyped-call]  # untyped
    prometheus_client.values.ValueClass = storage


def forget_process(pid: int) -> None:
    """Leave the gauges of a process that has died out of what is shared; what it counted stays."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]  # untyped in the library
