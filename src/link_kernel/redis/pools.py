"""Pools of connections to a Redis, with the time-outs and retries of every client of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from link_kernel.observability.metrics import Metrics
from link_kernel.redis.address import RedisAddress
from link_kernel.redis.closing import close, single_connection_of
from link_kernel.redis.sockets import connection_kind

_RETRIES: Final = 1
_FOLLOW_MARGIN_S: Final = 0.5
# A connection sends no `CLIENT`: servers before 7.2 and narrow rights refuse it each time, and tell
# so in their log. Left out, every new client would read the driver's version from the disk, too.
DRIVER: Final = None
_NO_NOTICES: Final = MaintNotificationsConfig(enabled=False)


class TimeOuts(NamedTuple):
    """Seconds for a connection with its TLS and login, and for the replies of a round trip."""

    connect_s: float
    read_s: float


class SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to the primary that the Sentinels name when each is opened."""

    async def get_master_address(self) -> tuple[str, int]:
        """Return the primary's host and port; raises redis-py's `MasterNotFoundError`."""
        try:
            found: tuple[str, int] = await super().get_master_address()  # type: ignore[no-untyped-call]
        except ResponseError as error:  # what was asked is no Sentinel, or does not let us ask
            raise MasterNotFoundError(str(error)) from error
        return found

    async def has_moved(self) -> bool:
        """Ask the Sentinels, and tell whether they name another primary than before.

        The former one may not know yet, and would go on to take writes that are lost.
        """
        known = self.master_address
        return await self.get_master_address() != known and known is not None

    async def aclose(self) -> None:
        """Close the connections, and those to the Sentinels."""
        await super().aclose()
        await self.sentinel_manager.aclose()


@dataclass(frozen=True, slots=True)
class RedisPools:
    """Makes the pools for one address; a pool opens no connection before its first use."""

    address: RedisAddress
    time_outs: TimeOuts
    metrics: Metrics | None = None

    def of_primary(self, connections: int) -> BlockingConnectionPool:
        """Return a pool of the server, or of the primary that the Sentinels name."""
        return self._pool(connections, self.time_outs.read_s, _RETRIES)

    def of_node(self, host: str, port: int, connections: int) -> BlockingConnectionPool:
        """Return a pool of one server of a Cluster."""
        return self._pool(connections, self.time_outs.read_s, _RETRIES, (host, port))

    def node_options(self) -> dict[str, Any]:
        """Return the arguments of redis-py's connections that read which slots are where."""
        options = {**self.address.options, **self._common()}
        kind = connection_kind(is_tls=self.address.is_tls)
        return {**options, "connection_class": kind, "socket_timeout": self.time_outs.read_s}

    @asynccontextmanager
    async def following(
        self, node: tuple[str, int] | None, *, block_s: float
    ) -> AsyncIterator[Redis]:
        """Yield a client with one connection, for commands that block up to `block_s` seconds.

        It never retries, because the reader of a stream must notice every break of its connection.
        `node` is the server of a Cluster.
        """
        pool = self._pool(1, block_s + _FOLLOW_MARGIN_S, 0, node)
        try:
            async with single_connection_of(pool) as redis:
                yield redis
        finally:
            await close(pool)

    def _pool(
        self, connections: int, read_s: float, retries: int, node: tuple[str, int] | None = None
    ) -> BlockingConnectionPool:
        waiting: dict[str, Any] = {
            "max_connections": connections,
            "timeout": self.time_outs.read_s,
            "retry": Retry(NoBackoff(), retries),
            "socket_timeout": read_s,
            **self.address.options,
            **self._common(),
        }
        is_watched = self.address.topology == "sentinel"
        waiting["connection_class"] = connection_kind(
            is_tls=self.address.is_tls, is_watched=is_watched
        )
        if is_watched:
            return SentinelPool(  # type: ignore[no-untyped-call]
                self.address.service, self._sentinels(), **waiting
            )
        host, port = node or self.address.hosts[0]
        return BlockingConnectionPool(host=host, port=port, **waiting)

    def _sentinels(self) -> Sentinel:
        is_tls = self.address.is_tls
        options = {**self.address.sentinel_options, **self._common(), "ssl": is_tls}
        options |= {"socket_timeout": self.time_outs.read_s, "retry": Retry(NoBackoff(), 0)}
        manager = Sentinel(self.address.hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        for sentinel in manager.sentinels:  # their clients take no class
            sentinel.connection_pool.connection_class = connection_kind(is_tls=is_tls)
        return manager

    def _common(self) -> dict[str, Any]:
        return {
            "socket_connect_timeout": self.time_outs.connect_s,
            "decode_responses": True,
            "driver_info": DRIVER,
            "maint_notifications_config": _NO_NOTICES,
        }
