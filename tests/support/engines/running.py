"""Starts a driver, and a browser in one of its modes; nothing stays behind."""

import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from link_dev.embedded.free_port import free_port
from link_dev.embedded.process import kill_group, start_guarded
from tests.support.engines.modes import TABLE, ModeName, capabilities
from tests.support.engines.webdriver import DEADLINE_S, WebDriver, new_session
from tests.support.installing.engines import EngineName, find_programs, find_xvfb
from tests.support.waiting import until, until_answered

_SCREEN: Final = ("-screen", "0", "1440x1000x24", "-nolisten", "tcp", "-displayfd", "1")
_LOOK_S: Final = 0.02


@asynccontextmanager
async def running_engine(
    engine: EngineName, mode: ModeName, *, profile: Path | None = None
) -> AsyncIterator[WebDriver]:
    """Give a browser with one page, and end it; a named `profile` keeps what it writes.

    Raises `EngineMissing`, `ChromiumMissing` and `DriverRefused`.
    """
    programs = find_programs(engine)
    asked = capabilities(engine, programs.browser, TABLE[engine, mode], profile)
    patience = ClientTimeout(total=2 * DEADLINE_S)
    async with (
        ClientSession(timeout=patience) as http,
        _screen(engine) as screen,
        _server(programs.driver, screen, profile) as url,
    ):
        await until_answered(lambda: _is_up(http, url), every_s=_LOOK_S)
        async with new_session(http, url, asked) as driver:
            yield driver


@asynccontextmanager
async def _server(program: str, screen: str, home: Path | None) -> AsyncIterator[str]:
    """Run a driver, with a folder for the profiles of its browsers, and give its address."""
    port = free_port()
    with TemporaryDirectory(prefix="link-engine-", ignore_cleanup_errors=True) as name:
        environment = [
            f"TMPDIR={name}",
            f"HOME={home or name}",
            *([f"DISPLAY={screen}"] if screen else []),
        ]
        command = ["/usr/bin/env", *environment, program, f"--port={port}"]
        guard = start_guarded(command, folder=Path(name), output=Path(name, "output"))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(guard)


@asynccontextmanager
async def _screen(engine: EngineName) -> AsyncIterator[str]:
    """Run a screen for an engine that needs one, and give its name; else an empty one."""
    if engine != "webkit":
        yield ""
        return
    with TemporaryDirectory(prefix="link-screen-", ignore_cleanup_errors=True) as name:
        told = Path(name, "display")
        guard = start_guarded([find_xvfb(), *_SCREEN], folder=Path(name), output=told)
        try:
            await until(lambda: _number_in(told) is not None, every_s=_LOOK_S)
            yield f":{_number_in(told)}"
        finally:
            _end(guard)


def _end(guard: "subprocess.Popen[bytes]") -> None:
    """End a process with all that it has started."""
    kill_group(guard)
    guard.communicate()


def _number_in(said: Path) -> str | None:
    """Return the screen's number, in a line of its own among what else it says."""
    found = re.search(r"^\d+$\n", said.read_text(errors="replace"), re.MULTILINE)
    return found[0].strip() if found else None


async def _is_up(http: ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/status") as response:
            return bool((await response.json(content_type=None))["value"]["ready"])
    except (ClientError, OSError):
        return False
