"""PostgreSQL connections that are all closed with their database, with time-outs of seconds.

Each leads to a server that is as the URL asks. A pooler between us and the server is noticed, and
then nothing is left in a session that the pooler may lend to others.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakSet

import asyncpg

from link_api.database.dialing import DialingLoop
from link_api.database.failures import DATABASE_FAILURES, cause_of
from link_api.database.postgresql_url import PostgresqlServer

_CLOSE_S: Final = 2.0
_LONGEST_LIFE_S: Final = 30 * 60.0
_MAKESHIFT_LIFE_S: Final = 1.0  # then it is looked for a server that takes writes again
_ASKED_AFTER_S: Final = 5.0  # a server that is silent since then would cost a caller the time-out
_UNACKNOWLEDGED_MS: Final = 3_000  # a few resends
# The kernel asks after 10 s without a packet, and each 5 s: firewalls forget a connection later.
_KEEP_ALIVE: Final = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
_ONE_ROW: Final = "SELECT 1"  # PostgreSQL's command tag
_STATEMENTS_KEPT: Final = 100  # the driver's own default
# A host is no use, but the next of the list may be. Any other refusal would be the next one's too.
_NEXT_HOST: Final = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TargetServerAttributeNotMatched,
)

_log: Final = logging.getLogger(__name__)


class PostgresqlConnection(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """The driver's connection, with what its session needs to know of it."""

    __slots__ = ("begin", "expires_at_s")

    begin: str
    """The message that begins a transaction."""
    expires_at_s: float

    def __init__(self, protocol: Any, transport: Any, _loop: Any, *rest: Any) -> None:  # noqa: ANN401  # the driver's own
        """Take what the driver gives, but the loop itself: it looks up its current task there."""
        super().__init__(protocol, transport, asyncio.get_running_loop(), *rest)

    def keep_alive(self) -> None:
        """Have the kernel find out whether the server is still there; Linux does so soonest."""
        opened = self._transport.get_extra_info("socket")
        if opened.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in {**_KEEP_ALIVE, "TCP_USER_TIMEOUT": _UNACKNOWLEDGED_MS}.items():
            if (option := getattr(socket, name, None)) is not None:
                opened.setsockopt(socket.IPPROTO_TCP, option, value)


@dataclass(frozen=True, slots=True)
class TimeOuts:
    """Seconds for connecting to a host and for an answer; `limits` are the server's own, in ms."""

    connect_s: float
    answer_s: float | None
    limits: Mapping[str, int]


