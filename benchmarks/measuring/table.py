"""The table of a measurement, as text for a terminal and as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.measuring.figures import Summary
from benchmarks.measuring.rounds import Rounds

COLUMNS: Final = (
    "row",
    "µs CPU",
    "least",
    "× bare",
    "calls/s",
    "p50 ms",
    "p99 ms",
    "server",
    "generator",
)


def lines_of(summaries: Mapping[str, Summary]) -> list[tuple[str, ...]]:
    """Return the cells of each row; `*` marks calls per second that the generator bounded."""
    return [
        (
            name,
            f"{one.cpu_us:.1f}",
            f"{one.least_us:.1f}",
            f"{one.ratio:.2f}",
            f"{one.per_second:,.0f}{'*' if one.is_bounded_by_generator else ''}",
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
            f"{one.server_share:.0%}",
            f"{one.generator_share:.0%}",
        )
        for name, one in summaries.items()
    ]


def text_table(cells: Sequence[Sequence[str]], columns: Sequence[str] = COLUMNS) -> str:
    """Return cells in columns: the first to the left, figures to the right."""
    widths = [max(len(line[at]) for line in (columns, *cells)) for at in range(len(columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (columns, *cells)
    )


def markdown_table(cells: Sequence[Sequence[str]], columns: Sequence[str] = COLUMNS) -> str:
    """Return cells as a Markdown table."""
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, rule, *cells))


def rounds_said(rounds: Rounds) -> list[str]:
    """Return what is to be known of the rounds: how many counted, and each noisy one."""
    total, quiet = len(rounds.rounds), rounds.quiet
    said = [f"{total} rounds, {quiet} quiet; the {len(rounds.counted)} that count are "]
    said[0] += "the quiet ones." if len(rounds.counted) == quiet else "all, noisy ones too."
    said += [
        f"Round {number}: noisy, {reason}."
        for number, reason in enumerate(rounds.noise, start=1)
        if reason is not None
    ]
    return said
