"""A real primary with a replica, watched by three Sentinels, whose failovers a test decides."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import HOST, RunningServer
from tests.support.servers.replication import cut_replication, let_replicate
from tests.support.waiting import until_answered, until_replicating

SERVICE: Final = "wallets"
_SENTINELS: Final = 3


class ReplicatedServer(EmbeddedRedis):
    """A server that hands its data to a replica at once."""

    def _options(self, folder: Path) -> dict[str, str]:
        return super()._options(folder) | {
            "repl-diskless-sync": "yes",
            "repl-diskless-sync-delay": "0",
        }


class SentinelServer(EmbeddedRedis):
    """One Sentinel; it takes no silence for a failure, however busy the machine is."""

    PORT_TAKEN = "listening"

    def __init__(self, watched_port: int) -> None:
        """Take the port of the primary at the beginning."""
        super().__init__()
        self._watched_port = watched_port
        self._started = False

    def _command(self, folder: Path) -> list[str]:
        # Written here, since the port is chosen with each try to start.
        lines = (
            f"bind {HOST}",
            f"port {self._port}",
            f"dir {folder}",
            f"logfile {self._log(folder)}",
            f"sentinel monitor {SERVICE} {HOST} {self._watched_port} 2",
            f"sentinel down-after-milliseconds {SERVICE} 60000",
            f"sentinel failover-timeout {SERVICE} 20000",
        )
        if not self._started:  # from then on the Sentinel writes it
            self._config(folder).write_text("\n".join(lines) + "\n")
        return [str(self._binary.path), str(self._config(folder)), "--sentinel"]

    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        async with Redis(host=HOST, port=self._port, decode_responses=True) as sentinel:
            try:
                info = await sentinel.info("server")
            except (RedisError, OSError):
                return None
        if info.get("config_file") != str(self._config(folder)):
            return None  # another process took the port first
        self._started = True
        return RunningServer(guard, int(info["process_id"]), str(info["redis_version"]))

    def _config(self, folder: Path) -> Path:
        return folder / "sentinel.conf"


@dataclass
class WatchedRedis:
    """A primary and its replica behind Sentinels."""

    primary: ReplicatedServer
    replica: ReplicatedServer
    sentinels: list[SentinelServer]

    @property
    def url(self) -> str:
        """The address, which names all Sentinels."""
        places = ",".join(f"{HOST}:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{places}/{SERVICE}"

    async def cut_replication(self) -> None:
        """Have the replica keep what it has now, and get nothing more until it takes over."""
        async with _client(self.primary) as primary, _client(self.replica) as replica:
            await cut_replication(primary, replica)

    async def fail_over(self, *, kill: bool, demote: bool = True) -> None:
        """Have the replica take over, after the primary was killed or while it stays up.

        One that stays up becomes a replica, which the Sentinels see to after ten seconds; without
        `demote` it goes on as another primary until then.
        """
        if kill:
            await self.primary.kill()
        async with _client(self.sentinels[0]) as sentinel:
            await until_answered(lambda: _begins(sentinel))
        self.primary, self.replica = self.replica, self.primary
        for server in self.sentinels:
            async with _client(server) as sentinel:
                await until_answered(partial(_names, sentinel, self.primary.port))
        async with _client(self.primary) as promoted:
            await let_replicate(promoted)
        if demote and not kill:
            await self.demote()

    async def bring_back(self) -> None:
        """Start the killed server again, as a replica: the Sentinels would take ten seconds."""
        await self.replica.restart()
        await self.demote()

    async def demote(self) -> None:
        """Make the former primary a replica."""
        async with _client(self.replica) as replica:
            await _call(replica, "REPLICAOF", HOST, self.primary.port)
            await until_answered(lambda: _follows(replica, self.primary.port))


@asynccontextmanager
async def running_sentinels() -> AsyncIterator[WatchedRedis]:
    """Start everything; return when each Sentinel knows the replica and the other Sentinels."""
    async with AsyncExitStack() as stack:
        primary, replica = await asyncio.gather(
            *(stack.enter_async_context(ReplicatedServer()) for _ in range(2))
        )
        async with _client(replica) as client:
            await _call(client, "REPLICAOF", HOST, primary.port)
            await until_replicating(client)
        sentinels = await asyncio.gather(
            *(stack.enter_async_context(SentinelServer(primary.port)) for _ in range(_SENTINELS))
        )
        for server in sentinels:
            async with _client(server) as sentinel:
                await until_answered(partial(_is_informed, sentinel))
        yield WatchedRedis(primary, replica, list(sentinels))


async def _is_informed(sentinel: Redis) -> bool:
    found = await _master(sentinel)
    return bool(found["num-slaves"] == 1 and found["num-other-sentinels"] == _SENTINELS - 1)


async def _begins(sentinel: Redis) -> bool:
    """Ask for a failover; Sentinel refuses it while it knows of no fit replica."""
    try:
        await _call(sentinel, "SENTINEL", "FAILOVER", SERVICE)
    except ResponseError:
        return False
    return True


async def _master(sentinel: Any) -> Mapping[str, Any]:  # noqa: ANN401  # redis-py's types are wrong
    """Return what a Sentinel knows of the primary."""
    found: Mapping[str, Any] = (await sentinel.sentinel_masters())[SERVICE]
    return found


async def _names(sentinel: Redis, port: int) -> bool:
    return bool((await _master(sentinel))["port"] == port)


async def _follows(replica: Redis, port: int) -> bool:
    try:
        found = await replica.info("replication")
    except RedisError:  # a Sentinel that makes it a replica ends its connections
        return False
    return bool(
        found["role"] == "slave"
        and found["master_port"] == port
        and found["master_link_status"] == "up"
    )


async def _call(client: Any, *command: Any) -> Any:  # noqa: ANN401  # redis-py's
    """Return the reply of a command for which redis-py has no typed method."""
    return await client.execute_command(*command)


def _client(server: EmbeddedRedis) -> Redis:
    return Redis.from_url(server.url, decode_responses=True)
