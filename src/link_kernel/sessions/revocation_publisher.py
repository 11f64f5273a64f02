"""Publishes revocations on the Redis stream every process follows (docs/protocol.md#revocation)."""

import logging
from collections.abc import Collection
from typing import Final

from redis.asyncio import Redis

from link_kernel.observability.metrics import Metrics
from link_kernel.redis.any_client import look_anew
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.redis.scripts import LuaScripts

# Longer than any access token is valid (900 s, leeway and clock differences included), so a process
# that has read the whole stream knows every revoked session with a token that may still be valid.
STREAM_KEPT_MS: Final = 20 * 60_000
_WAIT_MS: Final = 100
# A pool of its own: while a replica hangs, each publication holds its connection for all the wait,
# and a flood of logouts must not take the connections on which sessions are read and refreshed.
ANNOUNCING_CONNECTIONS: Final = 16

_log: Final = logging.getLogger(__name__)


class RevocationPublisher:
    """Writes the stream `link:v1:revocations`, after the ended sessions themselves were written."""

    def __init__(self, redis: Redis, metrics: Metrics) -> None:
        """Take a Redis client with `ANNOUNCING_CONNECTIONS` connections, and the metrics."""
        self._redis = redis
        self._scripts = LuaScripts(redis, "link_kernel.sessions")
        self._metrics = metrics

    async def publish(self, ids: Collection[str]) -> None:
        """Publish sessions and link sessions as revoked; idempotent.

        Returns when a replica has the entries too, if there is a replica; a missing confirmation
        within 100 ms is counted and logged. Raises `StoreUnavailable`: the caller's retry has to
        publish again.
        """
        if not ids:
            return
        confirmed = await self._scripts.run_replicated(
            "announce_revocations", [REVOCATIONS], [STREAM_KEPT_MS, *ids], wait_ms=_WAIT_MS
        )
        self._metrics.revocations_announced.inc(len(ids))
        if not confirmed:
            self._metrics.revocations_unreplicated.inc()
            _log.warning("revocation_unreplicated", extra={"count": len(ids)})

    async def look_anew(self) -> None:
        """Leave every connection, since the primary may be another one now."""
        await look_anew(self._redis)
