"""Fetching programs that tests need and Python packages do not bring."""

import os
import shutil
import subprocess
from typing import Final

_INSTALL: Final = ("install", "-y", "-q", "--no-install-recommends")


def find_apt_get() -> str | None:
    """Return the path of `apt-get`, where we are root and there is one."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return shutil.which("apt-get") if is_root else None


def apt_install(*packages: str) -> bool:
    """Install Debian packages, if we may; return whether that worked."""
    apt_get = find_apt_get()
    return (
        apt_get is not None and run(apt_get, "update", "-q") and run(apt_get, *_INSTALL, *packages)
    )


def run(*command: str) -> bool:
    """Run a command that asks nobody anything; return whether it ended well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, check=False, env=environment).returncode == 0
