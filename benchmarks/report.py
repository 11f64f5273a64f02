"""The report of `make bench` as Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks.measuring.cpu import PRIORITY
from benchmarks.measuring.figures import MOST_GENERATOR, Summary
from benchmarks.measuring.generator import CONNECTIONS
from benchmarks.measuring.machine import machine
from benchmarks.measuring.rounds import Rounds
from benchmarks.measuring.table import lines_of, markdown_table, rounds_said
from benchmarks.rows.bridge import OURS
from benchmarks.rows.extras import Extra
from benchmarks.rows.peers import PEERS, versions

_HOW: Final = f"""\
Each server is the command that a deployment runs, in a process of its own, with its defaults:
validation, JSON logs at `info` (to a file), metrics and limits. Limits are counted as ever but set
high, since one address and one business make all calls: a million a minute, and 100 rotations a
minute of one session. {CONNECTIONS} connections are kept alive; each sends its next request when an
answer has come. Every client has a token of its own and, with DPoP, a key of its own; requests,
proofs among them, are made before the clock starts, and each answer is checked after it stopped.

- **µs CPU** is the time of the server's process (all threads, and child processes) for one call:
  median of the rounds that count. **least** is the best round's.
- **× bare** is the median of each round's own ratio to the bare handler (aiohttp on uvloop, 300
  bytes, no body read), which is measured just before and just after each row.
- **p50, p99** are over all calls of all rounds that count, at saturation.
- **server, generator** are the shares of their core. A generator above {MOST_GENERATOR:.0%} is
  marked `*` at the calls per second, which it then bounded; CPU for a call holds all the same.
- Tokens not seen are those of the refresh just before; the same tokens are then seen.
"""


@dataclass(frozen=True)
class Measured:
    """All that a run found; `redis` names its version, `raised` says whether it ran first."""

    rounds: Rounds
    extras: list[Extra]
    redis: str
    raised: bool


def against_peers(summaries: Mapping[str, Summary]) -> list[str]:
    """Return how many times faster our refresh is than each peer's, by CPU of a call."""
    ours = summaries[OURS].cpu_us
    return [
        f"{summaries[peer.row].cpu_us / ours:.2f} × {peer.name}"
        for peer in PEERS
        if peer.row in summaries
    ]


def markdown(found: Measured) -> str:
    """Return the report."""
    summaries = found.rounds.summaries()
    extras = [(one.name, one.figure, one.note) for one in found.extras]
    priority = (
        f"Priority: {PRIORITY} for all that is measured" if found.raised else "Priority: usual"
    )
    facts = [*machine(), found.redis, "Peers: " + ", ".join(versions()), priority]
    parts = [
        "# What `make bench` measured",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}; not edited by hand.",
        "\n".join(f"- {fact}" for fact in facts),
        "## Calls",
        markdown_table(lines_of(summaries)),
        f"`{OURS}` by CPU of a call: {', '.join(against_peers(summaries))}.",
        "\n".join(f"- {line}" for line in rounds_said(found.rounds)),
        "## Besides",
        markdown_table(extras, ("figure", "value", "note")),
        "## How",
        _HOW.rstrip(),
    ]
    return "\n\n".join(parts) + "\n"
