"""Redis connections: the only place that sets time-outs, retries and pools, and maps failures."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
from redis.exceptions import RedisError

from link_kernel.errors import StoreUnavailable
from link_kernel.redis.pipelining import PipeliningRedis

_CONNECT_TIMEOUT_S: Final = 0.5
_READ_TIMEOUT_S: Final = 1.0
_RETRIES: Final = 1
_CONNECTIONS: Final = 64
_FOLLOW_MARGIN_S: Final = 0.5
# Without it every new client would read the driver's version from the disk.
DRIVER: Final = DriverInfo()
_SCHEMES: Final = ("redis://", "rediss://")
_NOEVICTION: Final = "noeviction"

StoreFault = Literal["no_answer", "evicts"]

_log: Final = logging.getLogger(__name__)


def is_redis_url(text: str) -> bool:
    """Tell whether `text` is a URL of a single Redis node, `redis://` or, over TLS, `rediss://`."""
    if not text.startswith(_SCHEMES):
        return False
    try:
        # This opens no connection yet; redis-py has no type for it.
        BlockingConnectionPool.from_url(text, driver_info=DRIVER).make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        return False
    return True


@asynccontextmanager
async def connect(url: str, *, connections: int = _CONNECTIONS) -> AsyncIterator[PipeliningRedis]:
    """Yield a client of the Redis at `url`, with a pool of at most `connections`.

    Nothing is sent before the first command; a command that gets no connection within a second
    fails. redis-py retries a command whose reply was lost, `EVALSHA` included, so every script must
    be idempotent (docs/protocol.md#redis-clients).
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=_READ_TIMEOUT_S,
        socket_connect_timeout=_CONNECT_TIMEOUT_S,
        socket_timeout=_READ_TIMEOUT_S,
        retry=Retry(NoBackoff(), _RETRIES),
        decode_responses=True,
        driver_info=DRIVER,
    )
    redis = PipeliningRedis(pool, batch_timeout_s=_READ_TIMEOUT_S)
    try:
        yield redis
    finally:
        await redis.aclose()
        await pool.aclose()


@asynccontextmanager
async def connect_follower(url: str, *, block_s: float) -> AsyncIterator[Redis]:
    """Yield a client with one connection, for commands that block up to `block_s` seconds.

    It never retries, because the reader of a stream must notice every break of its connection.
    """
    redis = Redis.from_url(
        url,
        single_connection_client=True,
        socket_connect_timeout=_CONNECT_TIMEOUT_S,
        socket_timeout=block_s + _FOLLOW_MARGIN_S,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        driver_info=DRIVER,
    )
    try:
        yield redis
    finally:
        await redis.aclose()


class store_failures:  # noqa: N801  # read as a verb; a generator would cost each call more
    """Raise `StoreUnavailable` if Redis does not answer; such a failure must log nobody out."""

    def __enter__(self) -> None:
        """Begin to watch for failures."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Turn a failure of Redis into `StoreUnavailable`; let any other exception pass."""
        if isinstance(error, RedisError | OSError | TimeoutError):
            _log.warning("store_unavailable", extra={"detail": type(error).__name__})
            raise StoreUnavailable(type(error).__name__) from error


async def redis_faults(redis: Redis) -> list[StoreFault]:
    """Return the faults for which this Redis cannot be a session store; empty if it can.

    `no_answer`: it does not answer. `evicts`: its eviction policy may delete sessions.
    """
    try:
        with store_failures():
            memory = await redis.info("memory")
    except Exception:  # noqa: BLE001  # a readiness check reports a fault and does not fail
        return ["no_answer"]
    return [] if memory.get("maxmemory_policy") == _NOEVICTION else ["evicts"]
