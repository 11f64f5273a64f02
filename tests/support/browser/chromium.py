"""Starts a real Chromium as a customer has it.

Playwright's launcher would switch storage partitioning, the back-forward cache and timer throttling
off, so Playwright only connects to this one.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, Error, async_playwright

_VISIBLE: Final = "SHOW_BROWSER"  # set by a person who wants to watch a test
DISABLED_FEATURES: Final = (
    # A document written by a test comes from no address, which Chromium takes for the internet's,
    # and pages of the internet may not embed what is served on this machine.
    "LocalNetworkAccessChecks",
    # A click into a frame of another origin that has moved within half a second is dropped, so that
    # no page can slip a frame under the pointer. A person presses again; a test does not.
    "DiscardInputEventsToRecentlyMovedFrames",
    # The lists under the address bar, two pages of Chromium's own in each new window: nobody sees
    # them here, and they took more than half of the browser tests' CPU time.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
_FLAGS: Final = (
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # A page that is looked at has no lower priority than its server. Timers are throttled as ever.
    "--disable-renderer-backgrounding",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A first window that is still opening when Playwright connects makes it wait for ever.
    "--no-startup-window",
    f"--disable-features={','.join(DISABLED_FEATURES)}",
)
_START_S: Final = 20.0
_TRIES: Final = 3
_LOOK_S: Final = 0.02


log = logging.getLogger(__name__)


class ChromiumNotStarted(Exception):
    """Chromium ended, or opened no port in time."""


@asynccontextmanager
async def connected_chromium(program: str, *flags: str) -> AsyncIterator[Browser]:
    """Run Chromium and connect Playwright to it; a start that hangs is tried again.

    Raises `ChromiumNotStarted` and Playwright's `Error`.
    """
    async with AsyncExitStack() as opened:
        for left in reversed(range(_TRIES)):
            try:
                browser = await _start(program, flags, opened)
                break
            except (ChromiumNotStarted, Error) as error:
                log.warning("Chromium did not come up: %s", error)
                if not left:
                    raise
        yield browser


async def _start(program: str, flags: Sequence[str], opened: AsyncExitStack) -> Browser:
    """Start and connect; what was started ends at once if the connection fails."""
    async with AsyncExitStack() as starting:
        address = starting.enter_context(running_chromium(program, *flags))
        playwright = await starting.enter_async_context(async_playwright())
        browser = await playwright.chromium.connect_over_cdp(address, timeout=_START_S * 1000)
        starting.push_async_callback(browser.close)
        opened.push_async_exit(starting.pop_all())
        return browser


@contextmanager
def running_chromium(program: str, *flags: str) -> Iterator[str]:
    """Run Chromium with a new profile and give the address of its DevTools; nothing stays behind.

    Raises `ChromiumNotStarted`.
    """
    with TemporaryDirectory(prefix="link-chromium-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        log = folder / "stderr"
        with log.open("wb") as stderr:
            headless = () if os.environ.get(_VISIBLE) else ("--headless",)
            profile = f"--user-data-dir={folder / 'profile'}"
            command = [program, *headless, *_FLAGS, *flags, profile]
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
        time.sleep(_LOOK_S)  # noqa: TID251  # polled: a file that appears tells nobody
    said = (folder / "stderr").read_text(errors="replace")[-2000:]
    raise ChromiumNotStarted(f"status {chromium.poll()}; it said: {said}")
