"""Draws where a refresh spends its CPU time: a flame graph of the bridge, as SVG without a script.

py-spy samples the running server's stacks 400 times a second and stops it for none of them. A bar
is a function, as wide as its share of the samples; what it calls stands on it.

python -m benchmarks.flame
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zlib import crc32

import uvloop

from benchmarks.measuring.cpu import measuring
from benchmarks.measuring.processes import ROOT
from benchmarks.measuring.rounds import Row, measure_slice
from benchmarks.rows.bridge import quick_rows, running_bridge
from link_dev.embedded.redis import EmbeddedRedis

DRAWING: Final = ROOT / "docs" / "flame-refresh.svg"
_SECONDS: Final = 20
_PER_SECOND: Final = 400
_BELOW: Final = "run (uvloop/__init__.py"  # the frames up to the event loop are the same for all
_WIDTH: Final = 1200
_BAR: Final = 16
_LETTER: Final = 6.2
_THINNEST: Final = 0.002  # of all samples; a thinner bar has no room for a letter
_WARM: Final = ("#f6d5a8", "#f2c48d", "#eeb87a", "#f4cf9d", "#eac08a")


@dataclass
class Bar:
    """A function called from the same stack: its samples, and the functions it called."""

    name: str
    samples: int = 0
    calls: dict[str, "Bar"] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many bars stand on each other, this one included."""
        return 1 + max((bar.depth for bar in self.calls.values()), default=0)


def read_stacks(lines: Iterable[str]) -> Bar:
    """Return the tree of stacks in py-spy's raw format: `outer;inner 12`, above the event loop."""
    root = Bar("the event loop")
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        names = stack.split(";")
        start = next((i for i, name in enumerate(names) if name.startswith(_BELOW)), None)
        if start is None:
            continue
        count, bar = int(samples), root
        bar.samples += count
        for name in names[start + 1 :]:
            function = name.rpartition(":")[0] + ")" if ":" in name else name
            bar = bar.calls.setdefault(function, Bar(function))
            bar.samples += count
    return root


def drawing(root: Bar) -> str:
    """Return the SVG; hovering over a bar shows its function and share."""
    fewest = root.samples * _THINNEST
    bars = list(_placed(root, 0.0, 0, fewest))
    height = (max(level for _, _, level in bars) + 1) * _BAR
    drawn = [_drawn(bar, left, height - (level + 1) * _BAR, root) for bar, left, level in bars]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="monospace" font-size="10">\n{"".join(drawn)}</svg>\n'
    )


def _placed(bar: Bar, left: float, level: int, fewest: float) -> Iterator[tuple[Bar, float, int]]:
    """Yield each bar that is wide enough, its left edge in samples, and its level."""
    yield bar, left, level
    for call in sorted(bar.calls.values(), key=lambda call: call.name):
        if call.samples >= fewest:
            yield from _placed(call, left, level + 1, fewest)
        left += call.samples


def _drawn(bar: Bar, left: float, top: int, root: Bar) -> str:
    scale = _WIDTH / root.samples
    x, width = left * scale, bar.samples * scale
    colour = _WARM[crc32(bar.name.encode()) % len(_WARM)]
    share = f"{bar.name}: {bar.samples / root.samples:.1%}"
    letters = int((width - 4) / _LETTER)
    label = bar.name if len(bar.name) <= letters else f"{bar.name[: letters - 1]}…"
    text = f'<text x="{x + 2:.1f}" y="{top + 12}">{escape(label)}</text>' if letters > 2 else ""  # noqa: PLR2004  # a letter and an ellipsis
    return (
        f"<g><title>{escape(share)}</title>"
        f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_BAR - 1}" fill="{colour}"/>'
        f"{text}</g>\n"
    )


async def recorded(row: Row, output: Path) -> None:
    """Make a row's calls until py-spy has recorded the server."""
    command = ("py-spy", "record", "--nonblocking", "--format", "raw", "--output", str(output))
    sampling = ("--rate", str(_PER_SECOND), "--duration", str(_SECONDS))
    recorder = await asyncio.create_subprocess_exec(
        *command,
        *sampling,
        "--pid",
        str(row.server.process.pid),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    ended = asyncio.ensure_future(recorder.wait())
    while not ended.done():
        await measure_slice(row)
    assert ended.result() == 0, "py-spy failed; it needs leave to read the server's memory"


async def _record_refresh(folder: Path) -> Bar:
    async with EmbeddedRedis() as redis, running_bridge(redis.url, folder) as bridge:
        row, *_ = await quick_rows(bridge)
        await measure_slice(row)  # warms up
        output = folder / "stacks.txt"
        await recorded(row, output)
        return read_stacks(output.read_text("utf-8").splitlines())


def main() -> None:
    """Write the drawing."""
    with TemporaryDirectory() as folder, measuring():
        root = uvloop.run(_record_refresh(Path(folder)))
    DRAWING.write_text(drawing(root), "utf-8")
    sys.stdout.write(f"{root.samples} samples, {root.depth} levels: {DRAWING.name}\n")


if __name__ == "__main__":
    main()
