"""A primary that can be lost with its last writes: behind Sentinels, or a shard of a Cluster."""

from dataclasses import dataclass
from typing import Protocol

from tests.support.servers.redis_cluster import RunningCluster, Shard
from tests.support.servers.redis_sentinel import WatchedRedis


class FailingStore(Protocol):
    """A primary with its replica, as a part of what the bridges see as one Redis."""

    @property
    def url(self) -> str:
        """The address of the whole Redis."""

    def holds(self, key: str) -> bool:
        """Tell whether this primary has a key."""

    async def cut_replication(self) -> None:
        """Have the replica keep what it has now, and get nothing more until it takes over."""

    async def kill(self) -> None:
        """Kill the primary; nobody takes over yet."""

    async def fail_over(self, *, kill: bool) -> None:
        """Have the replica take over, after the primary was killed or while it stays up."""

    async def bring_back(self) -> None:
        """Start the killed server again, as a replica of the primary that took over."""


@dataclass
class WholeStore:
    """All keys, behind Sentinels."""

    watched: WatchedRedis

    @property
    def url(self) -> str:
        """The address, which names all Sentinels."""
        return self.watched.url

    def holds(self, _key: str) -> bool:
        """Tell whether this primary has a key: it has every one."""
        return True

    async def cut_replication(self) -> None:
        """Have the replica keep what it has now, and get nothing more until it takes over."""
        await self.watched.cut_replication()

    async def kill(self) -> None:
        """Kill the primary; nobody takes over yet."""
        await self.watched.primary.kill()

    async def fail_over(self, *, kill: bool) -> None:
        """Have the replica take over, after the primary was killed or while it stays up."""
        await self.watched.fail_over(kill=kill)

    async def bring_back(self) -> None:
        """Start the killed server again, as a replica of the primary that took over."""
        await self.watched.bring_back()


@dataclass
class ShardStore:
    """One shard of a Cluster."""

    cluster: RunningCluster
    shard: Shard

    @property
    def url(self) -> str:
        """The address of the Cluster."""
        return self.cluster.url

    def holds(self, key: str) -> bool:
        """Tell whether the key's slot was this shard's when the Cluster started."""
        return self.cluster.shard_of(key) is self.shard

    async def cut_replication(self) -> None:
        """Have the replica keep what it has now, and get nothing more until it takes over."""
        await self.cluster.cut_replication(self.shard)

    async def kill(self) -> None:
        """Kill the primary; nobody takes over yet."""
        await self.shard.primary.kill()

    async def fail_over(self, *, kill: bool) -> None:
        """Have the replica take over, after the primary was killed or while it stays up."""
        await self.cluster.fail_over(self.shard, kill=kill)

    async def bring_back(self) -> None:
        """Start the killed server again, as a replica of the primary that took over."""
        await self.cluster.bring_back(self.shard)