class PostgresqlConnections:
    """Opens connections while the context lasts, and closes every open one at its end."""

    def __init__(self, server: PostgresqlServer, time_outs: TimeOuts) -> None:
        """Take the server; nothing is opened before the first `connect`."""
        self._hosts = list(server.hosts)
        self._target = server.target
        self._reads_anywhere = server.reads_anywhere
        self._connect_s = server.connect_s or time_outs.connect_s
        self._limits = time_outs.limits
        self._arguments = _arguments(server, time_outs.answer_s)
        self._said = server.is_pooled
        self._is_pooled = server.is_pooled or False
        self._opened: WeakSet[PostgresqlConnection] = WeakSet()
        self._has_ended = False

    async def __aenter__(self) -> Self:
        """Enter the context; nothing is opened yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection, also one in use by a task, whose statement then fails."""
        self._has_ended = True
        for connection in list(self._opened):
            connection.terminate()  # no effect on a closed one

    async def connect(self) -> PostgresqlConnection:
        """Open a connection; raises `OSError` and the driver's errors."""
        is_pooled = self._is_pooled
        connection = await self._open(is_pooled=is_pooled)
        if is_pooled or not self._is_pooled:
            return connection
        connection.terminate()  # it would leave prepared statements in sessions of others
        return await self._open(is_pooled=True)

    async def is_usable(self, connection: PostgresqlConnection, *, idle_s: float) -> bool:
        """Tell whether a connection is open, answers, and is younger than half an hour.

        So the connections follow a name that leads to another server.
        """
        if connection.is_closed() or asyncio.get_running_loop().time() >= connection.expires_at_s:
            return False
        if idle_s < _ASKED_AFTER_S:
            return True
        try:
            await connection.execute("SELECT 1", timeout=self._connect_s)
        except DATABASE_FAILURES as error:
            _log.warning("database_connection_died", extra={"detail": cause_of(error)})
            return False
        return True

    async def close(self, connection: PostgresqlConnection) -> None:
        """Close a connection within two seconds, after asking the server to stop its statement."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await connection.close()
        except Exception:  # noqa: BLE001  # a server that is gone or silent closes nothing
            connection.terminate()

    async def _open(self, *, is_pooled: bool) -> PostgresqlConnection:
        connection = await self._reach(statements=0 if is_pooled else _STATEMENTS_KEPT)
        if self._has_ended:  # nobody would close it
            connection.terminate()
            raise asyncpg.InterfaceError("the database was closed")
        self._opened.add(connection)
        try:
            connection.keep_alive()
            self._note(is_pooled=await self._limit(connection))
            connection.begin = self._begin()
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _reach(self, *, statements: int) -> PostgresqlConnection:
        """Open a connection to a host that is as asked, or else to one that can be read for now."""
        now_s = asyncio.get_running_loop().time
        try:
            connection = await self._reach_one_that_is(self._target, statements)
        except asyncpg.TargetServerAttributeNotMatched:
            if not self._reads_anywhere:
                raise
            connection = await self._reach_one_that_is("any", statements)
            connection.expires_at_s = now_s() + _MAKESHIFT_LIFE_S
        else:
            connection.expires_at_s = now_s() + _LONGEST_LIFE_S
        return connection

    async def _reach_one_that_is(self, target: str, statements: int) -> PostgresqlConnection:
        """Open a connection to the first host of the list that is such a target.

        That one is the first of the list from then on: a host that is gone costs a time-out once.
        """
        refusals: list[Exception] = []
        for host, port in list(self._hosts):
            try:
                connection: PostgresqlConnection = await asyncpg.connect(
                    **self._arguments,
                    host=host,
                    port=port,
                    target_session_attrs=target,
                    loop=DialingLoop(within_s=self._connect_s),
                    timeout=self._connect_s,
                    statement_cache_size=statements,
                )
            except _NEXT_HOST as refusal:
                refusals.append(refusal)
            else:
                self._prefer((host, port))
                return connection
        # Of a list, a server that answers but takes no writes says most.
        raise next((one for one in refusals if not isinstance(one, OSError)), refusals[-1])

    def _prefer(self, chosen: tuple[str, int]) -> None:
        if self._hosts[0] != chosen:
            self._hosts.sort(key=lambda host: host != chosen)
            _log.warning("database_server_changed", extra={"host": chosen[0], "port": chosen[1]})

    async def _limit(self, connection: PostgresqlConnection) -> bool:
        """Set the time-outs for the session, and return whether it is a pooler's.

        A pooler gives a process id of its own, and its sessions are not changed. Startup parameters
        would do the same, but a pooler refuses them.
        """
        if self._said:
            return True
        settings = ", ".join(
            f"set_config('{name}', '{value}', false)" for name, value in self._limits.items()
        )
        where = f"pg_backend_pid() = {connection.get_server_pid()}"
        if self._said is False:
            where = "true"
        # A simple query, which has no rows here but a tag: prepared, it might meet two servers.
        status = await connection.execute(
            f"SELECT {settings} WHERE {where}", timeout=self._connect_s
        )
        return bool(status != _ONE_ROW)

    def _note(self, *, is_pooled: bool) -> None:
        if is_pooled != self._is_pooled:
            self._is_pooled = is_pooled
            _log.info("database_pooler", extra={"outcome": "found" if is_pooled else "gone"})

    def _begin(self) -> str:
        """Return what begins a transaction; behind a pooler, it has its time-outs with it."""
        if not self._is_pooled:
            return "BEGIN"
        limits = (f"SET LOCAL {name} = {value}" for name, value in self._limits.items())
        return "; ".join(("BEGIN", *limits))


def _arguments(server: PostgresqlServer, answer_s: float | None) -> dict[str, Any]:
    """Return the driver's arguments, but for the host and what goes with it."""
    arguments: dict[str, Any] = {
        "dsn": server.tls_url,
        "user": server.user,
        "password": server.password,
        "database": server.database,
        "connection_class": PostgresqlConnection,
        "max_cached_statement_lifetime": 0,  # a prepared statement is kept with its connection
        "command_timeout": answer_s,
        "server_settings": dict(server.settings),
    }
    if server.trusts_system:
        arguments |= {"dsn": None, "ssl": _trusting_system(server)}
    return arguments


def _trusting_system(server: PostgresqlServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if (certificate := server.tls.get("sslcert")) is not None:
        context.load_cert_chain(certificate, server.tls.get("sslkey"))
    return context
