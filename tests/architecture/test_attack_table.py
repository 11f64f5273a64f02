"""The table of attack cases in SECURITY.md names tests that exist, and leaves no case out."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", PAGE, re.MULTILINE)


def test_every_case_has_a_row_and_every_row_a_test() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 58))
    for number, shown_by in ROWS:
        assert re.search(r"`test_\w+`|«[^»]+»", shown_by), number


def test_every_test_that_is_named_exists() -> None:
    python = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    script = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.test.js"))
    missing = [
        name
        for _, shown_by in ROWS
        for name in re.findall(r"`(test_\w+)`", shown_by)
        if f"def {name}(" not in python
    ] + [
        sentence
        for _, shown_by in ROWS
        for sentence in re.findall(r"«([^»]+)»", shown_by)
        if f"test('{sentence}'" not in script
    ]
    assert missing == []
