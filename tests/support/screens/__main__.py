"""Draws every state of the elements into `docs/screens/`, or a language's folder there.

python -m tests.support.screens [--language=fr] [name of a walk, or of an engine …]
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.support.browser.servers import Servers
from tests.support.screens.engines import OTHERS, draw
from tests.support.screens.pictures import Pictures
from tests.support.screens.states import STATES
from tests.support.screens.tour import LOCALES, touring

FOLDER: Final = Path(__file__).parents[3] / "docs" / "screens"
_HEAD: Final = """# The elements, state by state

Drawn by `make screens` on the real stack, with made-up customers; nobody edits these files.
In each picture the element is 320 px wide, light and dark, a list 480 px wide beside it, and below
it 1440 px wide in both themes.
"""


def write(drawn: dict[str, bytes], language: str) -> None:
    """Write what was drawn, and the list; pictures of states that there are no more go."""
    listed = STATES | OTHERS
    folder = FOLDER if language == "en" else FOLDER / language
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        if old.stem not in listed:
            old.unlink()
    for name, png in drawn.items():
        (folder / f"{name}.png").write_bytes(png)
    there = {path.stem for path in folder.glob("*.png")}
    rows = [
        f"| [{name}]({name}.png) | {sentence} |"
        for name, sentence in listed.items()
        if name in there
    ]
    table = "\n".join(["| state | what it is |", "|---|---|", *rows])
    (folder / "README.md").write_text(f"{_HEAD}\n{table}\n", "utf-8")
    sizes = [len(png) for png in drawn.values()] or [0]
    sys.stderr.write(
        f"{len(drawn)} pictures, {sum(sizes) // 1024} KiB, {max(sizes) // 1024} KiB the largest\n"
    )


async def main(names: Sequence[str], language: str) -> int:
    """Draw all walks or those named; return the status of the command."""
    async with touring(language) as tour:
        pictures = Pictures(await tour.browser.new_page())
        failed = await tour.go(pictures.look, names)
        for engine in OTHERS:
            if engine in names or not (names or language != "en"):
                servers = Servers.watched(tour.stack, tour.http)
                pictures.drawn[engine] = await draw(engine, servers, pictures.desk)
    write(pictures.drawn, language)
    return min(failed, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw every state of the elements.")
    parser.add_argument("--language", choices=LOCALES, default="en")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.names, given.language)))
