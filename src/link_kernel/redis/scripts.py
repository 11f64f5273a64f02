"""Loads and runs Lua scripts: one file for each decision, with includes for shared functions.

A line `-- include NAME` is replaced by `NAME.lua` of the package's own `lua/shared`, else by that
of `link_kernel/sessions/lua/shared`.
"""

import hashlib
import re
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from link_kernel.redis.connection import store_failures

_FOLDER: Final = "lua"
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

    async def run(self, name: str, keys: list[str], arguments: list[str | int]) -> list[object]:
        """Run a script in one round trip and return its reply, a list that starts with the outcome.

        Raises `StoreUnavailable` if Redis does not answer.
        """
        text, digest = _script(self._package, name)
        call: Any = partial(
            self._redis.execute_command, "EVALSHA", digest, len(keys), *keys, *arguments
        )
        reply: list[object]
        with store_failures():
            try:
                reply = await call()
            except NoScriptError:  # a restarted Redis, or one that took over
                await self._redis.script_load(text)
                reply = await call()
        return reply


@cache
def _script(package: str, name: str) -> tuple[str, str]:
    """Return a script's text, and the SHA-1 by which Redis knows it."""
    text = lua_source(package, name)
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
