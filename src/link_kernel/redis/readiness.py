"""Whether a Redis can be the session store: every primary takes writes, and none evicts."""

from typing import Final, Literal

from redis.asyncio import Redis
from redis.exceptions import MovedError, RedisError, ResponseError

from link_kernel.redis.any_client import keys_on_primaries, primaries_of
from link_kernel.redis.keys import READINESS
from link_kernel.redis.server_info import read_info

_NOEVICTION: Final = "noeviction"
_TRIAL_MS: Final = 10_000

# With two shards or more, one of so many keys is surely of another server.
_KEYS_TRIED: Final = 32

StoreFault = Literal["no_answer", "refuses_writes", "is_cluster", "evicts"]


async def redis_faults(redis: Redis) -> list[StoreFault]:
    """Return the faults for which this Redis cannot be a session store; empty if it can.

    `no_answer`: a primary does not answer. `refuses_writes`: it answers and takes none, as a
    replica, a full memory or a disk that fails does. `is_cluster`: the address is of one server,
    which is one of a Cluster. `evicts`: its policy may delete sessions; a Redis that does not tell
    its policy has none of these.
    """
    try:
        for key in await keys_on_primaries(redis, READINESS):
            await redis.set(key, "1", px=_TRIAL_MS)
        is_evicting = [await _evicts(primary) for primary in await primaries_of(redis)]
        await _try_other_slots(redis)
    except MovedError:
        return ["is_cluster"]
    except ResponseError:
        return ["refuses_writes"]
    except (RedisError, OSError, TimeoutError):
        return ["no_answer"]
    return ["evicts"] if any(is_evicting) else []


async def _try_other_slots(redis: Redis) -> None:
    """Write keys of many slots where one server says that it is of a Cluster."""
    if (await read_info(redis, "cluster")).get("cluster_enabled"):
        for number in range(_KEYS_TRIED):
            await redis.set(f"{READINESS}{number}", "1", px=_TRIAL_MS)


async def _evicts(primary: Redis) -> bool:
    """Tell whether a primary says that it evicts; a managed Redis may hide it, or all of `INFO`."""
    memory = await read_info(primary, "memory")
    policy: str = memory.get("maxmemory_policy", _NOEVICTION)
    return policy != _NOEVICTION
