"""A real PostgreSQL of our own on a loopback port, for tests.

Its data ends with the context, and the process ends with ours, however that ends. It forgets what
a crash of the machine would cost (no fsync), so it is for nothing that must last.
"""

import asyncio
import contextlib
import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

import asyncpg

from link_dev.embedded.free_port import free_port
from link_dev.embedded.postgres_programs import PostgresPrograms, find_postgres_programs
from link_dev.embedded.process import ServerUser, gone, kill_group, start_guarded

_HOST: Final = "127.0.0.1"
_OWNER: Final = "link"
_FIRST_DATABASE: Final = "postgres"
_START_DEADLINE_S: Final = 60.0
_STOP_DEADLINE_S: Final = 5.0
_POLL_S: Final = 0.02
_PORT_TRIES: Final = 5
# PostgreSQL refuses to run as root. The first of these that exists takes our place.
_UNPRIVILEGED: Final = ("postgres", "nobody")
# One command makes the cluster, where there is none yet, and becomes the server, so that one guard
# stands over both. $1 holds the programs, $2 our folder, $3 the owner; the rest are options.
_START: Final = """
programs=$1 folder=$2 owner=$3; shift 3
export LC_ALL=C
[ -e "$folder/data/PG_VERSION" ] || "$programs/initdb" -D "$folder/data" -U "$owner" \
  --pwfile="$folder/password" --auth=password --encoding=UTF8 --locale=C --no-sync >&2 || exit 1
exec "$programs/postgres" -D "$folder/data" "$@"
"""
_OPTIONS: Final = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "fsync": "off",  # a crash of the server alone loses nothing all the same
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers": "0",
}


class PostgresNotStarted(Exception):
    """The server ended or did not answer in time; the text holds the last line of its log."""


@dataclass(frozen=True, slots=True)
class _Running:
    """One server process, and the shell that guards it."""

    guard: "subprocess.Popen[bytes]"
    server_pid: int


