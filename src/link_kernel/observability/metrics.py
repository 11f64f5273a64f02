"""Prometheus metrics of a service; labels are closed sets, never ids (docs/metrics.md)."""

import logging
import os
import platform
from bisect import bisect_left
from enum import StrEnum
from pathlib import Path
from typing import Final

import prometheus_client.values
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.values import MultiProcessValue

from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.version import installed_version

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
UNKNOWN_ROUTE: Final = "unknown"
_SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_LAG_BUCKETS_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TIME_BUCKETS_S: Final = (0.001, 0.0025, *_LAG_BUCKETS_S[1:])
# From a repeat at once to one after the night; a session lives for 12 hours.
_REPEAT_BUCKETS_S: Final = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200)
# Whoever calls may write any word as a method, and each would be a series of its own.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER_METHOD: Final = "other"
_FIRST_REFUSAL: Final = 400
_OUTCOMES: Final = {429: "limited", 500: "failed", 502: "unavailable", 503: "unavailable"}

_FIRST_SIZE: Final = 1 << 16
_MOST_BESIDE_KEY: Final = 32  # of a value in a file: a length, a number, a time, and what aligns
_no_room: Final = LastingFault(
    logging.getLogger(__name__), "metrics_without_room", "metrics_have_room"
)


class OriginReason(StrEnum):
    """Why a page was refused by its origin."""

    MALFORMED = "malformed"  # not spelt as browsers spell it
    MISSING = "missing"
    NULL = "null"  # a sandboxed page or a local file
    SCHEME = "scheme"  # neither http nor https
    NOT_LISTED = "not_listed"
    NOT_OURS = "not_ours"  # a call that only a page of the elements origin may make
    FETCH_SITE = "fetch_site"  # `Sec-Fetch-Site` says that it came from elsewhere
    OTHER_LOGIN = "other_login"  # a cookie of a login on another page


class Times(Histogram):
    """A histogram of seconds for hot paths, where the library's `observe` costs twice as much."""

    def observe(self, amount: float, _exemplar: dict[str, str] | None = None) -> None:
        """Count so many seconds."""
        self._sum.inc(amount)
        self._buckets[bisect_left(self._upper_bounds, amount)].inc(1)


