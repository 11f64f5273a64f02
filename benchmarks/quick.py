"""Measures the bridge's hot path in under a minute, and prints the table.

python -m benchmarks.quick
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from benchmarks.measuring.cpu import measuring
from benchmarks.measuring.rounds import Rounds, measure_rounds
from benchmarks.measuring.table import lines_of, rounds_said, text_table
from benchmarks.rows.bridge import QUICK_FRAMES, quick_rows, running_bare, running_bridge
from link_dev.embedded.redis import EmbeddedRedis

# With the start of the servers it is a minute.
_WITHIN_S: Final = 45.0


async def measured(folder: Path) -> Rounds:
    """Start the servers and measure."""
    async with (
        EmbeddedRedis() as redis,
        running_bare(folder, calls=2 * QUICK_FRAMES) as bare,
        running_bridge(redis.url, folder) as bridge,
    ):
        rows = await quick_rows(bridge)
        return await measure_rounds(bare, rows, wanted=5, most=8, within_s=_WITHIN_S)


def main() -> None:
    """Print the table; generator and Redis run on a core of their own, where there are two."""
    with TemporaryDirectory() as folder, measuring():
        rounds = uvloop.run(measured(Path(folder)))
    sys.stderr.write("\n")
    print(text_table(lines_of(rounds.summaries())))
    print(*rounds_said(rounds), sep="\n")


if __name__ == "__main__":
    main()
