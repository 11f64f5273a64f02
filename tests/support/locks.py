"""What a lock file pins, for the Python that reads it."""

import platform
from pathlib import Path

from packaging.requirements import Requirement


def pinned(lock: Path, python: str = platform.python_version()) -> dict[str, str]:
    """Return name and version of each distribution that is installed for a version of Python."""
    lines = [line.removesuffix("\\").strip() for line in lock.read_text("utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("--hash")]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate({"python_full_version": python})
    }
