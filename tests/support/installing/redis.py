"""Finds a Redis newer than the wheel's for `make topologies`, or installs Debian's.

Debian's `redis-server` would start a service. The program that it starts is in `redis-tools`, which
starts nothing, and is what the name says that it is called by.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.installing.debian import apt_install

_NAMES: Final = ("redis-server", "redis-check-rdb")
_VERSION: Final = re.compile(r"v=(\d+)\.")
_OLDEST: Final = 7


def main() -> None:
    """Make the path given a link to a newer Redis; exit with one line and status 1 without one."""
    link = Path(sys.argv[1])
    link.parent.mkdir(parents=True, exist_ok=True)
    if not _links(link) and not (apt_install("redis-tools") and _links(link)):
        sys.exit(f"No Redis {_OLDEST} or newer: install one (on Debian, as root: redis-tools).")


def _links(link: Path) -> bool:
    """Link the first program that is new enough; return whether there is one."""
    for program in _programs():
        link.unlink(missing_ok=True)
        link.symlink_to(program)
        if release_of(link) >= _OLDEST:
            return True
    return False


def _programs() -> Iterator[Path]:
    """Yield what may be a Redis in any folder of `PATH`: the first one is often the wheel's."""
    for folder in os.get_exec_path():
        for name in _NAMES:
            program = Path(folder) / name
            if os.access(program, os.X_OK):
                yield program


def release_of(program: Path) -> int:
    """Return the first number of a program's version, of Redis or Valkey."""
    done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
