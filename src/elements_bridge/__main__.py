"""`elements-bridge`, and `python -m elements_bridge`."""

import sys

from elements_bridge.health import HEALTH
from link_kernel.health_check import COMMAND
from link_kernel.imports import collector_paused


def main() -> None:
    """Run a command; `health` without the service, whose imports cost ten times as much."""
    if sys.argv[1:] == [COMMAND]:
        HEALTH.run()
        return
    with collector_paused():
        from elements_bridge.cli import main as run_command  # noqa: PLC0415  # as said above
    run_command()


if __name__ == "__main__":
    main()
