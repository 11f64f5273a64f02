"""Finds the programs that build and run images, or installs them. `make images` runs this first."""

import os
import shutil
import sys
from typing import Final, Literal

from tests.support.installing.debian import apt_install

Program = Literal["buildah", "crun", "mmdebstrap"]
PROGRAMS: Final[tuple[Program, ...]] = ("buildah", "crun", "mmdebstrap")


class ImageProgramMissing(Exception):
    """A program is not installed, so the tests of images cannot run; they are never skipped."""


def find_image_program(name: Program) -> str:
    """Return the path of a program on `PATH`; raises `ImageProgramMissing`."""
    found = shutil.which(name)
    if found is None:
        raise ImageProgramMissing(
            f"No {name}: install it (on Debian, as root: apt-get install {name})."
        )
    return found


def _missing() -> list[str]:
    """Return one line for each program that is missing."""
    lines = []
    for name in PROGRAMS:
        try:
            find_image_program(name)
        except ImageProgramMissing as missing:
            lines.append(str(missing))
    return lines


def main() -> None:
    """Install them if needed; exit with one line and status 1 where they cannot be used."""
    if _missing():
        apt_install(*PROGRAMS)
    if missing := _missing():
        sys.exit(" ".join(missing))
    if os.geteuid() != 0:
        sys.exit("The images are built and run as root here: call make images as root.")


if __name__ == "__main__":
    main()
