"""Loads and runs Lua scripts: one file for each decision, with includes for shared functions.

A line `-- include NAME` is replaced by `NAME.lua` of `link_kernel/sessions/lua/shared`.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from link_kernel.redis.connection import store_failures

_FOLDER: Final = "lua"
_SHARED: Final = "link_kernel.sessions"
_INCLUDE: Final = re.compile(r"^-- include (\w+)$", re.MULTILINE)


@cache
def lua_source(package: str, name: str) -> str:
    """Return the text of `package/lua/name.lua` with its includes resolved."""
    text = (files(package) / _FOLDER / f"{name}.lua").read_text("utf-8")
    return _INCLUDE.sub(lambda found: _shared_source(found[1]), text)


def _shared_source(name: str) -> str:
    """Return the text of a fragment; a fragment includes no other."""
    text = (files(_SHARED) / _FOLDER / "shared" / f"{name}.lua").read_text("utf-8")
    if _INCLUDE.search(text):
        raise ValueError(f"{name}.lua is a fragment and includes another")
    return text


class LuaScripts:
    """Runs the scripts of one package on one Redis client."""

    def __init__(self, redis: Redis, package: str) -> None:
        """Take the Redis client and the package whose `lua` folder holds the scripts."""
        self._redis = redis
        self._package = package
        self._registered: dict[str, AsyncScript] = {}

    async def run(self, name: str, keys: list[str], arguments: list[str | int]) -> list[object]:
        """Run a script in one round trip and return its reply, a list that starts with the outcome.

        Raises `StoreUnavailable` if Redis does not answer.
        """
        script = self._registered.get(name)
        if script is None:
            script = self._redis.register_script(lua_source(self._package, name))
            self._registered[name] = script
        with store_failures():
            reply: list[object] = await script(keys=keys, args=arguments)
        return reply
