"""Draws every state of the elements into `docs/screens/`, and its list.

python -m tests.support.screens [name of a walk, or of an engine …]
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.support.browser.servers import Servers
from tests.support.screens.engines import OTHERS, draw
from tests.support.screens.pictures import Pictures
from tests.support.screens.states import STATES
from tests.support.screens.tour import touring

FOLDER: Final = Path(__file__).parents[3] / "docs" / "screens"
_HEAD: Final = """# The elements, state by state

Drawn by `make screens` on the real stack, with made-up customers; nobody edits these files.
In each picture the element is 320 px wide, light and dark, a list 480 px wide beside it, and below
it 1280 px wide in both themes.
"""


def write(drawn: dict[str, bytes]) -> None:
    """Write what was drawn, and the list; pictures of states that there are no more go."""
    listed = STATES | OTHERS
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        if old.stem not in listed:
            old.unlink()
    for name, png in drawn.items():
        (FOLDER / f"{name}.png").write_bytes(png)
    there = {path.stem for path in FOLDER.glob("*.png")}
    rows = [
        f"| [{name}]({name}.png) | {sentence} |"
        for name, sentence in listed.items()
        if name in there
    ]
    table = "\n".join(["| state | what it is |", "|---|---|", *rows])
    (FOLDER / "README.md").write_text(f"{_HEAD}\n{table}\n", "utf-8")
    sizes = [len(png) for png in drawn.values()] or [0]
    sys.stderr.write(
        f"{len(drawn)} pictures, {sum(sizes) // 1024} KiB, {max(sizes) // 1024} KiB the largest\n"
    )


async def main(names: Sequence[str]) -> int:
    """Draw all walks or those named; return the status of the command."""
    async with touring() as tour:
        pictures = Pictures(await tour.browser.new_page())
        failed = await tour.go(pictures.look, names)
        for engine in OTHERS:
            if not names or engine in names:
                servers = Servers.watched(tour.stack, tour.http)
                pictures.drawn[engine] = await draw(engine, servers, pictures.desk)
    write(pictures.drawn)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
