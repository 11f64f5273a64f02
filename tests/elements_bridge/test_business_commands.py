"""`elements-bridge business` and `origins`: every command, in a process of its own."""

import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from link_kernel.ids import new_id
from tests.support.servers.commands import run_module

BUSINESS = new_id("bus")
REFUSED = 3  # the answer of a command is no; 1 is a failure and 2 a wrong call


def run(*arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """Run a command to its end; return status, standard output and standard error."""
    return run_module("elements_bridge", *arguments, env=env)


@pytest.fixture
def env(redis_url: str) -> dict[str, str]:
    """An environment with the Redis alone."""
    return {"ELEMENTS_REDIS_URL": redis_url, "PATH": ""}


def test_a_business_and_its_origins(env: dict[str, str]) -> None:
    def said(*arguments: str, status: int = 0) -> str:
        got, out, words = run(*arguments, env=env)
        assert got == status, words
        return out or words

    assert "enabled" in said("business", "add", BUSINESS, "--name", "Ama's Shop")
    added = said("origins", "add", BUSINESS, "HTTPS://Shop.Example:443/")
    assert added.startswith("https://shop.example ")
    assert "already" in said("origins", "add", BUSINESS, "https://shop.example")
    said("origins", "add", BUSINESS, "https://*.shop.example")
    assert "refused" in said("origins", "add", BUSINESS, "https://*.com", status=1)
    assert "refused" in said("origins", "add", BUSINESS, "http://shop.example", status=1)
    assert said("origins", "list", BUSINESS).split() == [
        "https://shop.example",
        "https://*.shop.example",
    ]
    for origin, outcome in {
        "https://shop.example": "allowed",
        "https://a.b.shop.example": "allowed",
        "https://evil.example": "ORIGIN_NOT_ALLOWED",
        "https://shop.example/": "ORIGIN_MALFORMED",
        "null": "ORIGIN_NOT_ALLOWED",
    }.items():
        status = 0 if outcome == "allowed" else REFUSED
        assert outcome in said("origins", "check", BUSINESS, origin, status=status)
    assert "no origin was refused" in said("origins", "check", BUSINESS)
    said("origins", "remove", BUSINESS, "https://SHOP.example")
    assert "not listed" in said("origins", "remove", BUSINESS, "https://shop.example", status=1)
    inside = "https://a.shop.example"
    said("business", "disable", BUSINESS)
    assert "BUSINESS_DISABLED" in said("origins", "check", BUSINESS, inside, status=REFUSED)
    assert "enabled in mode live with 1 origins" in said("business", "enable", BUSINESS)
    assert "allowed" in said("origins", "check", BUSINESS, inside)
    said("business", "disable", BUSINESS)
    assert f"{BUSINESS}  disabled  live  1 origins  -  Ama's Shop" in said("business", "list")
    assert "mode" in said("business", "add", BUSINESS, "--name", "x", "--mode", "test", status=1)


def test_a_business_says_its_country_and_keeps_it(env: dict[str, str]) -> None:
    def added(*arguments: str) -> tuple[int, str, str]:
        return run("business", "add", BUSINESS, "--name", "x", *arguments, env=env)

    assert "country not said" in added()[1]
    assert "country GH" in added("--country", "GH")[1]
    assert "country GH" in added()[1]
    assert "  GH  x" in run("business", "list", env=env)[1]
    for unknown in ("gh", "ZZ", "Ghana"):
        status, _, words = added("--country", unknown)
        assert (status, len(words.splitlines())) == (1, 1)
        assert "country must be" in words
    assert "country CI" in added("--country", "CI")[1]
    assert "country not said" in added("--country", "")[1]


def test_a_business_says_whether_a_reload_keeps_its_customers(env: dict[str, str]) -> None:
    def added(*arguments: str) -> tuple[int, str, str]:
        return run("business", "add", BUSINESS, "--name", "x", *arguments, env=env)

    assert "reload forget" in added()[1]
    assert "reload keep" in added("--reload", "keep")[1]
    assert "reload keep" in added()[1]
    assert "reload forget" in added("--reload", "forget")[1]
    assert added("--reload", "always")[0] == 2


def test_businesses_go_to_a_file_and_back(env: dict[str, str], tmp_path: Path) -> None:
    file = str(tmp_path / "businesses.json")
    run("business", "add", BUSINESS, "--name", "Ama's Shop", env=env)

    written = run("business", "export", "--file", file, env=env)
    assert written == (0, f"1 business stands in {file}", "")
    assert run("business", "export", env=env)[1] == Path(file).read_text("utf-8").strip()
    assert run("business", "sync", "--file", file, "--dry-run", env=env)[0] == 0

    run("business", "disable", BUSINESS, env=env)
    line = f"{BUSINESS}: state disabled -> enabled"
    assert run("business", "sync", "--file", file, "--dry-run", env=env) == (REFUSED, line, "")
    assert run("business", "sync", "--file", file, env=env) == (0, line, "")
    assert run("business", "sync", "--file", file, "--prune", env=env)[1] == (
        f"nothing changes: 1 business is as {file} says"
    )

    assert run("business", "export", "--file", "-", env=env)[1] == Path(file).read_text().strip()
    empty = "elements-bridge: /dev/stdin: is not JSON"  # nobody types there
    assert run("business", "sync", "--file", "-", env=env) == (1, "", empty)

    Path(file).write_text('{"format": 1, "businesses": {"x": {}}}', "utf-8")
    status, out, words = run("business", "sync", "--file", file, "--dry-run", env=env)
    assert (status, out, len(words.splitlines())) == (1, "", 3)
    assert run("business", "export", "--file", str(tmp_path / "no" / "x"), env=env)[0] == 1


async def test_origins_refused_lately_are_shown(env: dict[str, str], redis: Redis) -> None:
    run("business", "add", BUSINESS, "--name", "x", env=env)
    refused = RedisRejectedOrigins(redis)
    await refused.add(BUSINESS, {"https://old.example": 1})
    await refused.add(BUSINESS, {"https://evil.example": 12})
    await refused.add(BUSINESS, {"https://claimed.example": 1}, unverified=True)

    _, out, _ = run("origins", "check", BUSINESS, env=env)
    claimed, evil, old = sorted(out.splitlines())
    assert re.fullmatch(
        r"https://evil\.example  refused 12 times, first \S+ \S+ UTC, last \S+ \S+ UTC", evil
    )
    assert old.startswith("https://old.example  refused once, ")
    assert re.fullmatch(r"https://claimed\.example  refused once, first .*, unverified", claimed)

    status, out, _ = run("origins", "check", BUSINESS, "https://evil.example", env=env)
    assert status == REFUSED
    outcome, lately = out.splitlines()
    assert "ORIGIN_NOT_ALLOWED" in outcome
    assert lately.startswith("refused lately: 12 times, ")
