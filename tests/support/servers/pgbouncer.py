"""A real PgBouncer before a PostgreSQL, which lends the server's connections by its mode."""

import os
import pwd
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import asyncpg

from link_dev.embedded.postgres import EmbeddedPostgres
from link_dev.embedded.process import ServerUser
from link_dev.embedded.server import HOST, EmbeddedServer, RunningServer, ServerNotStarted
from tests.support.installing.pgbouncer import find_pgbouncer

PoolMode = Literal["transaction", "session"]
_ANSWER_S: Final = 5.0
# By transaction, few connections that take turns: whatever one keeps, the next call meets another.
_SIZES: Final[dict[PoolMode, int]] = {"transaction": 3, "session": 40}
_SETTINGS: Final = """
[databases]
{database} = host={host} port={server_port} user={user} password={password}
{stale} = host={host} port={server_port} user={user} password=changed
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir = {folder}
auth_type = {auth_type}
auth_file = {folder}/users
max_client_conn = {clients}
pool_mode = {mode}
default_pool_size = {size}
server_round_robin = 1
pidfile = {folder}/pid
"""
_TLS: Final = """
client_tls_sslmode = require
client_tls_cert_file = {file}
client_tls_key_file = {file}
"""


class PgBouncer(EmbeddedServer):
    """A PgBouncer as an async context manager, with the defaults but for its pool."""

    NAME = "pgbouncer"
    NOT_STARTED = ServerNotStarted
    PORT_TAKEN = "Address already in use"
    START_DEADLINE_S = 15.0
    STOP_DEADLINE_S = 3.0
    STOP_SIGNALS = (signal.SIGTERM,)
    CRASH_SIGNAL = signal.SIGKILL
    STALE = "stale"
    """A database for which the pooler itself has a wrong password."""

    def __init__(
        self,
        server: EmbeddedPostgres,
        mode: PoolMode,
        certificate: Path | None = None,
        *,
        passwords: Mapping[str, str] | None = None,
        clients: int = 100,
    ) -> None:
        """Take the server, and by what its connections are lent; a certificate demands TLS.

        With `passwords` it knows these users alone and the server's own, and only the server's
        first database. Without, whoever comes may use each database as the server's own user.
        """
        super().__init__(_unprivileged_user())
        self._server = server
        self._mode: PoolMode = mode
        self._certificate = certificate
        self.passwords = passwords
        self._clients = clients

    def before(self, url: str) -> str:
        """Return the URL that leads to a database of the server by way of this pooler."""
        return url.replace(f":{self._server.port}/", f":{self._port}/")

    def at_socket(self, url: str) -> str:
        """Return the same URL by way of a Unix socket."""
        path = url.rpartition("/")[2]
        return f"postgresql:///{path}?host={self.folder}&port={self._port}&user=link"

    def _prepare(self, folder: Path) -> None:
        if self._certificate:
            (folder / "server.pem").write_bytes(self._certificate.read_bytes())
        super()._prepare(folder)

    def _command(self, folder: Path) -> list[str]:
        login = urlsplit(self._server.url)
        settings = folder / "pgbouncer.ini"
        settings.touch(0o600)
        written = _SETTINGS.format(
            host=HOST,
            port=self._port,
            server_port=self._server.port,
            user=login.username,
            password=login.password,
            mode=self._mode,
            size=_SIZES[self._mode],
            folder=folder,
            auth_type="any" if self.passwords is None else "md5",
            database="*" if self.passwords is None else login.path[1:],
            stale=self.STALE,
            clients=self._clients,
        )
        users = folder / "users"
        known = [(login.username, login.password), *(self.passwords or {}).items()]
        users.write_text("".join(f'"{name}" "{password}"\n' for name, password in known))
        if self._certificate:
            written += _TLS.format(file=folder / "server.pem")
        settings.write_text(written)
        if self._user:
            os.chown(settings, self._user.uid, self._user.gid)
        return [find_pgbouncer(), str(settings)]

    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        try:
            url = self.before(self._server.url)
            connection = await asyncpg.connect(url, timeout=_ANSWER_S)
            await connection.close()
            return RunningServer(guard, int((folder / "pid").read_text()))
        except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None

    def _last_words(self, log: Path) -> str:
        return log.read_text("utf-8", errors="replace")[-500:]


def _unprivileged_user() -> ServerUser | None:
    """Return another user where we are root, as whom PgBouncer does not run."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return ServerUser(nobody.pw_uid, nobody.pw_gid)
