"""redis-py's connections, which reach whichever address of a server's name answers."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any, cast

from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from link_kernel.sockets import open_socket


class PlainConnection(Connection):
    """A connection without TLS."""

    _opened: socket.socket | None = None

    async def _connect(self) -> None:
        limit_s = cast("float", self.socket_connect_timeout)
        async with asyncio.timeout(limit_s):
            self._opened = await open_socket(self.host, self.port, within_s=limit_s)
            await super()._connect()  # type: ignore[no-untyped-call]

    def _connection_arguments(self) -> Mapping[str, Any]:
        """Return the arguments of `asyncio.open_connection`; a certificate is that of the name."""
        arguments = {**super()._connection_arguments(), "sock": self._opened}
        del arguments["port"]
        host = arguments.pop("host")
        return {**arguments, "server_hostname": host} if "ssl" in arguments else arguments


class _TlsConnection(PlainConnection, SSLConnection):
    """A connection by TLS."""


class _PrimaryConnection(PlainConnection, SentinelManagedConnection):
    """A connection to the primary that the Sentinels name."""

    async def read_response(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Return a reply or raise its error; redis-py would call a replica's refusal no answer.

        The client sees to it, as with one server, and does not connect at each.
        """
        return await super(SentinelManagedConnection, self).read_response(*arguments, **options)


class _TlsPrimaryConnection(_PrimaryConnection, SentinelManagedSSLConnection):
    """The same by TLS."""


def connection_kind(*, is_tls: bool, is_watched: bool = False) -> type[Connection]:
    """Return the class of the connections to a server, or to the primary that Sentinels watch."""
    if is_watched:
        return _TlsPrimaryConnection if is_tls else _PrimaryConnection
    return _TlsConnection if is_tls else PlainConnection
