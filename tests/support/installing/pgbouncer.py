"""Finds PgBouncer for the tests of poolers, or installs it. `make test` runs this first."""

import os
import shutil
import sys
from typing import Final

from tests.support.installing.debian import apt_install

_NAME: Final = "pgbouncer"
_ADMINISTRATORS_PATH: Final = "/usr/sbin:/usr/local/sbin"


class PgBouncerMissing(Exception):
    """PgBouncer is not installed, so its tests cannot run; they are never skipped."""


def find_pgbouncer() -> str:
    """Return the path of PgBouncer on `PATH`, or in the folders for administrators.

    Raises `PgBouncerMissing`.
    """
    path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATORS_PATH}"
    found = shutil.which(_NAME, path=path)
    if found is None:
        raise PgBouncerMissing(
            f"No {_NAME}: install it (on Debian, as root: apt-get install {_NAME})."
        )
    return found


def main() -> None:
    """Install PgBouncer if needed; exit with one line and status 1 if that fails."""
    try:
        find_pgbouncer()
    except PgBouncerMissing:
        apt_install(_NAME)
    try:
        find_pgbouncer()
    except PgBouncerMissing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
