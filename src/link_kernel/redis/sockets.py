"""redis-py's connections, which reach whichever address of a server's name answers."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any, cast

from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection
from redis.exceptions import TimeoutError as RedisTimeoutError

from link_kernel.sockets import open_socket


class PlainConnection(Connection):
    """A connection without TLS."""

    _opened: socket.socket | None = None

    async def connect_check_health(
        self,
        check_health: bool = True,  # noqa: FBT001, FBT002  # redis-py's
        retry_socket_connect: bool = True,  # noqa: FBT001, FBT002  # redis-py's
    ) -> None:
        """Connect and log in within the time-out for connecting; raises redis-py's errors.

        For the login redis-py would have that for replies, which is another and begins anew.
        """
        read_s, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(self.socket_connect_timeout):
                await super().connect_check_health(check_health, retry_socket_connect)
        except TimeoutError:
            await self.disconnect(nowait=True)
            raise RedisTimeoutError("Timeout connecting to server") from None
        finally:
            self.socket_timeout = read_s

    async def _connect(self) -> None:
        limit_s = cast("float", self.socket_connect_timeout)
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
