"""Lua scripts as files: one script a decision, with shared fragments named at its top.

A line `-- include NAME` stands for the text of `NAME.lua` in `link_kernel/sessions/lua`.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from link_kernel.redis.connection import store_failures

_SHARED: Final = "link_kernel.sessions"
_INCLUDE: Final = re.compile(r"^-- include (\w+)$", re.MULTILINE)


@cache
def lua_source(package: str, name: str) -> str:
    """Return the text of `package/lua/name.lua` with its includes in place."""
    text = (files(package) / "lua" / f"{name}.lua").read_text("utf-8")
    return _INCLUDE.sub(lambda found: lua_source(_SHARED, found[1]), text)


class LuaScripts:
    """Runs the scripts of one package on one Redis."""

    def __init__(self, redis: Redis, package: str) -> None:
        """Take the client to run on and the package whose `lua` folder holds the scripts."""
        self._redis = redis
        self._package = package
        self._registered: dict[str, AsyncScript] = {}

    async def run(self, name: str, keys: list[str], arguments: list[str | int]) -> list[object]:
        """Run a script in one round trip and return its reply, a list that begins with a verdict.

        Raises `StoreUnavailable` where Redis does not answer.
        """
        script = self._registered.get(name)
        if script is None:
            script = self._redis.register_script(lua_source(self._package, name))
            self._registered[name] = script
        with store_failures():
            reply: list[object] = await script(keys=keys, args=arguments)
        return reply