class Metrics:
    """The counters, gauges and histograms of one service; times are in seconds."""

    def __init__(self) -> None:
        """Create the metrics at zero, in a registry of this object's own."""
        registry = CollectorRegistry()
        self._registry = registry
        self._measure_times(registry)
        self.refreshes = Counter(
            "link_refreshes", "Refreshes by outcome.", ["outcome"], registry=registry
        )
        self.spent_tokens = Histogram(
            "link_spent_token_seconds",
            "Since the latest rotation, when a spent refresh token came, by outcome.",
            ["outcome"],
            buckets=_REPEAT_BUCKETS_S,
            registry=registry,
        )
        self.frame_handshakes = Histogram(
            "link_frame_handshake_seconds",
            "From the opening of a frame's document to its init, as frames say, by element.",
            ["element"],
            buckets=_TIME_BUCKETS_S,
            registry=registry,
        )
        self.frame_failures = Counter(
            "link_frame_failures",
            "Handshakes that failed without an answer of ours, as frames say, by their failure.",
            ["failure"],
            registry=registry,
        )
        self.otp = Counter(
            "link_otp",
            "One-time codes asked for and entered, by outcome and country.",
            ["outcome", "country"],
            registry=registry,
        )
        self.refusals = Counter("link_refusals", "Refusals by code.", ["code"], registry=registry)
        self.refused_origins = Counter(
            "link_refused_origins", "Pages refused by origin.", ["reason"], registry=registry
        )
        self.security_events = Counter(
            "link_security_events", "Security events by name.", ["event"], registry=registry
        )
        self.limited = Counter(
            "link_limited", "Calls over a limit, by its name.", ["limit"], registry=registry
        )
        self.limits_near = Counter(
            "link_limit_near",
            "Calls admitted where 80 % of a limit or more was used, by its name.",
            ["limit"],
            registry=registry,
        )
        self.limits_full = Counter(
            "link_limit_full",
            "Windows that became full, by their limit.",
            ["limit"],
            registry=registry,
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
        Gauge(
            "link_build_info",
            "1, with the versions of the service and of Python.",
            ["version", "python"],
            registry=registry,
            multiprocess_mode="livemax",
        ).labels(installed_version(), platform.python_version()).set(1)

    def _measure_times(self, registry: CollectorRegistry) -> None:
        """Create the histograms of what requests wait for."""
        self._requests = Times(
            "link_request_seconds",
            "Requests by route, method and outcome.",
            ["route", "method", "outcome"],
            buckets=_TIME_BUCKETS_S,
            registry=registry,
        )
        self._found: dict[tuple[str, str, str], Histogram] = {}
        redis = Times(
            "link_redis_seconds",
            "Round trips to Redis by outcome, with the wait for a connection.",
            ["outcome"],
            buckets=_TIME_BUCKETS_S,
            registry=registry,
        )
        self.redis_answered, self.redis_failed = redis.labels("ok"), redis.labels("error")
        self.sql = Histogram(
            "link_sql_seconds",
            "Reads and transactions by outcome, with the wait for a connection.",
            ["kind", "outcome"],
            buckets=_TIME_BUCKETS_S,
            registry=registry,
        )

    def count_request(self, route: str | None, method: str, status: int, took_s: float) -> None:
        """Count a request by its route's pattern, which is `None` where it has no route."""
        outcome = "ok" if status < _FIRST_REFUSAL else _OUTCOMES.get(status, "refused")
        key = (route or UNKNOWN_ROUTE, method, outcome)
        times = self._found.get(key)  # found once each: `labels` costs more than the counting
        if times is None:
            known = method if method in _METHODS else _OTHER_METHOD
            times = self._requests.labels(key[0], known, outcome)
            if known == method:
                self._found[key] = times
        times.observe(took_s)

    def text(self) -> bytes:
        """Return all metrics in the Prometheus text format, of all worker processes together."""
        if _SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # untyped in the library
        return generate_latest(shared)


class _SharedValues(MmapedDict):
    """A file of metrics, whose room is taken before it is written.

    The library's have holes, and to write to one without room left ends the process by SIGBUS. A
    value for which there is no room stays in its process, and is written when it next changes.
    """

    def __init__(self, path: str) -> None:
        """Open the file, or make it if there is room."""
        self._path = Path(path)
        self._f = None  # type: ignore[assignment]  # as once it is closed
        self._positions = {}
        self._used = self._capacity = 0
        self._has_room_for("")

    def read_value(self, key: str) -> tuple[float, float]:
        """Return a value and its time."""
        return super().read_value(key) if self._has_room_for(key) else (0.0, 0.0)  # type: ignore[no-untyped-call]  # untyped

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Write a value, if there is room for it."""
        if self._has_room_for(key):
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]  # untyped
            if _no_room.lasts:
                _no_room.not_met()

    def _has_room_for(self, key: str) -> bool:
        if key in self._positions:
            return True
        try:
            self._take_room(len(key.encode()) + _MOST_BESIDE_KEY)
        except OSError as error:
            _no_room.met(f"{error.strerror}: {self._path.parent} (TMPDIR)")
            return False
        return True

    def _take_room(self, size: int) -> None:
        """Take the room for a value of this size, and for the file if there is none yet."""
        if not self._capacity:
            if not self._path.exists():
                _make_file(self._path)
            super().__init__(str(self._path))  # type: ignore[no-untyped-call]  # untyped
        if self._used + size > self._capacity:  # the library doubles it, too
            os.posix_fallocate(self._f.fileno(), 0, 2 * self._capacity)


def _make_file(path: Path) -> None:
    """Make an empty file of metrics; who reads all finds it whole or not at all."""
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _FIRST_SIZE)
        new.rename(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def share_between_processes(folder: Path, place: int) -> None:
    """Let this process share its metrics with those at other places, in files of `folder`.

    One that replaces a process takes its place, so it counts on where that one died, and the files
    stay as many as there are places.

    The library chooses its storage when it is imported, which is before the settings are read, so
    the choice is made again here.
    """
    os.environ[_SHARED_FOLDER] = str(folder)
    storage = MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call]  # untyped
    prometheus_client.values.ValueClass = storage
    prometheus_client.values.MmapedDict = _SharedValues  # type: ignore[attr-defined, assignment]  # not public


def forget_process(folder: Path, place: int) -> None:
    """Leave the gauges of a process that has died out of what is shared; what it counted stays."""
    mark_process_dead(place, folder)  # type: ignore[no-untyped-call]  # untyped in the library
