"""Loads and runs Lua scripts: one file for each decision, with includes for shared functions.

A line `-- include NAME` is replaced by `NAME.lua` of the package's own `lua/shared`, else by that
of `link_kernel/sessions/lua/shared`.
"""

import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from link_kernel.redis.any_client import connection_of, has_left_primary
from link_kernel.redis.connection import store_failures
from link_kernel.redis.server_info import is_hidden
from link_kernel.tracing.active import SCRIPT_NAMES

_FOLDER: Final = "lua"
_UNKNOWN: Final = -1
_SHARED: Final = "link_kernel.sessions"
_INCLUDE: Final = re.compile(r"^-- include (\w+)$", re.MULTILINE)


@cache
def lua_source(package: str, name: str) -> str:
    """Return the text of `package/lua/name.lua` with its includes resolved."""
    text = (files(package) / _FOLDER / f"{name}.lua").read_text("utf-8")
    return _INCLUDE.sub(lambda found: _shared_source(package, found[1]), text)


def _shared_source(package: str, name: str) -> str:
    """Return the text of a fragment; a fragment includes no other."""
    own, shared = (
        files(place) / _FOLDER / "shared" / f"{name}.lua" for place in (package, _SHARED)
    )
    text = (own if own.is_file() else shared).read_text("utf-8")
    if _INCLUDE.search(text):
        raise ValueError(f"{name}.lua is a fragment and includes another")
    return text


class LuaScripts:
    """Runs the scripts of one package on one Redis client."""

    def __init__(self, redis: Redis, package: str) -> None:
        """Take the Redis client and the package whose `lua` folder holds the scripts."""
        self._redis = redis
        self._package = package
        self._had_replicas = False

    async def run(self, name: str, keys: list[str], arguments: list[str | int]) -> list[object]:
        """Run a script in one round trip and return its reply, a list that starts with the outcome.

        Raises `StoreUnavailable` if Redis does not answer.
        """
        with store_failures():
            return await self._run_on(self._redis, name, keys, arguments)

    async def run_replicated(
        self, name: str, keys: list[str], arguments: list[str | int], *, wait_ms: int
    ) -> bool:
        """Run a script that writes, and wait until a replica has what it wrote.

        Its reply is `[outcome, now, number of replicas]`, -1 where the server does not tell it.
        Returns whether a replica has confirmed within `wait_ms`, or there never was one, or a
        managed Redis hides whether one has. Raises `StoreUnavailable`.
        """
        with store_failures():
            try:
                return await self._run_and_wait(name, keys, arguments, wait_ms)
            except RedisError as error:
                if not await has_left_primary(self._redis, error):
                    raise
            return await self._run_and_wait(name, keys, arguments, wait_ms)

    async def _run_and_wait(
        self, name: str, keys: list[str], arguments: list[str | int], wait_ms: int
    ) -> bool:
        # Both commands on one connection: `WAIT` covers the writes of its own connection only.
        async with connection_of(self._redis, keys[0]) as connection:
            _, _, replicas = await self._run_on(connection, name, keys, arguments)
            if replicas == 0:  # none, or every link to one is broken
                return not self._had_replicas
            self._had_replicas = True
            return await _is_replicated(connection, replicas, wait_ms)

    async def _run_on(
        self, redis: Redis, name: str, keys: list[str], arguments: list[str | int]
    ) -> list[object]:
        text, digest = _script(self._package, name)
        execute: Any = redis.execute_command  # redis-py has no type for it
        reply: list[object]
        try:
            reply = await execute("EVALSHA", digest, len(keys), *keys, *arguments)
        except NoScriptError:  # a restarted Redis, or one that took over; it keeps the text
            reply = await execute("EVAL", text, len(keys), *keys, *arguments)
        return reply


async def _is_replicated(connection: Redis, replicas: object, wait_ms: int) -> bool:
    try:
        reached = int(await connection.wait(1, wait_ms))
    except ResponseError as error:
        if not is_hidden(error):
            raise
        return True
    return reached >= 1 or replicas == _UNKNOWN


@cache
def _script(package: str, name: str) -> tuple[str, str]:
    """Return a script's text, and the SHA-1 by which Redis knows it."""
    text = lua_source(package, name)
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    SCRIPT_NAMES[digest] = name
    return text, digest
