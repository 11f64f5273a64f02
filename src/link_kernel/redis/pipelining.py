"""Sends all commands of one turn of the event loop in one pipeline.

A busy process has many calls waiting at once: sent together they cost one write, one read and one
time-out instead of one each. Two commands that one call sends at once are one round trip.
"""

import asyncio
import copy
import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import hiredis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError


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
    """

    def __init__(self, pool: BlockingConnectionPool, *, batch_timeout_s: float) -> None:
        """Take the connections, and the seconds that a batch has for all its replies."""
        super().__init__(connection_pool=pool)
        self._batch_timeout_s = batch_timeout_s
        self._queued: list[_Command] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Return the reply of a command, or raise its error; redis-py's methods end up here."""
        if options and options.keys() - {_CACHE_OPTION}:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        return self._parsed(args[0], await self.enqueue(*args))

    async def execute_together(self, *commands: tuple[Any, ...]) -> list[Any]:
        """Return the replies of commands that are sent at once, or raise the first error.

        Without a task for each, as to gather `execute_command` would need.
        """
        replies = await asyncio.gather(*[self.enqueue(*command) for command in commands])
        return [
            self._parsed(command[0], reply)
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
        return command.answer

    def client(self) -> Redis:
        """Return a client with one connection of its own, which pipelines nothing."""
        return Redis(connection_pool=self.connection_pool, single_connection_client=True)

    def _parsed(self, name: str, reply: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Return a raw reply as redis-py's methods do."""
        callback = self.response_callbacks.get(name)
        return reply if callback is None else callback(reply)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  # redis-py's
        """Wait for the batches on their way, then close."""
        if self._queued:
            self._flush()
        while self._sending:
            await asyncio.wait(self._sending)
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
        try:
            await self._collect(batch, replies)
        except Exception as error:  # noqa: BLE001  # each caller is told
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

    async def _collect(self, batch: Sequence[_Command], replies: list[Any]) -> None:
        """Append the replies of a batch; what a broken connection left unanswered is sent again."""
        pool = self.connection_pool
        connection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.retry.call_with_retry(
                lambda: self._exchange(connection, batch[len(replies) :], replies),
                lambda _error: connection.disconnect(),
            )
        finally:
            await pool.release(connection)

    async def _exchange(
        self, connection: AbstractConnection, commands: Sequence[_Command], replies: list[Any]
    ) -> None:
        """Write all commands and append all replies; an error reply is a reply too."""
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


async def execute_together(redis: Redis, *commands: tuple[Any, ...]) -> list[Any]:
    """Return the replies of commands that any client sends in one round trip."""
    if isinstance(redis, PipeliningRedis):
        return await redis.execute_together(*commands)
    async with redis.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        return await pipeline.execute()


def _errors_for(error: Exception, unanswered: int) -> list[Exception]:
    """Return an error for each unanswered command; one that is no failure of Redis is the first's.

    Each gets a copy, since each caller adds its own traceback.
    """
    if isinstance(error, RedisError | OSError):
        return [copy.copy(error) for _ in range(unanswered)]
    lost = [RedisConnectionError("the connection was given up") for _ in range(unanswered - 1)]
    return [error, *lost]


def _packed(command: tuple[Any, ...]) -> bytes:
    """Return a command in the Redis protocol; `SCRIPT LOAD` is two words of it."""
    name = command[0]
    if " " in name:
        command = (*name.split(), *command[1:])
    packed: bytes = hiredis.pack_command(command)
    return packed
