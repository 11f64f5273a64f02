"""The arithmetic of a report: percentiles, ratios, and which rounds were noisy."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MICRO: Final = 1_000_000
# A round is noisy above these shares; on a quiet machine both are a few percent.
MOST_DEVIATION: Final = 0.10
MOST_FOREIGN: Final = 0.15
# A generator busier than this may have been what limited the calls per second.
MOST_GENERATOR: Final = 0.85


@dataclass(frozen=True, slots=True)
class Slice:
    """One row's share of one round; times in seconds.

    `foreign` is the share of the server's core that other processes used meanwhile.
    """

    calls: int
    elapsed: float
    server_cpu: float
    generator_cpu: float
    foreign: float
    latencies: tuple[float, ...]

    @property
    def cpu_us(self) -> float:
        """The server's CPU per call in microseconds."""
        return self.server_cpu / self.calls * MICRO


@dataclass(frozen=True, slots=True)
class Summary:
    """A row over its counted rounds; CPU in microseconds, latencies in milliseconds.

    `ratio` is the median of each round's own ratio to the bare handler: both halves of a ratio
    have then seen the same machine. `least_us` is the best round's CPU: others can only add to it.
    """

    cpu_us: float
    least_us: float
    ratio: float
    per_second: float
    p50_ms: float
    p99_ms: float
    server_share: float
    generator_share: float

    @property
    def is_bounded_by_generator(self) -> bool:
        """Whether calls per second say more about the generator than about the server."""
        return self.generator_share > MOST_GENERATOR


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of the values do not exceed.

    Raises `ValueError` without values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def joined(slices: Sequence[Slice]) -> Slice:
    """Return several slices of one row as one."""
    elapsed = sum(one.elapsed for one in slices)
    return Slice(
        calls=sum(one.calls for one in slices),
        elapsed=elapsed,
        server_cpu=sum(one.server_cpu for one in slices),
        generator_cpu=sum(one.generator_cpu for one in slices),
        foreign=sum(one.foreign * one.elapsed for one in slices) / elapsed,
        latencies=tuple(latency for one in slices for latency in one.latencies),
    )


def summarise(slices: Sequence[Slice], bare_us: Sequence[float]) -> Summary:
    """Return the summary of a row; `bare_us` is the bare handler's CPU beside each slice."""
    pooled = [latency for one in slices for latency in one.latencies]
    return Summary(
        cpu_us=statistics.median(one.cpu_us for one in slices),
        least_us=min(one.cpu_us for one in slices),
        ratio=statistics.median(
            one.cpu_us / bare for one, bare in zip(slices, bare_us, strict=True)
        ),
        per_second=statistics.median(one.calls / one.elapsed for one in slices),
        p50_ms=percentile(pooled, 0.50) * 1000,
        p99_ms=percentile(pooled, 0.99) * 1000,
        server_share=statistics.median(one.server_cpu / one.elapsed for one in slices),
        generator_share=statistics.median(one.generator_cpu / one.elapsed for one in slices),
    )


def noises(bare_us: Sequence[float], foreign: Sequence[float]) -> list[str | None]:
    """Return for each round why it is noisy, `None` for a quiet one.

    `bare_us` is the bare handler's CPU of each round, `foreign` the share of the server's core that
    others took in it.
    """
    usual = statistics.median(bare_us)
    return [_noise(bare / usual - 1, taken) for bare, taken in zip(bare_us, foreign, strict=True)]


def _noise(deviation: float, foreign: float) -> str | None:
    if abs(deviation) > MOST_DEVIATION:
        return f"bare handler {deviation:+.0%} off its median"
    if foreign > MOST_FOREIGN:
        return f"others took {foreign:.0%} of the server's core"
    return None
