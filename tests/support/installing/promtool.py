"""Finds promtool for the tests of alert rules, or fetches it. `make test` runs this first."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from tests.support.installing.debian import find_apt_get, run

_NAME: Final = "promtool"
_PACKAGE: Final = "prometheus"
_UNPACKED: Final = Path(__file__).parents[3] / ".cache/prometheus"


class PromtoolMissing(Exception):
    """Promtool is not there, so its tests cannot run; they are never skipped."""


def find_promtool() -> str:
    """Return the path of promtool, unpacked or on `PATH`; raises `PromtoolMissing`."""
    path = f"{_UNPACKED}/usr/bin:{os.environ.get('PATH', os.defpath)}"
    found = shutil.which(_NAME, path=path)
    if found is None:
        raise PromtoolMissing(f"No {_NAME}: install Prometheus, of which it is a part.")
    return found


def main() -> None:
    """Fetch promtool if needed; exit with one line and status 1 if that fails.

    Debian's package is unpacked and not installed, since that would start Prometheus.
    """
    apt_get = find_apt_get()
    try:
        find_promtool()
    except PromtoolMissing:
        _UNPACKED.mkdir(parents=True, exist_ok=True)
        if apt_get is not None and run(apt_get, "update", "-q"):
            run(apt_get, "download", "-q", _PACKAGE, folder=_UNPACKED)
            for package in _UNPACKED.glob("*.deb"):
                run("dpkg-deb", "-x", str(package), str(_UNPACKED))
                package.unlink()
    try:
        find_promtool()
    except PromtoolMissing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
