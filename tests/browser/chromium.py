"""A plain Chromium, as a customer's is.

Playwright's launcher would switch storage partitioning, the back-forward cache and timer throttling
off, so Playwright only connects to this one.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.browser.install_chromium import find_chromium

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A first window that is still opening when Playwright connects makes it wait for ever.
    "--no-startup-window",
    # A document written by a test comes from no address, which Chromium takes for the internet's,
    # and pages of the internet may not embed what is served on this machine.
    "--disable-features=LocalNetworkAccessChecks",
)
_START_S: Final = 30.0
_LOOK_S: Final = 0.02


class ChromiumNotStarted(Exception):
    """Chromium ended, or opened no port in time."""


@contextmanager
def running_chromium() -> Iterator[str]:
    """Run Chromium with a new profile and give the address of its DevTools; nothing stays behind.

    Raises `ChromiumMissing` and `ChromiumNotStarted`.
    """
    with TemporaryDirectory(prefix="link-chromium-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        log = folder / "stderr"
        with log.open("wb") as stderr:
            command = [find_chromium(), *_FLAGS, f"--user-data-dir={folder / 'profile'}"]
            chromium = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
            )
        try:
            yield f"http://127.0.0.1:{_port(chromium, folder)}"
        finally:
            os.killpg(chromium.pid, signal.SIGKILL)
            chromium.wait()


def _port(chromium: subprocess.Popen[bytes], folder: Path) -> int:
    """Wait for the file that tells the port."""
    told = folder / "profile" / "DevToolsActivePort"
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and chromium.poll() is None:
        lines = told.read_text().split() if told.exists() else []
        if lines:
            return int(lines[0])
        time.sleep(_LOOK_S)
    said = (folder / "stderr").read_text(errors="replace")[-2000:]
    raise ChromiumNotStarted(f"status {chromium.poll()}; it said: {said}")
