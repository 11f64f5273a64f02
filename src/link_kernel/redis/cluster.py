"""A client of a Redis Cluster: each primary has a pipelining client, and each key one primary.

Which slots are where, redis-py's `NodesManager` finds out; the sending is ours, as with one server.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, Final, NoReturn

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.cluster import ClusterNode, NodesManager
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    RedisClusterException,
    RedisError,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.redis.closing import close
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.pools import RedisPools

PRIMARY: Final = "primary"
_SCRIPTS: Final = frozenset({"EVALSHA", "EVAL"})
_KEY_OF_SCRIPT: Final = 3
_WITHOUT_KEY: Final = frozenset({"INFO", "TIME", "PING"})
_TRIES: Final = 4
_PAUSE_S: Final = 0.05
LOOK_EVERY_S: Final = 0.1
# What another primary may answer, or the same one a moment later.
_ELSEWHERE: Final = (
    RedisConnectionError,
    RedisTimeoutError,
    ClusterDownError,
    SlotNotCoveredError,
)

_log: Final = logging.getLogger(__name__)


class ClusterRedis(PipeliningRedis):
    """A client whose commands go to the primary of their key, and after it where that one moved.

    A command must have its key in the first place, as all of ours do, or a script its first key;
    all keys of a script have one hash tag. A command without a key goes to any primary.
    """

    def __init__(self, pools: RedisPools, pool: BlockingConnectionPool) -> None:
        """Take what makes pools, and a pool whose size that of every primary will have."""
        super().__init__(pools, pool)
        self._connections = pool.max_connections
        self._clients: dict[tuple[str, int], PipeliningRedis] = {}
        options = pools.node_options()
        seeds = [ClusterNode(host, port, PRIMARY, **options) for host, port in pools.address.hosts]
        self._seeds = {seed.name: seed for seed in seeds}
        self._manager = NodesManager(
            seeds,
            False,  # noqa: FBT003  # a slot without a primary fails its own keys alone
            options,
            dynamic_startup_nodes=False,
            address_remap=self._with_host,
        )
        self._discovering: asyncio.Task[None] | None = None
        self._discoveries = 0
        self._looked_at = -math.inf
        self._unknown = LastingFault(_log, "redis_cluster_unknown", "redis_cluster_known")
        self._owners: tuple[str, ...] = ()  # of the slots, one after the other

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Return the reply of a command, or raise its error; a slot that moves is followed."""
        return self._parsed(args[0], await self._routed(args), options)

    def enqueue(self, *args: Any) -> "asyncio.Future[Any]":  # noqa: ANN401  # as redis-py takes them
        """Put a command into the batch of its primary; return the future of its raw reply."""
        return asyncio.ensure_future(self._routed(args))

    async def primaries(self) -> list[PipeliningRedis]:
        """Return a client for each primary."""
        await self._discover_once()
        return [self._client_of(node) for node in self._primaries()]

    async def key_on_each_primary(self, prefix: str) -> list[str]:
        """Return keys that begin with `prefix`, one on each primary."""
        await self._discover_once()
        keys: dict[str, str] = {}
        owners = {nodes[0].name for nodes in self._manager.slots_cache.values()}
        for number in count():
            key = f"{prefix}{number}"
            with suppress(RedisConnectionError):  # a slot that nobody has is no primary's
                keys.setdefault(self._node_of(key).name, key)
            if keys.keys() >= owners:
                break
        return list(keys.values())

    async def client_of(self, key: str) -> PipeliningRedis:
        """Return a client of the primary that has the key now."""
        await self._discover_once()
        return self._client_of(self._node_of(key))

    def client(self, *_arguments: Any, **_options: Any) -> NoReturn:  # noqa: ANN401  # redis-py's
        """Refuse: redis-py would take a connection to whichever server the address names first."""
        raise TypeError("a Cluster has no one connection; client_of(key) has a server's")

    pipeline = pubsub = monitor = client

    async def has_left(self, error: RedisError) -> bool:
        """Look where the slots are now, if this error may mean that one has moved."""
        if isinstance(error, (AskError, *_ELSEWHERE)):
            await self._discover()
            return True
        return False

    async def look_anew(self) -> None:
        """Look where the slots are now."""
        await self._discover()

    @asynccontextmanager
    async def follower_of(self, key: str, *, block_s: float) -> AsyncIterator[Redis]:
        """Yield a client whose commands on this key may block, at the primary that has it now."""
        await self._discover()
        node = self._node_of(key)
        async with self._pools.following((node.host, int(node.port)), block_s=block_s) as redis:
            yield redis

    async def script_load(self, script: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Keep a script on every primary; return its digest."""
        digests = await asyncio.gather(*[one.script_load(script) for one in await self.primaries()])
        return digests[0]

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  # redis-py's
        """Wait for the batches on their way, then close."""
        if self._discovering is not None:
            self._discovering.cancel()
            await asyncio.wait({self._discovering})
        while self._clients:
            client = self._clients.popitem()[1]
            await close(client, client.connection_pool)
        # A list, since two objects for one server are equal.
        for node in [*self._seeds.values(), *self._manager.nodes_cache.values()]:
            await node.disconnect()
        await super().aclose(close_connection_pool)

    async def _routed(self, args: tuple[Any, ...]) -> Any:  # noqa: ANN401  # redis-py's
        """Return the raw reply of a command from the primary that has its key."""
        await self._discover_once()
        key, has_looked = _key_of(args), False
        last_error: Exception = RedisError()
        for _ in range(_TRIES):
            known, node = self._discoveries, None
            try:
                node = self._node_of(key)
                return await self._asked_once(node, args)
            except MovedError as moved:
                last_error = moved
                await self._follow_move(moved)
            except TryAgainError as error:  # some keys of the script are at its next primary
                last_error = error
                await asyncio.sleep(_PAUSE_S)  # noqa: TID251  # Redis tells of no end of it
            except _ELSEWHERE as error:
                if has_looked:
                    raise
                has_looked, last_error = True, error
                if known == self._discoveries:  # nobody has looked since this command was sent
                    await self._discover(passing_over=None if node is None else node.name)
                is_down = isinstance(error, ClusterDownError)
                if not is_down and node is not None and self._node_of(key) == node:
                    raise  # it was tried twice, and nobody has taken its place
        raise last_error

    async def _follow_move(self, moved: MovedError) -> None:
        """Note where a slot is now; the others have probably moved, too."""
        if moved.host:
            await self._manager.move_slot(moved)
            self._begin_to_discover()
        else:  # Redis 7 leaves out a host that it shall not tell
            await self._discover()

    async def _asked_once(self, node: ClusterNode, args: tuple[Any, ...]) -> Any:  # noqa: ANN401  # redis-py's
        """Return the reply of the primary, or of the one that it names for a key on its way."""
        try:
            return await self._client_of(node).enqueue(*args)
        except MovedError:  # a kind of `AskError`
            raise
        except AskError as asked:
            importing = self._client_at(asked.host or node.host, asked.port)
            in_one_batch = importing.enqueue("ASKING"), importing.enqueue(*args)
            return (await asyncio.gather(*in_one_batch))[1]

    async def _discover_once(self) -> None:
        """Look where the slots are, if no slot is known: not yet, or not any more."""
        if not self._manager.slots_cache:
            await self._discover()

    async def _discover(self, *, passing_over: str | None = None) -> None:
        """Read which slots are where; callers that come meanwhile wait for the same answer.

        A server that has just failed to answer is asked last.
        """
        await asyncio.shield(self._begin_to_discover(passing_over))

    def _begin_to_discover(self, passing_over: str | None = None) -> "asyncio.Task[None]":
        if self._discovering is None or self._discovering.done():
            reading = self._read_slots(passing_over)
            self._discovering = asyncio.get_running_loop().create_task(reading)
            self._discovering.add_done_callback(self._retrieve)
        return self._discovering

    def _retrieve(self, discovering: "asyncio.Task[None]") -> None:
        """Note that an error was seen: those who wait for it raise it, and there may be none."""
        error = None if discovering.cancelled() else discovering.exception()
        if error is None:
            self._unknown.not_met()
        else:
            self._unknown.met(str(error))

    async def _read_slots(self, passing_over: str | None) -> None:
        """Ask one server after the other, those that the URL names too: pods get new addresses.

        The answer is dear to them, and a shard that is down fails every call of its keys.
        """
        loop, manager = asyncio.get_running_loop(), self._manager
        pause_s = self._looked_at + LOOK_EVERY_S - loop.time()
        await asyncio.sleep(max(pause_s, 0))  # noqa: TID251  # so that all wait for one look
        self._looked_at = loop.time()
        manager.startup_nodes = {**self._seeds, **manager.nodes_cache}
        try:
            await manager.initialize(last_failed_node_name=passing_over)
        except (RedisClusterException, ValueError) as error:
            raise RedisConnectionError(str(error)) from error
        except LookupError as error:  # redis-py's where there is no primary
            raise ClusterDownError("no server of the Cluster has slots") from error
        self._discoveries += 1
        owners = tuple(nodes[0].name for _, nodes in sorted(manager.slots_cache.items()))
        if owners != self._owners:
            self._owners = owners
            self.changes += 1
        here = {(node.host, int(node.port)) for node in manager.nodes_cache.values()}
        for place in [place for place in self._clients if place not in here]:
            client = self._clients.pop(place)
            await close(client, client.connection_pool)

    def _with_host(self, place: tuple[str | None, int]) -> tuple[str, int]:
        """Return the place of a server; Redis 7 may tell the port alone, at one name for all."""
        host, port = place
        return host or self._pools.address.hosts[0][0], port

    def _node_of(self, key: str | None) -> ClusterNode:
        """Return the primary of a key, or any primary without one."""
        try:
            if key is None:
                return self._primaries()[0]
            return self._manager.get_node_from_slot(key_slot(key.encode()))
        except (SlotNotCoveredError, LookupError):  # redis-py raises either
            raise RedisConnectionError("no primary has the slot") from None

    def _primaries(self) -> list[ClusterNode]:
        found: list[ClusterNode] = self._manager.get_nodes_by_server_type(PRIMARY)
        return found

    def _client_of(self, node: ClusterNode) -> PipeliningRedis:
        return self._client_at(node.host, int(node.port))

    def _client_at(self, host: str, port: int) -> PipeliningRedis:
        client = self._clients.get((host, port))
        if client is None:
            pool = self._pools.of_node(host, port, self._connections)
            client = self._clients[host, port] = PipeliningRedis(self._pools, pool)
        return client


def _key_of(args: tuple[Any, ...]) -> str | None:
    """Return the key of a command; `None` if it has none."""
    at = _KEY_OF_SCRIPT if args[0] in _SCRIPTS else 1
    if args[0] in _WITHOUT_KEY or len(args) <= at:
        return None
    return str(args[at])
