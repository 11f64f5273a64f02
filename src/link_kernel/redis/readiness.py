"""Whether a Redis can be the session store: every primary takes writes, and none evicts."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final, Literal, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MovedError,
    RedisError,
    ResponseError,
)

from link_kernel.looks import Look
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.redis.any_client import is_cluster_client, keys_on_primaries, primaries_of
from link_kernel.redis.connection import cause_of, is_full
from link_kernel.redis.keys import READINESS
from link_kernel.redis.server_info import read_info

_NOEVICTION: Final = "noeviction"
_TRIAL_MS: Final = 10_000

# With two shards or more, one of so many keys is surely of another server.
_KEYS_TRIED: Final = 32

StoreFault = Literal[
    "no_answer",
    "loading",
    "full",
    "refuses_writes",
    "cluster_down",
    "is_cluster",
    "evicts",
    "some_primaries_fail",
]

_not_ready: Final = LastingFault(
    logging.getLogger(__name__), "redis_not_ready", "redis_ready_again"
)


class StoreState(NamedTuple):
    """The faults of a Redis, and the causes, such as `OutOfMemoryError`, in the order met."""

    faults: list[StoreFault]
    causes: list[str]


async def redis_faults(redis: Redis) -> list[StoreFault]:
    """Return the faults for which this Redis cannot be a session store; empty if it can.

    `no_answer`: it does not answer. `loading`: it has started, and reads its data. `full`: it takes
    no more clients. `refuses_writes`: it answers and takes none, as a replica, a full memory or a
    disk that fails does. `cluster_down`: servers of a Cluster answer and serve nobody, since slots
    have no primary. `is_cluster`: the address is of one server of a Cluster. `evicts`: its policy
    may delete sessions; a Redis that does not tell its policy has none of these.
    `some_primaries_fail` is a warning: the others serve their customers.
    """
    state = await examine_redis(redis)
    if state.faults:
        _not_ready.met(", ".join([*state.faults, *dict.fromkeys(state.causes)]))
    else:
        _not_ready.not_met()
    return state.faults


async def examine_redis(redis: Redis) -> StoreState:
    """Return the faults as `redis_faults` does, with their causes, and log nothing.

    Nothing is written: each primary is asked to set a key only if it exists, and that one never
    does. Whether it takes writes, it tells before it looks for the key.
    """
    try:
        keys = await keys_on_primaries(redis, READINESS)
        failures = [error for error in await _written(redis, keys) if error is not None]
        faults, causes = [*map(_fault_of, failures)], [*map(cause_of, failures)]
        if len(failures) == len(keys):
            return StoreState(["cluster_down" if "cluster_down" in faults else faults[0]], causes)
        policies = [_evicts(primary) for primary in await primaries_of(redis)]
        found = await asyncio.gather(*policies, return_exceptions=True)
        await _try_other_slots(redis)
    except MovedError:
        return StoreState(["is_cluster"], [])
    except (RedisError, OSError, TimeoutError) as error:
        word: StoreFault = "cluster_down" if isinstance(error, ClusterDownError) else "no_answer"
        return StoreState([word], [cause_of(error)])
    in_part: list[StoreFault] = ["some_primaries_fail"] if failures else []
    return StoreState(["evicts", *in_part] if True in found else in_part, causes)


async def faults_of(look: Look[list[StoreFault]]) -> list[StoreFault]:
    """Return the faults that a look has found, for who cannot wait for a silent Redis."""
    try:
        return await look.result()
    except TimeoutError:
        return ["no_answer"]


async def is_one_of_cluster(redis: Redis) -> bool:
    """Tell whether the address is of one server, and a Cluster's others hold keys of ours.

    Raises redis-py's error if it does not answer.
    """
    try:
        await _try_other_slots(redis)
    except MovedError:
        return True
    return False


async def _written(redis: Redis, keys: Collection[str]) -> list[BaseException | None]:
    """Try a write on each primary; return the error of each, `None` where it takes writes."""
    writes = [_try_to_write(redis, key) for key in keys]
    return await asyncio.gather(*writes, return_exceptions=True)


async def _try_to_write(redis: Redis, key: str) -> None:
    """Set a key if it exists; one that did would be gone in a moment."""
    await redis.set(key, "1", px=_TRIAL_MS, xx=True)


def _fault_of(error: BaseException) -> StoreFault:
    if isinstance(error, MovedError):
        return "is_cluster"
    if isinstance(error, BusyLoadingError):
        return "loading"
    if is_full(error):
        return "full"
    if isinstance(error, ClusterDownError):
        return "cluster_down"
    return "refuses_writes" if isinstance(error, ResponseError) else "no_answer"


async def _try_other_slots(redis: Redis) -> None:
    """Write keys of many slots where the one server of an address says that it is of a Cluster."""
    if not is_cluster_client(redis) and (await read_info(redis, "cluster")).get("cluster_enabled"):
        for number in range(_KEYS_TRIED):
            await _try_to_write(redis, f"{READINESS}{number}")


async def _evicts(primary: Redis) -> bool:
    """Tell whether a primary says that it evicts; a managed Redis may hide it, or all of `INFO`."""
    memory = await read_info(primary, "memory")
    policy: str = memory.get("maxmemory_policy", _NOEVICTION)
    return policy != _NOEVICTION
