"""Sends all commands of one turn of the event loop in one pipeline.

A busy process has many calls waiting at once: sent together they cost one write, one read and one
time-out instead of one each. Two commands that one call sends at once are one round trip.
"""

import asyncio
import copy
import logging
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import hiredis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MasterDownError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from link_kernel.redis.pools import RedisPools, SentinelPool
from link_kernel.redis.server_info import read_info
from link_kernel.tracing.active import active

_READ_ONLY: Final = "READONLY"
_SLAVE: Final = "slave"
_REPLACED_EVERY_S: Final = 1.0
_LAST_BATCHES_S: Final = 0.5

_log: Final = logging.getLogger(__name__)


class _Command(NamedTuple):
    """A command of a batch, as it is sent, and the future of its raw reply."""

    name: str
    packed: bytes
    answer: "asyncio.Future[Any]"


# What redis-py adds for its own cache of replies; it changes no reply.
_CACHE_OPTION: Final = "keys"


class PipeliningRedis(Redis):
    """A Redis client with the methods of redis-py's, which sends its commands in pipelines.

    Commands of one turn are answered in order and fail one by one, as they would alone; no
    transaction is opened. What is unanswered when a connection breaks is sent again as often as the
    pool's `Retry` says, so it may run twice, as with redis-py (docs/protocol.md#redis-clients). A
    caller that is cancelled leaves the batch running.

    Where a server says that it is no primary, as after a failover, every connection is replaced,
    and what it refused is sent once more: nothing of it was done.
    """

    def __init__(self, pools: RedisPools, pool: BlockingConnectionPool) -> None:
        """Take what makes pools, and the connections of this client.

        All replies of a batch must come within the time-out for reading.
        """
        super().__init__(connection_pool=pool)
        self._pools = pools
        self._batch_timeout_s = pools.time_outs.read_s
        self._queued: list[_Command] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._replaced_at = -math.inf
        self.changes = 0
        """How often this client has left a primary, or looked again where all of them are."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Return the reply of a command, or raise its error; redis-py's methods end up here."""
        return self._parsed(args[0], await self.enqueue(*args), options)

    async def primaries(self) -> "list[PipeliningRedis]":
        """Return a client for each primary, of which only a Cluster has several."""
        return [self]

    async def key_on_each_primary(self, prefix: str) -> list[str]:
        """Return keys that begin with `prefix`, one on each primary."""
        return [prefix]

    async def client_of(self, _key: str) -> "PipeliningRedis":
        """Return a client of the primary that has the key now."""
        return self

    @asynccontextmanager
    async def follower_of(self, _key: str, *, block_s: float) -> AsyncIterator[Redis]:
        """Yield a client whose commands on this key may block; see `RedisPools.following`."""
        async with self._pools.following(None, block_s=block_s) as redis:
            yield redis

    async def replication_id(self) -> str | None:
        """Return the id of the primary's history, which another primary or a restart changes.

        `None` where Redis does not tell. A server that is no primary any more is left for the next.
        """
        pool = self.connection_pool
        if isinstance(pool, SentinelPool) and await pool.has_moved():
            self._replaced_at = -math.inf  # nobody will say it again
            await self.replace_connections()
        found = await read_info(self, "replication")
        if found.get("role") == _SLAVE:
            await self.replace_connections()
        history = found.get("master_replid")
        return None if history is None else str(history)

    async def has_left(self, error: RedisError) -> bool:
        """Leave a server that is no primary, if this error says so; return whether it did."""
        if _is_from_no_primary(error):
            await self.replace_connections()
            return True
        return False

    async def replace_connections(self) -> None:
        """Leave a primary that is none any more, once a second at most.

        One that stays the only server refuses each call, and each would have us connect again.
        """
        now = asyncio.get_running_loop().time()
        if now < self._replaced_at + _REPLACED_EVERY_S:
            return
        self._replaced_at = now
        self.changes += 1
        await self.look_anew()

    async def look_anew(self) -> None:
        """Close every connection, those in use after their reply; the next ones ask DNS anew."""
        _log.warning("redis_connections_replaced")
        if self._pools.metrics is not None:
            self._pools.metrics.redis_connections_replaced.inc()
        pool = self.connection_pool
        await pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]
        # Without waiting: one that is taken while it closes would lose what it opens anew.
        for idle in tuple(pool._available_connections):  # noqa: SLF001  # no public way
            await idle.disconnect(nowait=True)

    async def execute_together(self, *commands: tuple[Any, ...]) -> list[Any]:
        """Return the replies of commands that are sent at once, or raise the first error.

        Without a task for each, as to gather `execute_command` would need.
        """
        replies = await asyncio.gather(*[self.enqueue(*command) for command in commands])
        return [
            self._parsed(command[0], reply, {})
            for command, reply in zip(commands, replies, strict=True)
        ]

    def enqueue(self, *args: Any) -> "asyncio.Future[Any]":  # noqa: ANN401  # as redis-py takes them
        """Put a command into the batch of this turn; return the future of its raw reply.

        An argument that Redis does not take is the error of this call, and of no other.
        """
        loop = asyncio.get_running_loop()
        command = _Command(args[0], _packed(args), loop.create_future())
        if not self._queued:
            loop.call_soon(self._flush)
        self._queued.append(command)
        if (spans := active()) is not None:
            spans.command(args, command.answer)
        return command.answer

    def _parsed(self, name: str, reply: Any, options: dict[str, Any]) -> Any:  # noqa: ANN401  # redis-py's
        """Return a raw reply as redis-py's methods do."""
        if (callback := self.response_callbacks.get(name)) is None:
            return reply
        options.pop(_CACHE_OPTION, None)
        return callback(reply, **options)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  # redis-py's
        """Wait a moment for the batches on their way, whose callers have gone, then close."""
        self._flush()
        while self._sending:
            _, late = await asyncio.wait(self._sending, timeout=_LAST_BATCHES_S)
            for batch in late:
                batch.cancel()
        await super().aclose(close_connection_pool)

    def _flush(self) -> None:
        batch, self._queued = self._queued, []
        if batch:
            sending = asyncio.get_running_loop().create_task(self._send(batch))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def _send(self, batch: Sequence[_Command]) -> None:
        """Send a batch and hand out its replies; what got none gets the error."""
        replies: list[Any] = []
        started = time.perf_counter()
        try:
            await self._collect(batch, replies)
            self._count_time(started, is_answered=True)
        except Exception as error:  # noqa: BLE001  # each caller is told
            self._count_time(started, is_answered=False)
            replies += _errors_for(error, len(batch) - len(replies))
        except BaseException:
            for command in batch:
                command.answer.cancel()
            raise
        for command, reply in zip(batch, replies, strict=True):
            if command.answer.done():  # its caller was cancelled
                continue
            if isinstance(reply, Exception):
                command.answer.set_exception(reply)
            else:
                command.answer.set_result(reply)

    def _count_time(self, started: float, *, is_answered: bool) -> None:
        if (metrics := self._pools.metrics) is not None:
            times = metrics.redis_answered if is_answered else metrics.redis_failed
            times.observe(time.perf_counter() - started)

    async def _collect(self, batch: Sequence[_Command], replies: list[Any]) -> None:
        """Append the replies of a batch; what a server refused as no primary is sent once more."""
        await self._collect_once(batch, replies)
        refused = [at for at, reply in enumerate(replies) if _is_from_no_primary(reply)]
        if not refused:
            return
        again: list[Any] = []
        try:
            await self._collect_once([batch[at] for at in refused], again, is_new=True)
        except Exception as error:  # noqa: BLE001  # each caller is told
            again += _errors_for(error, len(refused) - len(again))
        for at, reply in zip(refused, again, strict=True):
            replies[at] = reply

    async def _collect_once(
        self, batch: Sequence[_Command], replies: list[Any], *, is_new: bool = False
    ) -> None:
        """Append the replies of a batch; what a broken connection left unanswered is sent again.

        With `is_new` the connections have been replaced a moment ago, and no others are better.
        """
        pool = self.connection_pool
        connection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.retry.call_with_retry(
                lambda: self._exchange(connection, batch[len(replies) :], replies),
                lambda _error: connection.disconnect(),
            )
            # Another batch may have replaced this connection meanwhile, and have new ones by now.
            is_left = is_new or connection.should_reconnect()
            if not is_left and any(map(_is_from_no_primary, replies)):
                await self.replace_connections()
        finally:
            await pool.release(connection)

    async def _exchange(
        self, connection: AbstractConnection, commands: Sequence[_Command], replies: list[Any]
    ) -> None:
        """Write all commands and append all replies; an error reply is a reply too."""
        if not connection.is_connected:  # sending alone would not ask the Sentinels anew
            await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command(b"".join([command.packed for command in commands]))
        try:
            async with asyncio.timeout(self._batch_timeout_s):
                for _ in commands:
                    try:
                        replies.append(await connection.read_response(timeout=math.inf))
                    except ResponseError as error:
                        replies.append(error)
        except TimeoutError as error:
            await connection.disconnect(nowait=True)
            raise RedisTimeoutError(f"no reply within {self._batch_timeout_s} s") from error


def _is_from_no_primary(reply: object) -> bool:
    """Tell whether a reply says that the server is a replica; Redis 6.2 says it amid a script's."""
    if isinstance(reply, ReadOnlyError | MasterDownError):
        return True
    return isinstance(reply, ResponseError) and _READ_ONLY in str(reply)


def _errors_for(error: Exception, unanswered: int) -> list[Exception]:
    """Return an error for each unanswered command; one that is no failure of Redis is the first's.

    Each gets a copy, since each caller adds its own traceback.
    """
    if isinstance(error, RedisError | OSError):
        return [_copied(error) for _ in range(unanswered)]
    lost = [RedisConnectionError("the connection was given up") for _ in range(unanswered - 1)]
    return [error, *lost]


def _copied(error: Exception) -> Exception:
    """Return a copy that still says what it came from, as `copy` alone does not."""
    copied = copy.copy(error)
    copied.__cause__ = error.__cause__ or error.__context__
    return copied


def _packed(command: tuple[Any, ...]) -> bytes:
    """Return a command in the Redis protocol; `SCRIPT LOAD` is two words of it."""
    name = command[0]
    if " " in name:
        command = (*name.split(), *command[1:])
    packed: bytes = hiredis.pack_command(command)
    return packed
