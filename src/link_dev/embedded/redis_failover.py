"""A failover of the embedded Redis, as of a managed one: the address stays, the server changes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from link_dev.embedded.free_port import held
from link_dev.embedded.redis import EmbeddedRedis, RedisNotStarted, client_of
from link_dev.embedded.server import HOST

_IN_STEP_S: Final = 10.0
_POLL_S: Final = 0.01


@asynccontextmanager
async def failing_over(primary: EmbeddedRedis) -> AsyncIterator[None]:
    """Let a server die, and its replica take its place at the end of the context.

    The replica has all that was written before it begins. Meanwhile nothing listens at the address.
    Raises `RedisNotStarted` if there is no replica in time; the server goes on then.
    """
    async with _Replica(primary) as replica:
        await replica.follow()
        await primary.kill()
        try:
            with held(primary.port):
                yield
        finally:
            await replica.promote()
            primary.take_process_of(replica)


class _Replica(EmbeddedRedis):
    """A second server in the folder of the first, so that the guard of either removes it."""

    def __init__(self, primary: EmbeddedRedis) -> None:
        super().__init__(primary.binary)
        self._primary: Final = primary

    @property
    def folder(self) -> Path:
        """The folder of the first."""
        return self._primary.folder

    async def __aenter__(self) -> Self:
        """Start the server on a free port; return when it answers."""
        await self._start_on_a_free_port()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server, unless it has taken the place of the first."""
        await self.stop()

    async def follow(self) -> None:
        """Return when it has all that the first has; raises `RedisNotStarted`."""
        deadline = time.monotonic() + _IN_STEP_S
        async with client_of(self._primary.port) as first, client_of(self.port) as own:
            try:
                await first.config_set("repl-diskless-sync", "yes")
                await first.config_set("repl-diskless-sync-delay", "0")
                await own.config_set("repl-diskless-load", "on-empty-db")
                await own.replicaof(HOST, str(self._primary.port))
                while not await _is_in_step(first, own):
                    if time.monotonic() > deadline:
                        raise RedisNotStarted("The replica did not get everything in time.")
                    await asyncio.sleep(_POLL_S)  # noqa: TID251  # a replica is polled
            except RedisError as error:
                raise RedisNotStarted(f"The replica failed: {error}") from error

    async def promote(self) -> None:
        """Take writes, and the address of the first."""
        async with client_of(self.port) as own:
            await own.replicaof("NO", "ONE")
            await own.config_set("port", str(self._primary.port))

    def _log(self, folder: Path) -> Path:
        return folder / f"{self.NAME}-{self._port}.log"


async def _is_in_step(first: Redis, replica: Redis) -> bool:
    sent = int((await first.info("replication"))["master_repl_offset"])
    got = await replica.info("replication")
    return got["master_link_status"] == "up" and int(got["slave_repl_offset"]) >= sent
