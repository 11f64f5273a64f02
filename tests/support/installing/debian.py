"""Installs Debian packages of programs that tests need and that are no Python packages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_INSTALL: Final = ("install", "-y", "-q", "--no-install-recommends")


def find_apt_get() -> str | None:
    """Return the path of `apt-get`, if it exists and we are root."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return shutil.which("apt-get") if is_root else None


def apt_install(*packages: str) -> bool:
    """Install Debian packages if permitted; return whether that worked."""
    apt_get = find_apt_get()
    return (
        apt_get is not None and run(apt_get, "update", "-q") and run(apt_get, *_INSTALL, *packages)
    )


def run(*command: str, folder: Path | None = None) -> bool:
    """Run a command that asks nobody anything, in a folder; return whether it ended well.

    It is named in one line; what it says itself is shown only where it fails.
    """
    sys.stdout.write(f"Running {' '.join((Path(command[0]).name, *command[1:]))}\n")
    sys.stdout.flush()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
    return done.returncode == 0
