"""Redis connections: the only place that sets time-outs and pools, and maps failures."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from link_kernel.errors import StoreUnavailable
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.address import RedisAddress
from link_kernel.redis.closing import close
from link_kernel.redis.cluster import ClusterRedis
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.pools import RedisPools, TimeOuts

_CONNECT_TIMEOUT_S: Final = 0.5
_READ_TIMEOUT_S: Final = 1.0
_CONNECTIONS: Final = 64
# Redis 6.2 has the code of what a script met behind words of its own.
_CODE: Final = re.compile(r"(?:Error running script .*: -)?([A-Z]{3,20})\b", re.ASCII)
# A right that a script lacks has no code: words of Redis up to 7.0, and of later ones and Valkey.
_NO_PERMISSION: Final = ("The user executing the script can't", "ACL failure in script")

_FULL: Final = "max number of clients reached"

_no_answer: Final = LastingFault(
    logging.getLogger(__name__), "store_unavailable", "store_answers_again"
)


@asynccontextmanager
async def connect(
    url: str,
    *,
    connections: int = _CONNECTIONS,
    time_outs: TimeOuts | None = None,
    metrics: Metrics | None = None,
) -> AsyncIterator[PipeliningRedis]:
    """Yield a client of the Redis at `url`, with at most `connections` to each primary.

    Nothing is sent before the first command; a command that gets no connection within the time-out
    for reading fails. A command whose reply was lost is sent again, `EVALSHA` included, so every
    script must be idempotent (docs/protocol.md#redis-clients). Raises `ValueError` for a URL that
    `RedisAddress.parse` does not take.
    """
    address = RedisAddress.parse(url)
    pools = RedisPools(address, time_outs or time_outs_of(None, None), metrics)
    pool = pools.of_primary(connections)
    kind = ClusterRedis if address.topology == "cluster" else PipeliningRedis
    redis = kind(pools, pool)
    try:
        yield redis
    finally:
        await close(redis, pool)


def time_outs_of(connect_ms: int | None, read_ms: int | None) -> TimeOuts:
    """Return time-outs in milliseconds as seconds, with the usual ones where none is given."""
    return TimeOuts(
        _CONNECT_TIMEOUT_S if connect_ms is None else connect_ms / 1000,
        _READ_TIMEOUT_S if read_ms is None else read_ms / 1000,
    )


class store_failures:  # noqa: N801  # read as a verb; a generator would cost each call more
    """Raise `StoreUnavailable` if Redis does not answer; such a failure must log nobody out."""

    def __enter__(self) -> None:
        """Begin to watch for failures."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Turn a failure of Redis into `StoreUnavailable`; let any other exception pass."""
        if isinstance(error, RedisError | OSError | TimeoutError):
            cause = cause_of(error)
            _no_answer.met(cause)
            raise StoreUnavailable(cause) from error
        if _no_answer.lasts and error is None:
            _no_answer.not_met()


def is_full(error: BaseException) -> bool:
    """Tell whether a server answered that it takes no more clients (`maxclients`)."""
    return isinstance(error, RedisConnectionError) and _FULL in str(error)


def cause_of(error: BaseException) -> str:
    """Return the error's name, with Redis's own code such as `MISCONF`, and nothing of its text.

    A lost connection has the name of what the system said, such as `SSLCertVerificationError`. A
    right that a script lacks is `NoPermissionError`, as one that a command lacks.
    """
    if isinstance(error, ResponseError) and any(words in str(error) for words in _NO_PERMISSION):
        return NoPermissionError.__name__
    names = [type(error).__name__]
    if isinstance(error, ResponseError) and (code := _CODE.match(str(error))):
        names.append(code[1])
    if is_full(error):
        names.append("maxclients")
    first = error
    while (before := first.__cause__ or first.__context__) is not None:
        first = before
    if first is not error and isinstance(first, OSError):
        names.append(type(first).__name__)
    return " ".join(names)
