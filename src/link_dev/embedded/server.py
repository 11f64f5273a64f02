"""Base class of embedded servers: a server on a loopback port, killed when our process ends."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import ClassVar, Final, Self

from link_dev.embedded.free_port import free_port
from link_dev.embedded.process import ServerUser, kill_group, start_guarded, wait_until_gone

HOST: Final = "127.0.0.1"
_POLL_S: Final = 0.01
_PORT_TRIES: Final = 5


class ServerNotStarted(Exception):
    """The server ended or did not answer in time; the text holds the last line of its log."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """One server process, and the shell that guards it."""

    guard: "subprocess.Popen[bytes]"
    server_pid: int
    version: str = ""

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the server, unless it has ended by itself."""
        if self.guard.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.server_pid, number)


class EmbeddedServer(ABC):
    """A server as an async context manager; a subclass gives its command and its readiness check.

    It is not bound to an event loop: its methods may be called from any loop. Entering starts it on
    a free port and raises the subclass's `ServerNotStarted`; leaving stops it and removes its
    folder.
    """

    NAME: ClassVar[str]
    NOT_STARTED: ClassVar[type[ServerNotStarted]]
    PORT_TAKEN: ClassVar[str]
    """The text in the server's log if another process has its port."""
    START_DEADLINE_S: ClassVar[float]
    STOP_DEADLINE_S: ClassVar[float]
    STOP_SIGNALS: ClassVar[tuple[signal.Signals, ...]]
    CRASH_SIGNAL: ClassVar[signal.Signals]
    WRITES_ITS_LOG: ClassVar[bool] = False
    """Whether the server writes the log file itself; otherwise its output is the log."""
    GUARD_SIGNAL: ClassVar[signal.Signals] = signal.SIGKILL
    """The signal that the guard sends when our process ends."""

    def __init__(self, user: ServerUser | None = None) -> None:
        """Take the user to run the server as; `None` is our own user."""
        self._user = user
        self._folder: TemporaryDirectory[str] | None = None
        self._port = 0
        self._running: RunningServer | None = None

    @abstractmethod
    def _command(self, folder: Path) -> list[str]:
        """Return the command line that serves on `self._port`."""

    @abstractmethod
    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        """Check once whether the server answers; `None` if not, or if it is another server."""

    @abstractmethod
    def _last_words(self, log: Path) -> str:
        """Return why the server did not start, from its log."""

    def _prepare(self, folder: Path) -> None:
        """Fill the folder and change its owner to the server's user; runs in a thread."""
        if self._user:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._user.uid, self._user.gid, follow_symlinks=False)

    @property
    def port(self) -> int:
        """The port of 127.0.0.1, the same over `restart`."""
        return self._port

    @property
    def folder(self) -> Path:
        """A folder that is removed when our process ends, even by SIGKILL.

        Raises `ServerNotStarted` if the context manager was not entered.
        """
        if self._folder is None:
            raise self.NOT_STARTED("Enter the context manager first.")
        return Path(self._folder.name)

    async def __aenter__(self) -> Self:
        """Start the server on a free port; return when it answers."""
        prefix = f"link-{self.NAME}-"
        self._folder = TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        try:
            await asyncio.to_thread(self._prepare, self.folder)
            await self._start_on_a_free_port()
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
        """Ask the server to end, kill it (SIGKILL) after some seconds; return when it is gone."""
        await self._end(*self.STOP_SIGNALS)

    async def kill(self) -> None:
        """End the server at once, as a crash would; return when it is gone."""
        await self._end(self.CRASH_SIGNAL)

    async def restart(self) -> None:
        """Crash the server, if it runs, and start it again on the same port and folder.

        Raises `ServerNotStarted` if it does not come up, or the context manager was not entered.
        """
        folder = self.folder
        await self.kill()
        self._running = await self._start(folder)

    def take_process_of(self, other: "EmbeddedServer") -> None:
        """Be the server that `other` was; it must listen on our port by now."""
        self._running, other._running = other._running, None  # noqa: SLF001  # of this class

    async def _end(self, *signals: signal.Signals) -> None:
        if running := self._running:
            self._running = None
            for number in signals:
                running.send_signal(number)
            await wait_until_gone(running.guard, within_s=self.STOP_DEADLINE_S)

    async def _start_on_a_free_port(self) -> None:
        """Start; if another process takes the port between check and bind, try another port."""
        for tries_left in reversed(range(_PORT_TRIES)):
            self._port = free_port()
            try:
                self._running = await self._start(self.folder)
            except ServerNotStarted as refusal:
                if not tries_left or self.PORT_TAKEN not in str(refusal):
                    raise
            else:
                return

    async def _start(self, folder: Path) -> RunningServer:
        """Start a server under its guard; return when it answers, or raise `ServerNotStarted`."""
        log = self._log(folder)
        guard = start_guarded(
            self._command(folder),
            folder=folder,
            output=None if self.WRITES_ITS_LOG else log,
            ending=self.GUARD_SIGNAL,
            user=self._user,
        )
        running = None
        try:
            deadline = time.monotonic() + self.START_DEADLINE_S
            while guard.poll() is None and time.monotonic() < deadline:
                if running := await self._answer(guard, folder):
                    return running
                await asyncio.sleep(_POLL_S)  # noqa: TID251  # a starting server is polled
        finally:
            if running is None:
                kill_group(guard)
                await wait_until_gone(guard, within_s=self.STOP_DEADLINE_S)
        raise self.NOT_STARTED(self._last_words(log))

    def _log(self, folder: Path) -> Path:
        return folder / f"{self.NAME}.log"
