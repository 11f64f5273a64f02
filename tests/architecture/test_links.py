"""Links between pages, and from code to pages, lead to a file and a heading that exist."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "static", "tests", "docs", "deploy", "benchmarks")
TEXT = {".py", ".js", ".ts", ".lua", ".css", ".html", ".conf", ".md", ".json", ".txt", ".toml", ""}
FILES = sorted(
    path
    for path in (*ROOT.glob("*"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*")))
    if path.is_file() and path.suffix in TEXT and not path.name.startswith(".")
)
PAGES = [path for path in FILES if path.suffix == ".md"]

_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+?) *$", re.MULTILINE)
_INLINE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
_MENTION = re.compile(r"\bdocs/(?P<target>[\w/-]+\.md(?:#[\w-]*)?)")
_PATH = re.compile(rf"`(?P<target>(?:{'|'.join(FOLDERS)})/[\w./-]*)`")
_STANDARD = re.compile(r"(?:RFC \d+|CSP \d|E\.164),?\s+sections?\s+[\d.]+")
_NUMBERED_SECTION = re.compile(r"\bsections?\s+\d", re.IGNORECASE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    met: Counter[str] = Counter()
    found = set()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text("utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{slug}-{met[slug]}" if met[slug] else slug)
        met[slug] += 1
    return frozenset(found)


def broken(base: Path, targets: Iterator[str], own: Path) -> list[str]:
    """Return those targets, relative to `base`, that lead nowhere; `#x` alone is in `own`."""
    lost = []
    for target in targets:
        name, hash_sign, anchor = target.partition("#")
        file = (base / name).resolve() if name else own
        if not file.exists() or (hash_sign and anchor not in anchors(file)):
            lost.append(target)
    return lost


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """Links to other sites are not followed; code is no link."""
    text = _INLINE.sub("`code`", _FENCED.sub("", page.read_text("utf-8")))
    targets = (found["target"] for found in _LINK.finditer(text))
    inside = (target for target in targets if not re.match(r"[a-z]+:", target))
    assert broken(page.parent, inside, page) == []


def test_every_page_that_code_names_exists_with_its_heading() -> None:
    """Code and tests name a rule as `docs/<page>.md#<heading>`, from the root of the repository."""
    lost = {
        named(path): targets
        for path in FILES
        if (
            targets := broken(
                ROOT / "docs",
                (found["target"] for found in _MENTION.finditer(path.read_text("utf-8"))),
                path,
            )
        )
    }
    assert lost == {}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    """Code that stands as `src/…`, from the root of the repository."""
    targets = (found["target"] for found in _PATH.finditer(page.read_text("utf-8")))
    assert broken(ROOT, targets, page) == []


def test_no_text_names_a_section_by_its_number() -> None:
    """A number says nothing and moves; only sections of a named standard are called so."""
    numbered = [
        f"{named(path)}: {found[0]}"
        for path in FILES
        for found in _NUMBERED_SECTION.finditer(_STANDARD.sub("", path.read_text("utf-8")))
    ]
    assert numbered == []


def test_the_rules_are_read_here_at_all() -> None:
    """The patterns above find what they are to find, and headings get GitHub's anchors."""
    page = ROOT / "docs/protocol.md"
    assert {"refresh-rule", "one-time-codes", "dpop"} <= anchors(page)
    assert broken(page.parent, iter(["#no-such", "gone.md", "keys.md#no-such"]), page) == [
        "#no-such",
        "gone.md",
        "keys.md#no-such",
    ]
    mentioning = {path.suffix for path in FILES if "/protocol.md#" in path.read_text("utf-8")}
    assert {".py", ".lua"} <= mentioning
