"""What callers see of each fault in each place, and the table of it in docs/operations.md."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.faults.honest_client import LOGGED_OUT, SERVED, Visit
from tests.support.faults.stack import FaultyStack, Place
from tests.support.servers.fault_proxy import Fault

PAGE: Final = Path(__file__).parents[3] / "docs" / "operations.md"
_BEGIN: Final = "<!-- `make fault-table` writes this table. -->\n"
_END: Final = "<!-- The end of the table. -->\n"
_HEAD: Final = """\
| between | fault | what callers get | after it has ended | within | logouts |
|---|---|---|---|---|---|
"""
_ROW: Final = re.compile(r"\| (.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|")
_PATIENCE_S: Final = 30.0
_SILENT: Final = {Fault.SILENT, Fault.HALF_OPEN}
# A client has a time-out of its own, or it would wait for a silent bridge for ever.
_CLIENT_S: Final = 0.5
_CLASSES_S: Final = (1, 3, 10)


@dataclass(frozen=True)
class Observed:
    """One fault in one place: each call's answer while it lasts, and the recovery."""

    place: Place
    fault: Fault
    answers: str
    calls: int
    """How many calls the first success took after the fault; 0 where all were served all along."""
    seconds: float
    logouts: int


async def observe(stack: FaultyStack, place: Place, fault: Fault) -> Observed:
    """Begin the fault, call, end it, and call until all is served; nothing may be done twice."""
    visit, proxy = await Visit.begin(stack), stack.proxies[place]
    calls = visit.calls()
    within_s = _CLIENT_S if place is Place.CLIENT and fault in _SILENT else _PATIENCE_S
    proxy.begin(fault)
    answers = await asyncio.gather(*(call.attempt(within_s) for call in calls))
    await proxy.mend()
    mended_s = time.monotonic()
    left = [call for call, answer in zip(calls, answers, strict=True) if answer != SERVED]
    counts = await asyncio.gather(*(call.until_served(_PATIENCE_S) for call in left))
    seconds = time.monotonic() - mended_s
    await visit.check(calls)
    names: dict[str, list[str]] = defaultdict(list)
    for call, answer in zip(calls, answers, strict=True):
        names[answer].append(call.name)
    return Observed(
        place, fault, _text(names), max(counts, default=0), seconds, answers.count(LOGGED_OUT)
    )


def rows(observed: Iterable[Observed]) -> list[tuple[str, ...]]:
    """Return the rows of the table: one for all faults of a place that look the same."""
    alike: dict[tuple[Place, str, int, int], list[Observed]] = defaultdict(list)
    for one in observed:
        alike[one.place, one.answers, one.calls, one.logouts].append(one)
    return [
        (place, ", ".join(one.fault for one in found), answers, _recovery(calls), _class(found), n)
        for (place, answers, calls, logouts), found in alike.items()
        for n in [str(logouts)]
    ]


def written_rows(place: Place) -> list[tuple[str, ...]]:
    """Return the rows of a place as the page has them."""
    table = PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0]
    return [row for row in _ROW.findall(table) if row[0] == place]


def write(observed: Iterable[Observed]) -> None:
    """Write the table into the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows(observed))
    PAGE.write_text(f"{before}{_BEGIN}{_HEAD}{table}{_END}{rest.partition(_END)[2]}", "utf-8")


def without_seconds(found: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return rows without the time that the recovery took, which differs from run to run."""
    return [(*row[:4], row[5]) for row in found]


def _text(names: dict[str, list[str]]) -> str:
    """Return who gets what; who is served among others is left out."""
    refused = {answer: found for answer, found in names.items() if answer != SERVED}
    if not refused:
        return "all is served"
    return "; ".join(f"{', '.join(found)}: {answer}" for answer, found in refused.items())


def _recovery(calls: int) -> str:
    return {0: "–", 1: "served at the first call"}.get(calls, f"served at call {calls}")


def _class(found: list[Observed]) -> str:
    """Return the class of the slowest recovery: a table of milliseconds would never be the same."""
    if not any(one.calls for one in found):
        return "–"
    slowest = max(one.seconds for one in found)
    return next((f"{bound} s" for bound in _CLASSES_S if slowest < bound), "a minute")
