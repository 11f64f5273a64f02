"""Measures both services and their peers, prints the table and writes `benchmarks/report.md`.

python -m benchmarks.bench [--within SECONDS]
"""

import argparse
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from benchmarks.measuring.cpu import measuring
from benchmarks.measuring.processes import ROOT
from benchmarks.measuring.rounds import Row, measure_rounds
from benchmarks.measuring.table import lines_of, rounds_said, text_table
from benchmarks.report import Measured, markdown
from benchmarks.rows.bridge import all_rows, running_bare, running_bridge, workers_row
from benchmarks.rows.extras import all_extras
from benchmarks.rows.link_api import running_link_api
from benchmarks.rows.peers import running_peers
from link_dev.embedded.postgres import EmbeddedPostgres
from link_dev.embedded.redis import EmbeddedRedis

REPORT: Final = ROOT / "benchmarks" / "report.md"
_WITHIN_S: Final = 1200.0  # no round is begun that would probably end later
_WANTED: Final = 5
_MOST: Final = 10
_WORKERS: Final = 2


async def opened_rows(redis_url: str, folder: Path, opened: AsyncExitStack) -> list[Row]:
    """Start every server and return the rows."""
    enter = opened.enter_async_context
    bridge = await enter(running_bridge(redis_url, folder))
    several = await enter(running_bridge(redis_url, folder, workers=_WORKERS))
    postgres = await enter(EmbeddedPostgres())
    sqlite_url, postgres_url = f"sqlite:///{folder}/link.db", await postgres.new_database()
    return [
        *await all_rows(bridge),
        await workers_row(several, _WORKERS),
        *await enter(running_link_api(redis_url, sqlite_url, "SQLite", folder)),
        *await enter(running_link_api(redis_url, postgres_url, "PostgreSQL", folder)),
        *await enter(running_peers(redis_url, folder)),
    ]


async def measured(folder: Path, within_s: float, *, raised: bool) -> Measured:
    """Start everything and measure."""
    async with EmbeddedRedis() as redis:
        async with AsyncExitStack() as opened:
            bare = await opened.enter_async_context(running_bare(folder))
            rows = await opened_rows(redis.url, folder, opened)
            rounds = await measure_rounds(bare, rows, wanted=_WANTED, most=_MOST, within_s=within_s)
        extras = await all_extras(redis.url, folder)
        return Measured(rounds, extras, redis.origin.partition(" from ")[0], raised=raised)


def main() -> None:
    """Print the table and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--within", type=float, default=_WITHIN_S, metavar="SECONDS")
    within_s = parser.parse_args().within
    with TemporaryDirectory() as folder, measuring() as raised:
        found = uvloop.run(measured(Path(folder), within_s, raised=raised))
    sys.stderr.write("\n")
    print(text_table(lines_of(found.rounds.summaries())))
    print(*rounds_said(found.rounds), sep="\n")
    print(text_table([(one.name, one.figure) for one in found.extras], ("besides", "")))
    REPORT.write_text(markdown(found), "utf-8")


if __name__ == "__main__":
    main()
