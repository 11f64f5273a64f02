"""A real PostgreSQL server on a loopback port, for tests.

Its data is deleted when the context ends. It stops when our process ends, even by SIGKILL. It runs
without fsync, so a crash of the machine can lose data: use it only for data that may be lost.
"""

import contextlib
import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg

from link_dev.embedded.postgres_programs import PostgresPrograms, find_postgres_programs
from link_dev.embedded.process import ServerUser
from link_dev.embedded.server import HOST, EmbeddedServer, RunningServer, ServerNotStarted

_OWNER: Final = "link"
_FIRST_DATABASE: Final = "postgres"
# PostgreSQL refuses to run as root; then it runs as the first of these users that exists.
_UNPRIVILEGED: Final = ("postgres", "nobody")
# One shell command creates the cluster, unless it exists, and then becomes the server (`exec`), so
# that one guard covers both. $1: folder of the programs, $2: our folder, $3: owner; rest: options.
_START: Final = """
programs=$1 folder=$2 owner=$3; shift 3
export LC_ALL=C
[ -e "$folder/data/PG_VERSION" ] || "$programs/initdb" -D "$folder/data" -U "$owner" \
  --pwfile="$folder/password" --auth=password --encoding=UTF8 --locale=C --no-sync >&2 || exit 1
exec "$programs/postgres" -D "$folder/data" "$@"
"""
_OPTIONS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "fsync": "off",  # a crash of the server alone loses nothing even so
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers": "0",
}


class PostgresNotStarted(ServerNotStarted):
    """The server ended or did not answer in time; the text holds the last line of its log."""


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server as an async context manager: loopback only, with a random password.

    `restart` keeps what was committed. Entering raises `PostgresNotStarted`.
    """

    NAME = "postgres"
    NOT_STARTED = PostgresNotStarted
    PORT_TAKEN = "could not create any TCP/IP sockets"
    START_DEADLINE_S = 60.0
    STOP_DEADLINE_S = 5.0
    STOP_SIGNALS = (signal.SIGINT,)  # fast shutdown: ends connections, keeps the data consistent
    CRASH_SIGNAL = signal.SIGQUIT  # SIGKILL would leave a segment of shared memory behind
    GUARD_SIGNAL = signal.SIGQUIT

    def __init__(self, programs: PostgresPrograms | None = None) -> None:
        """Take the programs to run, or find them; that raises `PostgresMissing`."""
        super().__init__(_unprivileged_user())
        self._programs = programs or find_postgres_programs()
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """The address of the first database, for example `postgresql://…@127.0.0.1:…/postgres`."""
        return self._url(_FIRST_DATABASE)

    async def new_database(self, *, like: str | None = None) -> str:
        """Create a database, empty or a copy of the one at the URL `like`; return its URL.

        A database that is copied must have no connection.
        """
        name = f"link_{secrets.token_hex(8)}"
        template = "" if like is None else f' TEMPLATE "{_name_in(like)}"'
        async with self.connected() as connection:
            await connection.execute(f'CREATE DATABASE "{name}"{template}')
        return self._url(name)

    async def drop_database(self, url: str) -> None:
        """Drop a database, even if clients are still connected to it."""
        async with self.connected() as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{_name_in(url)}" WITH (FORCE)')

    @contextlib.asynccontextmanager
    async def connected(self, url: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """Give a connection to a database of this server, by default to the first one."""
        connection = await asyncpg.connect(url or self.url, timeout=self.STOP_DEADLINE_S)
        try:
            yield connection
        finally:
            await connection.close()

    def _url(self, database: str) -> str:
        return f"postgresql://{_OWNER}:{self._password}@{HOST}:{self._port}/{database}"

    def _prepare(self, folder: Path) -> None:
        password = folder / "password"
        password.touch(0o600)
        password.write_text(self._password)
        if self._user and not _may_run(self._programs.postgres, self._user):
            # The programs are in a wheel, in a folder that only root may read.
            self._programs = self._programs.copied_to(folder / "programs")
        super()._prepare(folder)

    def _command(self, folder: Path) -> list[str]:
        command = ["/bin/sh", "-c", _START, "start"]
        command += [str(self._programs.folder), str(folder), _OWNER]
        for name, value in {**_OPTIONS, "port": str(self._port)}.items():
            command += ["-c", f"{name}={value}"]
        return command

    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        """Connect once; if another server has the port, the password is wrong there."""
        try:
            async with self.connected():
                pid = int((folder / "data/postmaster.pid").read_text().split()[0])
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None
        return RunningServer(guard, pid)

    def _last_words(self, log: Path) -> str:
        lines = log.read_text("utf-8", errors="replace").splitlines()
        fatal = [line for line in lines if "FATAL" in line or "error:" in line]
        return fatal[-1] if fatal else "postgres ended without a word, or did not answer in time."


def _unprivileged_user() -> ServerUser | None:
    """Return the user to run the server as if we are root, else `None`."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return ServerUser(found.pw_uid, found.pw_gid)
    raise PostgresNotStarted(f"PostgreSQL does not run as root; make a user: {_UNPRIVILEGED}.")


def _may_run(program: Path, user: ServerUser) -> bool:
    """Tell whether a user may execute a program."""
    command = [str(program), "--version"]
    try:
        done = subprocess.run(  # noqa: S603  # the command is built here, from no outside input
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
