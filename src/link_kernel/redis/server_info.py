"""What a Redis tells of itself; what a managed one hides is unknown, and no fault."""

from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

UNKNOWN: Final = ""
_NO_COMMAND: Final = "unknown command"


def is_hidden(error: ResponseError) -> bool:
    """Tell whether an error says that this user may not run a command, or that there is none."""
    return isinstance(error, NoPermissionError) or str(error).startswith(_NO_COMMAND)


async def read_info(redis: Redis, section: str) -> Mapping[str, Any]:
    """Return the fields of a section of `INFO`, none if the server refuses the command.

    Any field may be missing. Raises redis-py's error if the server does not answer.
    """
    try:
        fields: Mapping[str, Any] = await redis.info(section)
    except ResponseError:
        return {}
    return fields


async def read_client_id(redis: Redis) -> str:
    """Return the server's number of this connection, `UNKNOWN` if it refuses the command."""
    try:
        return str(await redis.client_id())
    except ResponseError:
        return UNKNOWN
