"""Finds PostgreSQL for the tests, or installs it. `make test` runs this first."""

import sys

from link_dev.embedded.postgres_programs import PostgresMissing, find_postgres_programs
from tests.support.installing.debian import apt_install


def main() -> None:
    """Install PostgreSQL if needed; exit with one line and status 1 if that fails."""
    try:
        find_postgres_programs()
    except PostgresMissing:
        apt_install("postgresql")
    try:
        find_postgres_programs()
    except PostgresMissing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