class EmbeddedPostgres:
    """A PostgreSQL server as an async context manager: loopback only, with a random password.

    It belongs to no event loop: any may call it. Entering raises `PostgresNotStarted`; leaving
    stops the server and removes its folder.
    """

    def __init__(self, programs: PostgresPrograms | None = None) -> None:
        """Take the programs to run, or find them; that raises `PostgresMissing`."""
        self._programs = programs or find_postgres_programs()
        self._folder: TemporaryDirectory[str] | None = None
        self._user = _unprivileged_user()
        self._password = secrets.token_urlsafe(24)
        self._port = 0
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The address of the first database, for example `postgresql://…@127.0.0.1:…/postgres`."""
        return self._url(_FIRST_DATABASE)

    @property
    def port(self) -> int:
        """The port of 127.0.0.1, the same over `restart`."""
        return self._port

    async def __aenter__(self) -> Self:
        """Start the server on a free port; return when it answers."""
        self._folder = TemporaryDirectory(prefix="link-postgres-", ignore_cleanup_errors=True)
        try:
            await asyncio.to_thread(self._prepare, Path(self._folder.name))
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

    async def new_database(self, *, like: str | None = None) -> str:
        """Make a database, empty or a copy of the one at the URL `like`; return its URL.

        A database that is copied must have no connection.
        """
        name = f"link_{secrets.token_hex(8)}"
        template = "" if like is None else f' TEMPLATE "{_name_in(like)}"'
        async with self.connected() as connection:
            await connection.execute(f'CREATE DATABASE "{name}"{template}')
        return self._url(name)

    async def drop_database(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        async with self.connected() as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{_name_in(url)}" WITH (FORCE)')

    @contextlib.asynccontextmanager
    async def connected(self, url: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """Give a connection to a database of this server, the first one unless said."""
        connection = await asyncpg.connect(url or self.url, timeout=_STOP_DEADLINE_S)
        try:
            yield connection
        finally:
            await connection.close()

    async def stop(self) -> None:
        """Ask the server to end at once, in good order; return when it is gone."""
        await self._end(signal.SIGINT)

    async def kill(self) -> None:
        """End the server as a crash would; return when it is gone."""
        await self._end(signal.SIGQUIT)  # SIGKILL would leave a segment of shared memory behind

    async def restart(self) -> None:
        """Crash the server, if it runs, and start it on the same port with what it had committed.

        Raises `PostgresNotStarted`.
        """
        await self.kill()
        self._running = await self._start()

    async def _end(self, number: signal.Signals) -> None:
        if running := self._running:
            self._running = None
            if running.guard.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(running.server_pid, number)
            await gone(running.guard, within_s=_STOP_DEADLINE_S)

    def _url(self, database: str) -> str:
        return f"postgresql://{_OWNER}:{self._password}@{_HOST}:{self._port}/{database}"

    def _prepare(self, folder: Path) -> None:
        """Give the folder, with the password in it, to whom the server runs as."""
        password = folder / "password"
        password.touch(0o600)
        password.write_text(self._password)
        if self._user:
            if not _may_run(self._programs.postgres, self._user):
                # They are in a wheel, and that in a folder of root's own.
                self._programs = self._programs.copied_to(folder / "programs")
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._user.uid, self._user.gid, follow_symlinks=False)

    async def _start_on_a_free_port(self) -> None:
        """Start; if somebody takes the port between our look and the server's bind, look again."""
        for tries_left in reversed(range(_PORT_TRIES)):
            self._port = free_port()
            try:
                self._running = await self._start()
            except PostgresNotStarted as refusal:
                if not tries_left or "could not create any TCP/IP sockets" not in str(refusal):
                    raise
            else:
                return

    async def _start(self) -> _Running:
        """Start a server under its guard; return when it answers, or raise `PostgresNotStarted`."""
        if self._folder is None:
            raise PostgresNotStarted("Enter the context manager first.")
        folder = Path(self._folder.name)
        log = folder / "postgres.log"
        guard = start_guarded(
            self._command(folder),
            folder=folder,
            output=log,
            ending=signal.SIGQUIT,
            user=self._user,
        )
        running = None
        try:
            deadline = time.monotonic() + _START_DEADLINE_S
            while guard.poll() is None and time.monotonic() < deadline:
                if await self._answers():
                    pid = int((folder / "data/postmaster.pid").read_text().split()[0])
                    return (running := _Running(guard, pid))
                await asyncio.sleep(_POLL_S)
        finally:
            if running is None:
                kill_group(guard)
                await gone(guard, within_s=_STOP_DEADLINE_S)
        raise PostgresNotStarted(_last_words(log))

    def _command(self, folder: Path) -> list[str]:
        command = ["/bin/sh", "-c", _START, "start"]
        command += [str(self._programs.folder), str(folder), _OWNER]
        for name, value in {**_OPTIONS, "port": str(self._port)}.items():
            command += ["-c", f"{name}={value}"]
        return command

    async def _answers(self) -> bool:
        """Ask the server once; a stranger on the port would not know the password."""
        try:
            async with self.connected():
                return True
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False


def _unprivileged_user() -> ServerUser | None:
    """Return whom the server runs as, where that cannot be us."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return ServerUser(found.pw_uid, found.pw_gid)
    raise PostgresNotStarted(f"PostgreSQL does not run as root; make a user: {_UNPRIVILEGED}.")


def _may_run(program: Path, user: ServerUser) -> bool:
    """Tell whether a user reaches a program."""
    command = [str(program), "--version"]
    try:
        done = subprocess.run(  # noqa: S603  # the command is ours, word by word
            command,
            check=False,
            capture_output=True,
            user=user.uid,
            group=user.gid,
            extra_groups=(),
            cwd="/",
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _name_in(url: str) -> str:
    """Return the name of the database that a URL of `new_database` leads to."""
    return url.rpartition("/")[2]


def _last_words(log: Path) -> str:
    """Return why the server did not start, in its own words."""
    lines = log.read_text("utf-8", errors="replace").splitlines()
    grave = [line for line in lines if "FATAL" in line or "error:" in line]
    return grave[-1] if grave else "postgres ended without a word, or did not answer in time."
