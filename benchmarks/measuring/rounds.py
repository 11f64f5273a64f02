"""Measures rows in interleaved rounds, and repeats noisy rounds a bounded number of times."""

import asyncio
import resource
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from benchmarks.measuring.cpu import core_busy_seconds, cores, foreign_share
from benchmarks.measuring.figures import Slice, Summary, joined, noises, summarise
from benchmarks.measuring.generator import SETTLED_S, Load, connected, finished_answers
from benchmarks.measuring.messages import Answer
from benchmarks.measuring.processes import Server

BARE: Final = "bare handler"
# With fewer quiet rounds than this all of them count, and the report says so.
FEWEST_QUIET: Final = 3


class Workload(Protocol):
    """Makes the requests of a row ahead of each slice, and checks their answers after it."""

    async def prepare(self, count: int) -> list[bytes]:
        """Return so many requests; none of this is measured."""
        ...

    def take(self, answers: Sequence[Answer]) -> None:
        """Check the answers, in the order of the requests, and keep what the next slice needs."""
        ...


@dataclass(frozen=True)
class Row:
    """One kind of call at one server, and how many a slice has."""

    name: str
    server: Server
    calls: int
    workload: Workload


@dataclass(frozen=True)
class Round:
    """Each row's slice, and the bare handler's CPU per call just before and after it."""

    slices: Mapping[str, Slice]
    bare_us: Mapping[str, float]

    @property
    def foreign(self) -> float:
        """The share of the server's core that others used in it."""
        return statistics.median(one.foreign for one in self.slices.values())


@dataclass
class Rounds:
    """What was measured, and why a round was noisy."""

    rounds: list[Round] = field(default_factory=list)
    noise: list[str | None] = field(default_factory=list)

    @property
    def counted(self) -> list[Round]:
        """The rounds that count: the quiet ones, or all if those are too few."""
        quiet = [one for one, reason in zip(self.rounds, self.noise, strict=True) if reason is None]
        return quiet if len(quiet) >= FEWEST_QUIET else self.rounds

    @property
    def quiet(self) -> int:
        """How many rounds were quiet."""
        return self.noise.count(None)

    def add(self, measured: Round) -> None:
        """Add a round; which rounds are noisy is found anew, for the median may have changed."""
        self.rounds.append(measured)
        bare_us = [one.bare_us[BARE] for one in self.rounds]
        self.noise = noises(bare_us, [one.foreign for one in self.rounds])

    def summaries(self) -> dict[str, Summary]:
        """Return each row's summary over the rounds that count."""
        counted = self.counted
        return {
            name: summarise(
                [one.slices[name] for one in counted], [one.bare_us[name] for one in counted]
            )
            for name in counted[0].slices
        }


async def measure_slice(row: Row) -> Slice:
    """Make one row's calls and measure them."""
    found = cores()
    core = found and found[0]
    load = Load(await row.workload.prepare(row.calls))
    async with connected(row.server.port) as connections:
        await asyncio.sleep(SETTLED_S)
        busy, cpu = core_busy_seconds(core), row.server.cpu_seconds()
        own, started = _own_cpu(), time.perf_counter()
        await connections.closed_loop(load)
        elapsed, own = time.perf_counter() - started, _own_cpu() - own
        used, busy_after = row.server.cpu_seconds() - cpu, core_busy_seconds(core)
    row.workload.take(finished_answers(load))
    return Slice(
        calls=row.calls,
        elapsed=elapsed,
        server_cpu=used,
        generator_cpu=own,
        foreign=foreign_share((busy, busy_after), used, elapsed),
        latencies=tuple(load.latencies),
    )


async def measure_rounds(
    bare: Row, rows: Sequence[Row], *, wanted: int, most: int, within_s: float
) -> Rounds:
    """Measure until so many rounds were quiet, at most `most`; a first round warms up.

    After `FEWEST_QUIET` rounds none is begun that would probably end after `within_s` seconds.
    """
    rounds, began = Rounds(), time.monotonic()
    await _round(bare, rows, "warm-up")
    _say("\n")
    while rounds.quiet < wanted and len(rounds.rounds) < most:
        done = len(rounds.rounds)
        spent = time.monotonic() - began
        if done >= FEWEST_QUIET and spent * (done + 2) / (done + 1) > within_s:
            break
        rounds.add(await _round(bare, rows, f"round {done + 1}"))
        unit = rounds.rounds[-1].bare_us[BARE]
        _say(f" bare {unit:.1f} µs; {rounds.noise[-1] or 'quiet'}\n")
    return rounds


async def _round(bare: Row, rows: Sequence[Row], title: str) -> Round:
    """Measure each row between two slices of the bare handler."""
    _say(f"{title}: ")
    units, slices, bare_us = [await measure_slice(bare)], {}, {}
    for row in rows:
        slices[row.name] = await measure_slice(row)
        units.append(await measure_slice(bare))
        bare_us[row.name] = joined(units[-2:]).cpu_us
        _say(".")
    whole = joined(units)
    return Round({BARE: whole, **slices}, {BARE: whole.cpu_us, **bare_us})


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _say(text: str) -> None:
    """Show progress on standard error: standard output has the table alone."""
    sys.stderr.write(text)
    sys.stderr.flush()
