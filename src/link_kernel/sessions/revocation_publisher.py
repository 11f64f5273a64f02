"""Announces revocations on the stream that all processes follow (docs/protocol.md#revocation)."""

import logging
from collections.abc import Collection
from typing import Final, cast

from redis.asyncio import Redis

from link_kernel.metrics import Metrics
from link_kernel.redis.connection import store_failures
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.redis.scripts import LuaScripts

# Longer than any access token lives (900 s, leeway and clock differences included): whoever reads
# the whole stream knows of every revoked session whose access token may still be alive.
STREAM_KEPT_MS: Final = 20 * 60_000
_WAIT_MS: Final = 100
# Of their own: while a replica hangs, each announcement holds its connection for the whole wait,
# and a flood of logouts must not take those that sessions are read and refreshed on.
ANNOUNCING_CONNECTIONS: Final = 16

_log: Final = logging.getLogger(__name__)


class RevocationPublisher:
    """Writes the stream `link:v1:revocations`, after the sessions' own slots were written."""

    def __init__(self, redis: Redis, metrics: Metrics) -> None:
        """Take Redis by a pool of `ANNOUNCING_CONNECTIONS`, and what counts the announcements."""
        self._redis = redis
        self._metrics = metrics

    async def publish(self, ids: Collection[str]) -> None:
        """Announce sessions and link sessions as revoked; may be repeated.

        Returns when a replica has it too, where there is one; none within 100 ms is counted and
        logged. Raises `StoreUnavailable`, and the caller's repeat has to announce again.
        """
        if not ids:
            return
        with store_failures():
            # One connection for both: `WAIT` speaks of the writes of its own connection.
            async with self._redis.client() as connection:
                replicas = await self._write(connection, ids)
                confirmed = not replicas or await connection.wait(1, _WAIT_MS) >= 1
        self._metrics.revocations_announced.inc(len(ids))
        if not confirmed:
            self._metrics.revocations_unreplicated.inc()
            _log.warning("revocation_unreplicated", extra={"count": len(ids)})

    @staticmethod
    async def _write(connection: Redis, ids: Collection[str]) -> int:
        """Write the stream; return how many replicas there are."""
        reply = await LuaScripts(connection, "link_kernel.sessions").run(
            "announce_revocations", [REVOCATIONS], [STREAM_KEPT_MS, *ids]
        )
        return int(cast("int", reply[2]))
