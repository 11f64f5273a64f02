"""Finds nginx and Caddy for the gateway tests, or installs them. `make test` runs this first."""

import os
import shutil
import sys
from typing import Final, Literal

from tests.support.installing.debian import apt_install

GatewayName = Literal["nginx", "caddy"]
GATEWAYS: Final[tuple[GatewayName, ...]] = ("nginx", "caddy")
_ADMINISTRATORS_PATH: Final = "/usr/sbin:/usr/local/sbin"


class GatewayMissing(Exception):
    """The gateway is not installed, so its tests cannot run; they are never skipped."""


def find_gateway(name: GatewayName) -> str:
    """Return the path of a gateway on `PATH`, or in the folders for administrators.

    Raises `GatewayMissing`.
    """
    path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATORS_PATH}"
    found = shutil.which(name, path=path)
    if found is None:
        raise GatewayMissing(f"No {name}: install it (on Debian, as root: apt-get install {name}).")
    return found


def _missing() -> list[str]:
    """Return one line for each gateway that is missing."""
    lines = []
    for name in GATEWAYS:
        try:
            find_gateway(name)
        except GatewayMissing as missing:
            lines.append(str(missing))
    return lines


def main() -> None:
    """Install both gateways if needed; exit with one line and status 1 if that fails."""
    if _missing():
        # Debian starts what it installs; a taken port 80 does not keep the program from us.
        apt_install(*GATEWAYS)
    if missing := _missing():
        sys.exit(" ".join(missing))


if __name__ == "__main__":
    main()
