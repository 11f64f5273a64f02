"""`docs/data-retention.md` lists every table, column and key, and how long it lives."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

import link_api.app  # noqa: F401  # imports what declares the tables
from link_api.database.session import Base
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.frames import Together
from tests.support.servers.databases import sqlite_in

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/data-retention.md").read_text("utf-8")
PREFIX: Final = "link:v1:"
MS: Final = {"day": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1_000}
ALEMBIC: Final = {"alembic_version": {"version_num"}}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def family(key: str) -> str:
    """Return a key without what differs between two of its kind."""
    return re.sub(r"<[^>]*>", "*", key).rstrip("*:")


def listed_keys() -> dict[str, int | None]:
    """Return each listed kind of key, and its longest time to live in ms."""
    return {
        family(key): None if longest == "none" else milliseconds(longest)
        for keys, _, longest, _ in rows("## Redis")
        for key in re.findall(r"`([^`]+)`", keys)
    }


def milliseconds(text: str) -> int:
    parts = re.findall(r"(\d+) (day|h|min|s)", re.split("[;,]| after", text)[0])
    return sum(int(number) * MS[unit] for number, unit in parts)


def spelt_keys() -> Iterator[str]:
    """Yield each key that the code spells, with `*` where it puts a value.

    A key is a text that begins with the prefix of all; one that has a `*` itself is a pattern.
    """
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text("utf-8")
        if "link_kernel.redis.keys" not in text and path.name not in {"keys.py", "redis_keys.py"}:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.JoinedStr) and _is_prefix(node.values[0]):
                spelt = "".join(map(_part, node.values[1:]))
                if "*" not in "".join(filter(None, map(_text, node.values))):
                    yield f"{PREFIX}{spelt}"


def _is_prefix(value: ast.expr) -> bool:
    name = value.value if isinstance(value, ast.FormattedValue) else None
    return getattr(name, "id", getattr(name, "attr", None)) == "PREFIX"


def _text(value: ast.expr) -> str | None:
    return str(value.value) if isinstance(value, ast.Constant) else None


def _part(value: ast.expr) -> str:
    return _text(value) or "*"


def test_every_table_is_listed_with_every_column() -> None:
    listed = {
        table.strip("`"): set(re.findall(r"`(\w+)`", columns))
        for table, columns, *_ in rows("## SQL of the Link API")
    }
    declared = {
        name: {column.name for column in table.columns}
        for name, table in Base.metadata.tables.items()
    }
    assert listed == declared | ALEMBIC


def test_every_kind_of_key_is_listed() -> None:
    spelt = {family(key) for key in spelt_keys()}
    assert len(spelt) > 20, "else no key was found in the code"
    assert spelt == listed_keys().keys()


async def test_no_key_lives_longer_than_is_said(together: Together, redis: Redis) -> None:
    """Of what a customer with a login and a frame makes both services write."""
    ama = await together.link.sign_in()
    await ama.post("addresses", HOME)
    await (await together.signed_in("address")).call("GET", "addresses")
    await together.link.code_for("+233201234574")
    await ama.call("DELETE", "sessions")
    longest: dict[str, int | None] = listed_keys()
    seen = set()
    async for key in redis.scan_iter("*"):
        kinds = [kind for kind in longest if is_of(str(key), kind)]
        assert kinds, key
        most, left = longest[max(kinds, key=len)], await redis.pttl(key)
        assert most is None or 0 <= left <= most, (key, left)
        seen.add(max(kinds, key=len))
    assert {"link:v1:{*}:otp-proved", "link:v1:{*}:elements", "link:v1:token"} <= seen


def is_of(key: str, kind: str) -> bool:
    pattern = re.escape(kind).replace(r"\*", "[^:{}]+")
    return re.fullmatch(rf"{pattern}(:.*)?", key) is not None
