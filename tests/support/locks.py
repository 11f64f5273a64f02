"""What a lock file pins."""

import platform
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

_HASH = "--hash=sha256:"


def pinned(lock: Path, python: str = platform.python_version()) -> dict[str, str]:
    """Return name and version of each distribution that is installed for a version of Python."""
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one, _ in _lines(lock)
        if one.marker is None or one.marker.evaluate({"python_full_version": python})
    }


def pinned_anywhere(lock: Path) -> set[tuple[str, str, frozenset[str]]]:
    """Return name, version and hashes of each distribution that some Python installs."""
    return {
        (one.name, str(one.specifier).removeprefix("=="), frozenset(hashes))
        for one, hashes in _lines(lock)
    }


def _lines(lock: Path) -> Iterator[tuple[Requirement, list[str]]]:
    for entry in lock.read_text("utf-8").replace("\\\n", " ").splitlines():
        requirement, *hashes = entry.split(_HASH)
        yield Requirement(requirement.strip()), [one.strip() for one in hashes]
