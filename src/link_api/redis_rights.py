"""The rights that the Link API needs in Redis, in addition to the kernel's."""

from typing import Final

from link_kernel.redis.keys import PREFIX, business
from link_kernel.redis.rights import Rights

USER: Final = "link-api"
RIGHTS: Final = Rights(
    keys=(f"{PREFIX}{{*}}:otp-*", f"{PREFIX}{{otp}}:*"),
    commands=(
        *("del", "exists", "get", "hgetall", "set", "zrem"),  # logins, codes, partitions
        *("pexpire", "pttl"),  # marks of a contact that goes
        "hmget",  # refresh tokens, and whether a business is enabled
    ),
    script_packages=(
        *("link_api.auth", "link_api.auth.codes", "link_api.sessions"),
        "link_kernel.sessions",
    ),
    only_read=(business("*"),),
)
