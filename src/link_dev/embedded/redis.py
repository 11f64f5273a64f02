"""A real Redis of our own on a loopback port, for `make dev`, the tests and their faults.

Nothing is kept: the data ends with the process, and the process ends with ours, however that ends.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from link_dev.embedded.free_port import free_port
from link_dev.embedded.process import gone, kill_group, start_guarded
from link_dev.embedded.redis_binary import RedisBinary, find_redis_binary

_HOST: Final = "127.0.0.1"
_START_DEADLINE_S: Final = 15.0
_STOP_DEADLINE_S: Final = 3.0
_POLL_S: Final = 0.01
_PORT_TRIES: Final = 5


class RedisNotStarted(Exception):
    """The server ended or did not answer in time; the text holds the last line of its log."""


@dataclass(frozen=True, slots=True)
class _Running:
    """One server process, and the shell in whose process group it runs."""

    guard: "subprocess.Popen[bytes]"
    server_pid: int
    version: str


class EmbeddedRedis:
    """A Redis server as an async context manager: no persistence, no password, loopback only.

    `url` and `origin` are known once it is entered; `url` stays the same over `restart`. It belongs
    to no event loop: any may call it. Entering raises `RedisNotStarted`; leaving stops the server
    and removes its folder.
    """

    def __init__(self, binary: RedisBinary | None = None) -> None:
        """Take the binary to run, or find one; that raises `RedisBinaryMissing`."""
        self._binary: Final = binary or find_redis_binary()
        self._folder: TemporaryDirectory[str] | None = None
        self._port = 0
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The address, for example `redis://127.0.0.1:40123/0`."""
        return f"redis://{_HOST}:{self._port}/0"

    @property
    def folder(self) -> Path:
        """A folder that goes when our process ends, SIGKILL included.

        Raises `RedisNotStarted` if the context manager was not entered.
        """
        if self._folder is None:
            raise RedisNotStarted("Enter the context manager first.")
        return Path(self._folder.name)

    @property
    def origin(self) -> str:
        """Words for the start line: which version runs, and where its binary was found."""
        version = f" {self._running.version}" if self._running else ""
        return f"Redis{version} from {self._binary.source} ({self._binary.path})"

    async def __aenter__(self) -> Self:
        """Start the server on a free port; return when it answers."""
        self._folder = TemporaryDirectory(prefix="link-redis-", ignore_cleanup_errors=True)
        try:
            await self._start_on_a_free_port(Path(self._folder.name))
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server and remove its folder."""
        await self.stop()
        if self._folder:
            self._folder.cleanup()

    async def stop(self) -> None:
        """Ask the server to end (SIGTERM), insist after 3 s (SIGKILL); return when it is gone."""
        if running := self._running:
            self._running = None
            _signal(running, signal.SIGTERM)
            _signal(running, signal.SIGCONT)  # a paused server hears SIGTERM only then
            await gone(running.guard, within_s=_STOP_DEADLINE_S)

    async def kill(self) -> None:
        """End the server at once (SIGKILL), as a crash would; return when it is gone."""
        if running := self._running:
            self._running = None
            _signal(running, signal.SIGKILL)
            await gone(running.guard, within_s=_STOP_DEADLINE_S)

    async def restart(self) -> None:
        """Crash the server, if it runs, and start an empty one on the same port.

        Raise `RedisNotStarted` if it does not come up, or the context manager was not entered.
        """
        folder = self.folder
        await self.kill()
        self._running = await _start(self._binary, self._port, folder)

    def pause(self) -> None:
        """Freeze the server (SIGSTOP): connections are accepted and stay open, nothing answers."""
        if self._running:
            _signal(self._running, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on (SIGCONT); it then answers what was asked meanwhile."""
        if self._running:
            _signal(self._running, signal.SIGCONT)

    async def _start_on_a_free_port(self, folder: Path) -> None:
        """Start; if somebody takes the port between our look and the server's bind, look again."""
        for tries_left in reversed(range(_PORT_TRIES)):
            self._port = free_port()
            try:
                self._running = await _start(self._binary, self._port, folder)
            except RedisNotStarted as refusal:
                if not tries_left or "Failed listening" not in str(refusal):
                    raise
            else:
                return


async def _start(binary: RedisBinary, port: int, folder: Path) -> _Running:
    """Start a server under its guard; return when it answers, or raise `RedisNotStarted`."""
    log = folder / "redis.log"
    guard = _spawn(binary, port, log)
    running = None
    try:
        deadline = time.monotonic() + _START_DEADLINE_S
        while guard.poll() is None and time.monotonic() < deadline:
            if running := await _answer(guard, port, log):
                return running
            await asyncio.sleep(_POLL_S)
    finally:
        if running is None:
            kill_group(guard)
            await gone(guard, within_s=_STOP_DEADLINE_S)
    raise RedisNotStarted(_last_words(log))


def _spawn(binary: RedisBinary, port: int, log: Path) -> "subprocess.Popen[bytes]":
    """Start guard and server; Redis 6.2 and 8 both know every option."""
    options = {
        "bind": _HOST,
        "port": str(port),
        "protected-mode": "yes",
        "daemonize": "no",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "dir": str(log.parent),
        "logfile": str(log),
    }
    command = [str(binary.path)]
    for name, value in options.items():
        command += [f"--{name}", value]
    return start_guarded(command, folder=log.parent)


async def _answer(guard: "subprocess.Popen[bytes]", port: int, log: Path) -> _Running | None:
    """Ask the server once; `None` while it does not answer, or another server does."""
    redis = Redis(
        host=_HOST,
        port=port,
        socket_connect_timeout=1,
        socket_timeout=1,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    async with redis:
        try:
            await redis.ping()
            if (await redis.config_get("logfile")).get("logfile") != str(log):
                return None  # two of us took the same port; the other one was first
            info = await redis.info("server")
        except (RedisError, OSError):
            return None
    return _Running(guard, int(info["process_id"]), str(info["redis_version"]))


def _last_words(log: Path) -> str:
    """Return why the server did not start, in its own words."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "redis-server ended without a word, or did not answer in time."


def _signal(running: _Running, number: signal.Signals) -> None:
    """Send a signal to the server, unless it has ended by itself."""
    if running.guard.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.server_pid, number)
