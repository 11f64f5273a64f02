"""The measured servers: each the command that a deployment runs, in a process of its own."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.measuring.cpu import cores, pinned, process_seconds
from benchmarks.measuring.generator import exchange
from benchmarks.measuring.messages import request

ROOT: Final = Path(__file__).parents[2]
_DEADLINE_S: Final = 60.0
_POLL_S: Final = 0.01
_LAST_LINES: Final = 2000
_ENDING_S: Final = 15.0


class ServerNotStarted(Exception):
    """A server ended or did not listen in time; the text holds the end of its output."""


@dataclass(frozen=True)
class Server:
    """A running server; `started_in` is the time in seconds from its start until it answered."""

    process: "subprocess.Popen[bytes]"
    port: int
    started_in: float

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads and children."""
        return process_seconds(self.process.pid)


@asynccontextmanager
async def serving(
    command: Sequence[str],
    port: int,
    *,
    output: Path,
    env: Mapping[str, str] | None = None,
    health: tuple[int, str] | None = None,
) -> AsyncIterator[Server]:
    """Run a server on the server's core while the context lasts; its output goes to a file.

    It runs once `health`, a port and a path, answers; by default any answer of `/` does. Raises
    `ServerNotStarted`.
    """
    began = time.perf_counter()
    process = _start(command, output, env or {})
    try:
        await _answering(process, *(health or (port, "/")), output)
        yield Server(process, port, time.perf_counter() - began)
    finally:
        await asyncio.to_thread(_end, process)


def _start(
    command: Sequence[str], output: Path, env: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    found = cores()
    with pinned(found and found[0]), output.open("ab") as said:
        return subprocess.Popen(  # noqa: S603  # a benchmark's own command
            command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


async def _answering(
    process: "subprocess.Popen[bytes]", port: int, path: str, output: Path
) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            await exchange(port, [request("GET", path)])
            return
        await asyncio.sleep(_POLL_S)
    raise ServerNotStarted(_last_words(output))


def _last_words(output: Path) -> str:
    return output.read_text("utf-8", errors="replace")[-_LAST_LINES:]


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module by this interpreter."""
    return [sys.executable, "-m", name, *arguments]
