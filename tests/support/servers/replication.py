"""Cuts the link between a primary and its replica, so that a failover loses what is known."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.support.waiting import until_answered

# A primary without a password refuses every one, so the replica comes no further than that.
_REFUSED_PASSWORD = "no-such-password"


async def cut_replication(primary: Redis, replica: Redis) -> None:
    """Return when the replica has all that was written so far, and gets nothing more."""

    async def is_in_step() -> bool:
        try:
            sent, got = await primary.info("replication"), await replica.info("replication")
        except RedisError:  # a Sentinel that makes it a replica ends its connections
            return False
        return bool(sent["master_repl_offset"] == got.get("slave_repl_offset"))

    async def is_cut() -> bool:
        return bool((await replica.info("replication"))["master_link_status"] == "down")

    await until_answered(is_in_step)
    await replica.config_set("masterauth", _REFUSED_PASSWORD)
    await primary.client_kill_filter(_type="replica")
    await until_answered(is_cut)


async def let_replicate(replica: Redis) -> None:
    """Undo `cut_replication` for a server that may become a replica again."""
    await replica.config_set("masterauth", "")
