"""The rights that the bridge and its commands need in Redis, in addition to the kernel's."""

from typing import Final

from link_kernel.redis import keys as redis_keys
from link_kernel.redis.rights import LOGIN_TOKENS, Rights

USER: Final = "elements-bridge"
RIGHTS: Final = Rights(
    keys=(redis_keys.refused_origins("*"), redis_keys.refused_counts("*")),
    commands=(
        *("get", "hgetall", "set", "zrem"),  # logins, and the partitions of sessions
        *("exists", "scan"),  # whether businesses are there, and which
        *("exec", "multi", "time", "zrevrange"),  # `origins check`
    ),
    only_read=(LOGIN_TOKENS,),
    script_packages=("elements_bridge.businesses", "link_kernel.sessions"),
)
