"""A real Redis Cluster of three primaries with a replica each, whose failovers a test decides."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.crc import key_slot

from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import HOST
from tests.support.servers.replication import cut_replication, let_replicate
from tests.support.waiting import until_answered

_SHARDS: Final = 3
_SLOTS: Final = 16384
_NODES: Final = "nodes.conf"


class ClusterServer(EmbeddedRedis):
    """One server of a Cluster; it never fails over by itself, however busy the machine is."""

    PORT_TAKEN = "listening"  # of its port, or of the one 10000 above, where servers meet

    def _options(self, folder: Path) -> dict[str, str]:
        return super()._options(folder) | {
            "cluster-enabled": "yes",
            "cluster-config-file": str(folder / _NODES),
            "cluster-node-timeout": "60000",
            "repl-diskless-sync": "yes",
            "repl-diskless-sync-delay": "0",
        }

    async def take_all_slots(self) -> None:
        """Be the whole Cluster; return when it serves."""
        async with _client(self) as client:
            await _call(client, "CLUSTER ADDSLOTS", *range(_SLOTS))

            async def is_serving() -> bool:
                return "cluster_state:ok" in str(await _call(client, "CLUSTER", "INFO"))

            await until_answered(is_serving)

    async def forget_the_cluster(self) -> None:
        """Come back without what it held, as where the folder was on no disk."""
        await self.kill()
        (self.folder / _NODES).unlink()
        await self.restart()


@dataclass
class Shard:
    """A primary, and its replica."""

    primary: ClusterServer
    replica: ClusterServer


@dataclass
class RunningCluster:
    """The servers of a Cluster; `shards` are in the order of their slots."""

    shards: list[Shard]
    moved: dict[int, Shard] = field(default_factory=dict)
    """The shards of the slots that have moved."""

    @property
    def servers(self) -> list[ClusterServer]:
        """Every server, the primaries first."""
        return [shard.primary for shard in self.shards] + [shard.replica for shard in self.shards]

    @property
    def url(self) -> str:
        """The address of the Cluster, which names two of its servers."""
        seeds = ",".join(f"{HOST}:{server.port}" for server in self.servers[:2])
        return f"redis+cluster://{seeds}"

    def shard_of(self, key: str) -> Shard:
        """Return the shard that has the key's slot."""
        slot = key_slot(key.encode())
        return self.moved.get(slot) or self.shards[slot * _SHARDS // _SLOTS]

    async def cut_replication(self, shard: Shard) -> None:
        """Have the replica keep what it has now, and get nothing more until it takes over."""
        async with _client(shard.primary) as primary, _client(shard.replica) as replica:
            await cut_replication(primary, replica)

    async def fail_over(self, shard: Shard, *, kill: bool) -> None:
        """Have a replica take over, after its primary was killed or while it stays up.

        It has what it got from the primary by then, and asks no other server.
        """
        if kill:
            await shard.primary.kill()
        async with _client(shard.replica) as replica:
            await _call(replica, "CLUSTER", "FAILOVER", "TAKEOVER")
            await let_replicate(replica)
        shard.primary, shard.replica = shard.replica, shard.primary
        dead = {shard.replica} if kill else set()
        alive = [server for server in self.servers if server not in dead]
        await until_answered(lambda: _agree(alive, self.shards))

    async def settle(self) -> None:
        """Return once all servers serve."""
        await until_answered(lambda: _agree(self.servers, self.shards))

    async def restart_primary(self, shard: Shard) -> None:
        """Start a killed primary again, which is empty, and wait until all servers serve."""
        await shard.primary.restart()
        await until_answered(lambda: _agree(self.servers, self.shards))

    async def bring_back(self, shard: Shard) -> None:
        """Start the killed server again, as a replica of the primary that took over."""
        await shard.replica.restart()
        await until_answered(lambda: _is_replicating(shard))

    async def move_slot(self, key: str, *, to: Shard) -> None:
        """Move the slot of a key with all its keys to another shard, one key after the other."""
        async with self.moving_slot(key, to=to):
            pass

    @asynccontextmanager
    async def moving_slot(self, key: str, *, to: Shard) -> AsyncIterator[None]:
        """Leave the slot of a key half moved while the context lasts: asked for, not migrated."""
        slot, source, target = key_slot(key.encode()), self.shard_of(key).primary, to.primary
        async with _client(source) as old, _client(target) as new:
            old_id, new_id = await _id_of(old), await _id_of(new)
            await _call(new, "CLUSTER SETSLOT", slot, "IMPORTING", old_id)
            await _call(old, "CLUSTER SETSLOT", slot, "MIGRATING", new_id)
            yield
            while keys := await _call(old, "CLUSTER GETKEYSINSLOT", slot, 100):
                await _call(old, "MIGRATE", HOST, target.port, "", 0, 5000, "KEYS", *keys)
            for client in (new, old):
                await _call(client, "CLUSTER SETSLOT", slot, "NODE", new_id)
            self.moved[slot] = to
        # The next move makes a new epoch, greater than those that its target has heard of.
        await until_answered(lambda: _all_know_owner(self.servers, slot, target.port))


@asynccontextmanager
async def running_cluster() -> AsyncIterator[RunningCluster]:
    """Start a Cluster; return when every server knows all slots and every replica replicates."""
    async with AsyncExitStack() as stack:
        servers = await asyncio.gather(
            *(stack.enter_async_context(ClusterServer()) for _ in range(2 * _SHARDS))
        )
        shards = [Shard(servers[at], servers[_SHARDS + at]) for at in range(_SHARDS)]
        await _meet(servers)
        for at, shard in enumerate(shards):
            slots = range(-(-at * _SLOTS // _SHARDS), -(-(at + 1) * _SLOTS // _SHARDS))
            async with _client(shard.primary) as primary, _client(shard.replica) as replica:
                await _call(primary, "CLUSTER ADDSLOTS", *slots)
                primary_id = await _id_of(primary)
                await until_answered(partial(_knows, replica, primary_id))
                await _call(replica, "CLUSTER REPLICATE", primary_id)
        for shard in shards:
            await until_answered(partial(_is_replicating, shard))
        await until_answered(lambda: _agree(servers, shards))
        yield RunningCluster(shards)


async def _meet(servers: Sequence[ClusterServer]) -> None:
    async with _client(servers[0]) as first:
        for epoch, server in enumerate(servers, start=1):
            async with _client(server) as client:
                await _call(client, "CLUSTER SET-CONFIG-EPOCH", epoch)
            if server is not servers[0]:
                await _call(first, "CLUSTER MEET", HOST, server.port)


async def _agree(servers: Sequence[ClusterServer], shards: Sequence[Shard]) -> bool:
    """Tell whether these servers all serve, and name the same primaries for all slots."""
    wanted = {shard.primary.port for shard in shards}
    for server in servers:
        async with _client(server) as client:
            state = str(await _call(client, "CLUSTER", "INFO"))
            ranges: list[Any] = await _call(client, "CLUSTER", "SLOTS")
        covered = sum(int(last) - int(first) + 1 for first, last, *_ in ranges)
        if (
            "cluster_state:ok" not in state
            or covered != _SLOTS
            or {int(owners[0][1]) for _, _, *owners in ranges} != wanted
        ):
            return False
    return True


async def _all_know_owner(servers: Sequence[ClusterServer], slot: int, port: int) -> bool:
    """Tell whether all servers name this primary for a slot, in one epoch."""
    epochs = set()
    for server in servers:
        async with _client(server) as client:
            ranges: list[Any] = await _call(client, "CLUSTER", "SLOTS")
            info = str(await _call(client, "CLUSTER", "INFO"))
        owners = {int(owner[1]) for first, last, owner, *_ in ranges if first <= slot <= last}
        epochs.update(re.findall(r"cluster_current_epoch:\d+", info))
        if owners != {port}:
            return False
    return len(epochs) == 1


async def _knows(client: Redis, node_id: str) -> bool:
    return node_id in str(await _call(client, "CLUSTER NODES"))


async def _is_replicating(shard: Shard) -> bool:
    async with _client(shard.replica) as replica:
        found = await replica.info("replication")
    is_linked: bool = (
        found["role"] == "slave"
        and found["master_link_status"] == "up"
        and found["master_port"] == shard.primary.port
    )
    return is_linked


async def _id_of(client: Redis) -> str:
    return str(await _call(client, "CLUSTER MYID"))


async def _call(client: Any, *command: Any) -> Any:  # noqa: ANN401  # redis-py's
    """Return the reply of a command for which redis-py has no typed method."""
    return await client.execute_command(*command)


def _client(server: ClusterServer) -> Redis:
    return Redis.from_url(server.url, decode_responses=True)
