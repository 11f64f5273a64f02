"""Finds a Chromium for the browser tests, or installs one. `make test` runs this file first."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.support.installing.debian import apt_install, find_apt_get, run

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPS: Final = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
_LIGHT_NAMES: Final = ("chromium-headless-shell", "chrome-headless-shell")
_NONE: Final = "No Chromium: install one, or name one with CHROMIUM=/path/to/chromium."


class ChromiumMissing(Exception):
    """There is no Chromium, so the browser tests cannot run; they are never skipped."""


def find_chromium() -> str:
    """Return the path of `CHROMIUM`, else of one on `PATH`, an app's, or Playwright's own.

    Raises `ChromiumMissing`.
    """
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise ChromiumMissing(f"CHROMIUM={named} is no program.")
    on_path = [found for name in _NAMES if (found := shutil.which(name))]
    apps = [str(app) for app in _APPS if app.is_file()]
    if installed := on_path + apps:
        return installed[0]
    if downloaded := _downloaded():
        return downloaded
    raise ChromiumMissing(_NONE)


def find_light_chromium() -> str:
    """Return the path of a Chromium without windows, else what `find_chromium` returns.

    It has the same engine, network and storage, but no tabs, toolbars and profiles of a desktop,
    which cost more than our pages do. A person who names a Chromium gets that one everywhere, and
    one who wants to watch gets one with windows.

    Raises `ChromiumMissing`.
    """
    if not {"CHROMIUM", "SHOW_BROWSER"} & os.environ.keys():
        for name in _LIGHT_NAMES:
            if found := shutil.which(name):
                return found
    return find_chromium()


def _downloaded() -> str | None:
    """Return Playwright's own Chromium, if it was ever downloaded."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def _install() -> None:
    """Try the system's package manager, then Playwright's download."""
    if apt_install("chromium", "chromium-headless-shell") or apt_install("chromium"):
        return
    dependencies = ("--with-deps",) if find_apt_get() else ()
    run(sys.executable, "-m", "playwright", "install", *dependencies, "chromium")


def main() -> None:
    """Install a Chromium if needed; exit with one line and status 1 if that fails."""
    try:
        find_chromium()
    except ChromiumMissing as missing:
        if os.environ.get("CHROMIUM"):
            sys.exit(str(missing))
        _install()
        try:
            find_chromium()
        except ChromiumMissing as still_missing:
            sys.exit(str(still_missing))


if __name__ == "__main__":
    main()
