"""Commands in their own processes, with the code of this checkout."""

import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import runpy
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

DEADLINE_S: Final = 120  # a start reads a thousand modules, on a busy machine
_OUTPUTS: Final = ("output", "errors")
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["elements_bridge.cli", "link_api.cli"])
# Before a command: it may raise its limit of 100 descriptors to 200.
FEW_DESCRIPTORS: Final = ("/bin/sh", "-c", 'ulimit -n 200 && ulimit -Sn 100 && exec "$@"', "sh")
SOURCE: Final = Path(__file__).parents[3] / "src"


def with_source(env: Mapping[str, str], source: Path = SOURCE) -> dict[str, str]:
    """Return the environment with this checkout first in `PYTHONPATH`, or other code."""
    return {**env, "PYTHONPATH": str(source)}


def run_module(module: str, *arguments: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run `python -m module` to its end; return status, standard output and standard error.

    In a process of its own, forked from a server that has imported the modules once: importing
    them costs more than most commands do.
    """
    with TemporaryDirectory(prefix="link-command-") as name:
        folder = Path(name)
        process = _FORKS.Process(target=_run_here, args=(module, arguments, dict(env), folder))
        process.start()
        process.join(DEADLINE_S)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{module} {arguments} ran for over {DEADLINE_S} s")
        output, errors = ((folder / file).read_text("utf-8").strip() for file in _OUTPUTS)
        return process.exitcode, output, errors


def _run_here(module: str, arguments: tuple[str, ...], env: dict[str, str], folder: Path) -> None:
    """Become `python -m module` with this environment; its output goes into files of the folder."""
    for number, file in enumerate(_OUTPUTS, start=1):
        descriptor = os.open(folder / file, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, number)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        logging.shutdown()  # as Python does at its end, but not at a fork's: it writes what waits


def end_group(leader: int) -> None:
    """Kill a process that leads its own session, and its workers, which would outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


class ServiceEnded(Exception):
    """A service has ended; the text is the end of its log."""


@dataclass
class Service:
    """A `serve` process, with its log messages counted."""

    process: Process
    heard: Counter[str] = field(default_factory=Counter)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    last_line: str = ""
    has_ended: bool = False

    async def said(self, message: str, times: int = 1) -> None:
        """Return once `message` has been logged so many times since the start.

        Raises `ServiceEnded` if the log ends before.
        """
        async with asyncio.timeout(DEADLINE_S), self.news:
            await self.news.wait_for(lambda: self.has_ended or self.heard[message] >= times)
        if self.heard[message] < times:
            raise ServiceEnded(f"before {message!r} came {times} times; last: {self.last_line}")

    def reload(self) -> None:
        """Send SIGHUP."""
        self.process.send_signal(signal.SIGHUP)

    async def stop(self) -> int:
        """Send SIGTERM and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            return await self.process.wait()

    async def listen(self) -> None:
        """Read the log to its end."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            message = json.loads(line)["message"] if line.startswith(b"{") else ""
            async with self.news:
                self.heard[message] += 1
                self.last_line = line.decode(errors="replace")
                self.news.notify_all()
        async with self.news:
            self.has_ended = True
            self.news.notify_all()


@asynccontextmanager
async def serving(
    module: str, env: Mapping[str, str], *, listeners: int, source: Path = SOURCE
) -> AsyncIterator[Service]:
    """Run `serve` of this checkout, or of other code; yield once all listeners are open."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "serve"),
        env=with_source(env, source),
        stderr=PIPE,
        start_new_session=True,
    )
    service = Service(process)
    listening = asyncio.create_task(service.listen())
    try:
        await service.said("listening", listeners)
        yield service
    finally:
        end_group(process.pid)
        await process.wait()
        await listening
