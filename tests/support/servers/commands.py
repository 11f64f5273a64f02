"""Commands in their own processes, with the code of this checkout."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DEADLINE_S: Final = 120  # a start reads a thousand modules, on a busy machine
SOURCE: Final = Path(__file__).parents[3] / "src"


def with_source(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with this checkout first in `PYTHONPATH`."""
    return {**env, "PYTHONPATH": str(SOURCE)}


def run_module(module: str, *arguments: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a command to its end; return status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=with_source(env),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def end_group(leader: int) -> None:
    """Kill a process that leads its own session, and its workers, which would outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


@dataclass
class Service:
    """A `serve` process, with its log messages counted."""

    process: Process
    heard: Counter[str] = field(default_factory=Counter)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def said(self, message: str, times: int = 1) -> None:
        """Return once `message` has been logged so many times since the start."""
        async with asyncio.timeout(DEADLINE_S), self.news:
            await self.news.wait_for(lambda: self.heard[message] >= times)

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
                self.news.notify_all()


@asynccontextmanager
async def serving(module: str, env: Mapping[str, str], *, listeners: int) -> AsyncIterator[Service]:
    """Run `serve` while the context lasts; yield once all listeners are open."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "serve"),
        env=with_source(env),
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
