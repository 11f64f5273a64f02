"""`link-api`, and `python -m link_api`."""

import sys

from link_api.health import HEALTH
from link_kernel.health_check import COMMAND
from link_kernel.imports import collector_paused


def main() -> None:
    """Run a command; `health` without the service, whose imports cost ten times as much."""
    if sys.argv[1:] == [COMMAND]:
        HEALTH.run()
        return
    with collector_paused():
        from link_api.cli import main as run_command  # noqa: PLC0415  # as said above
    run_command()


if __name__ == "__main__":
    main()
