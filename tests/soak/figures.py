"""The figures of a day, each a ratio within the same run: no machine is as fast as another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.measuring.figures import percentile

from tests.soak.day import Day

_THIRDS: Final = 3
_MOST_SLOWER: Final = 2.0
_PROOF_KEY_MIB: Final = 3.0 / 1024


@dataclass(frozen=True)
class Third:
    """A third of a day's refreshes: 99 % took less, in seconds, beside the cheapest call."""

    refresh_p99: float
    healthz_p99: float

    @property
    def ratio(self) -> float:
        """How many times as long as the cheapest call of the same time."""
        return self.refresh_p99 / self.healthz_p99


def thirds_of(day: Day) -> list[Third]:
    """Return the latencies in each third of the refreshes, but for those that met the failover."""
    calls = sorted(
        (call.start, call.end - call.start)
        for session in day.sessions
        for call in session.frame.history.calls
        if call.kind == "refresh"
        and call.outcome is not None
        and not any(one.cut <= call.end and call.start <= one.end for one in day.failovers)
    )
    size = len(calls) // _THIRDS
    found = []
    for part in (calls[number * size : (number + 1) * size] for number in range(_THIRDS)):
        first, last = part[0][0], part[-1][0]
        machine = [took for at, took in day.watch.healthz if first <= at <= last]
        found.append(Third(percentile([took for _, took in part], 0.99), percentile(machine, 0.99)))
    return found


def cpu_of_a_call(day: Day) -> list[float]:
    """Return the CPU in seconds of a call, in the first and in the last third of all calls."""
    samples = day.watch.samples
    size = samples[-1].calls // _THIRDS
    early = next(one for one in samples if one.calls >= size)
    late = next(one for one in samples if one.calls >= 2 * size)
    return [
        (after.cpu_s - before.cpu_s) / (after.calls - before.calls)
        for before, after in ((samples[0], early), (late, samples[-1]))
    ]


def grown_mib(day: Day) -> float:
    """Return by how much the bridge's memory has grown since the sale, but for proof keys.

    Each key that it has read is kept, up to ten thousand of them (docs/performance.md).
    """
    sale = max(day.watch.samples, key=lambda one: one.keys)
    last = day.watch.samples[-1]
    keys_mib = (last.customers - sale.customers) * _PROOF_KEY_MIB
    return last.resident_mib - sale.resident_mib - keys_mib


def has_slowed(day: Day) -> bool:
    """Tell whether refreshes took longer at the end, in time and beside the cheapest call too.

    One of the two alone is the machine's: others use it, and the cheapest call is soon disturbed.
    """
    early, _, late = thirds_of(day)
    grown = late.refresh_p99 / early.refresh_p99, late.ratio / early.ratio
    return min(grown) > _MOST_SLOWER


def lines_of(day: Day) -> Sequence[str]:
    """Return the figures for a person."""
    samples, cpu = day.watch.samples, cpu_of_a_call(day)
    sale = max(samples, key=lambda one: one.keys)
    granted = sum(one.frame.generation for one in day.sessions)
    retried = sum(one.frame.retried for one in day.sessions)
    found, expected = max(day.watch.bytes_expected)
    slow = (f"{one.ratio:.1f} ({one.refresh_p99 * 1000:.0f} ms)" for one in thirds_of(day))
    figures = {
        "sessions": f"{len(day.sessions)} in {day.clock.ahead_s / 3600:.0f} h",
        "refreshes": f"{granted}, {day.proxy.lost} answers lost, {retried} tries again",
        "failovers": str(len(day.failovers)),
        "ended": f"{day.left} logged out, {day.slept_too_long} slept too long",
        "thefts caught": str(day.thefts_caught),
        "logouts": str(len(day.logouts)),
        "refresh p99, × healthz": ", ".join(slow),
        "CPU of a call, µs": ", ".join(f"{one * 1e6:.0f}" for one in cpu),
        "memory of the bridge, MiB": f"{samples[0].resident_mib:.1f} at first,"
        f" {sale.resident_mib:.1f} at the sale, {samples[-1].resident_mib:.1f} at the end;"
        f" {grown_mib(day):.1f} grown since the sale, but for kept keys",
        "keys of Redis": f"{sale.keys} at the sale, {samples[-1].keys} at the end",
        "bytes of them": f"{found} at the sale, {expected} expected",
        "open files of the bridge": str(max(one.open_files for one in samples)),
        "connections of Redis": str(max(one.redis_clients for one in samples)),
    }
    return [f"{name}: {figure}" for name, figure in figures.items()]
