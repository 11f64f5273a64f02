"""Reads the Redis stream of revocations, and what tells that it is another one than before."""

from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis

from link_kernel.redis.keys import REVOCATIONS
from link_kernel.redis.server_info import UNKNOWN, read_client_id, read_info

BEGINNING: Final = "0-0"
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream: its stream id and the id of the revoked session."""

    position: str
    id: str

    @property
    def published_at(self) -> int:
        """When the entry was written, by Redis's clock, in epoch milliseconds."""
        return order_of(self.position)[0]


async def read_entries(redis: Redis, position: str, *, block_ms: int | None) -> list[Entry]:
    """Return the entries after `position`; with `block_ms`, wait so long for the first one."""
    reply = await redis.xread({REVOCATIONS: position}, count=_BATCH, block=block_ms)
    if not reply:
        return []
    streams = list(reply.items()) if isinstance(reply, dict) else reply
    entries = cast("list[tuple[str, dict[str, str]]]", streams[0][1])
    return [Entry(position, fields.get("id", "")) for position, fields in entries]


async def inspect_server(redis: Redis) -> tuple[tuple[str, str], str]:
    """Return the client id and the replication id, and the stream id of the newest entry.

    A failover, a reconnect or a recreated stream changes one of these values; entries may then have
    been missed. A value that the server does not tell is the same each time.
    """
    client_id, replication = await read_client_id(redis), await read_info(redis, "replication")
    newest = await redis.xrevrange(REVOCATIONS, count=1)
    server = (client_id, str(replication.get("master_replid", UNKNOWN)))
    return server, str(newest[0][0]) if newest else BEGINNING


def order_of(position: str) -> tuple[int, int]:
    """Return a stream id as a sortable pair: epoch milliseconds and sequence number."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence)
