"""The integration guide names every error code that a merchant's page can get."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "integrate.md").read_text("utf-8")
# What both sides know, and what each adds.
SOURCES = ("sdk/failures.js", "sdk/own-failures.js", "frame/protocol/error-codes.js")
CODES = [
    code
    for source in SOURCES
    for code in re.findall(
        r"^  (\w+): \[", (ROOT / "static" / source).read_text("utf-8"), re.MULTILINE
    )
]


def test_the_codes_are_found() -> None:
    assert len(CODES) > 20


@pytest.mark.parametrize("code", CODES)
def test_the_guide_explains_every_code(code: str) -> None:
    assert f"`{code}`" in GUIDE
