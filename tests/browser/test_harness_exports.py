"""What the harness's trace looks like outside of it: its fields are those that the docs name."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.browser.test_harness_alone import harness_of, play
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

_DOCS: Final = Path(__file__).parents[2] / "docs" / "harness.md"
_ROW: Final = re.compile(r"^\| `(\w+)` \| ([^|]+) \| (yes|no) \|", re.MULTILINE)
_TYPES: Final[dict[str, tuple[type, ...]]] = {"number": (int, float), "string": (str,)}
_LINE: Final = re.compile(
    r"  (title \S.*|participant \w+"
    r"|(Note over \w+|\w+(->>|--?\)|-x)(shop|frame|api)): -?\d+ ms: .+)"
)


@pytest.mark.parametrize("scenario", ["lose-answer", "evil-parent", "two-tabs", "offline"])
async def test_both_exports_have_the_shape_that_the_docs_say(
    visitor: Visitor, scenario: str
) -> None:
    """Steps of every kind and outcome: no field is missing, and none is left out of the table."""
    page = await harness_of(visitor)
    allowed = ["clipboard-read", "clipboard-write"]
    await visitor.context.grant_permissions(allowed, origin=visitor.origin("shop"))
    await play(page, scenario)

    await page.get_by_role("button", name="Copy JSON").click()
    copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert {"scenario", "trace"} == copied.keys()
    assert scenario == copied["scenario"]
    assert [] == [wrong for step in copied["trace"] for wrong in wrong_in(step)]

    await page.get_by_role("button", name="Copy Mermaid").click()
    head, *lines = (await page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert head == "sequenceDiagram"
    assert len(lines) == 4 + len(copied["trace"])
    assert [] == [line for line in lines if not _LINE.fullmatch(line)]


def wrong_in(step: dict[str, Any]) -> list[str]:
    """Return what of a step is not as the table in the docs says."""
    table = {name: (types, always) for name, types, always in _ROW.findall(_DOCS.read_text())}
    unknown = [f"{name} is not in the docs" for name in step if name not in table]
    always = [name for name, (_, there) in table.items() if there == "yes"]
    missing = [f"{name} is missing" for name in always if name not in step]
    known = [name for name in step if name in table]
    return [
        *(unknown + missing),
        *(f"{name}: {step[name]!r}" for name in known if not fits(step[name], table[name][0])),
    ]


def fits(value: object, types: str) -> bool:
    """Tell whether a value is of a type as the docs write it: a word, or the values in code."""
    if types == "any":
        return True
    return (
        isinstance(value, _TYPES[types]) if types in _TYPES else f"`{value}`" in types.split(", ")
    )
