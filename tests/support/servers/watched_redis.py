"""A real Redis that a service uses with its own rights, and everything that it did there."""

import asyncio
import fnmatch
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.check.redis_rights import lacking_rights
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import MARK, PREFIX
from link_kernel.redis.rights import Rights
from tests.support.installing.redis import release_of
from tests.support.waiting import until, until_replicating

_END: Final = "the end of what is watched"
NO_DIFFERENCES: Final[dict[str, list[str]]] = {
    "denied": [],
    "not listed": [],
    "not used": [],
    "keys not used": [],
}
# Sent before a user is known, so they need no right.
_FREE: Final = {"hello", "auth"}
_WITH_SUBCOMMAND: Final = {"client", "script"}
# Left out by `MONITOR` of Redis 6.2; if it were not listed, it would be denied.
_UNSEEN: Final = {"client|id"}
_FIRST_THAT_FORBIDS_DEBUG: Final = 7


class DebuggableRedis(EmbeddedRedis):
    """A server that lets us change its history."""

    def _options(self, folder: Path) -> dict[str, str]:
        options = super()._options(folder)
        if release_of(self.binary.path) >= _FIRST_THAT_FORBIDS_DEBUG:
            options["enable-debug-command"] = "yes"
        return options


@dataclass
class WatchedRedis:
    """A Redis with one replica; `url` is the guarded user's, `free_url` another service's."""

    url: str
    free_url: str
    admin: Redis
    rights: Rights
    seen: list[tuple[str, list[str]]] = field(default_factory=list)  # address, and words
    _others: set[str] = field(default_factory=set)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, monitor: Any) -> None:  # noqa: ANN401  # redis-py's has no type
        """Collect every command; those of a script are of the connection that ran it."""
        caller = ""
        async for found in monitor.listen():
            words = found["command"].split(" ")
            if words[0] == "ECHO":
                self._ended.set()
                return
            if found["client_type"] != "lua":
                caller = f"{found['client_address']}:{found['client_port']}"
            self.seen.append((caller, words))

    async def fail_over(self) -> None:
        """Change the server's history as a promotion does; return when the feed has looked."""
        await self.note_others()
        await self.admin.execute_command("DEBUG", "CHANGE-REPL-ID")  # type: ignore[no-untyped-call]
        await until(lambda: any(MARK in " ".join(words) for words in self._own()))
        await self.note_others()  # the other feed may have connected anew

    async def note_others(self) -> None:
        """Note the connections of the other service, as long as they are open."""
        clients = await self.admin.client_list()
        self._others |= {client["addr"] for client in clients if client["user"] == "default"}

    async def until_used(self, name: str) -> None:
        """Return once the service has sent a command: what it does later, another may do first."""
        await until(lambda: name in map(_name_of, self._own()))

    def _own(self) -> list[list[str]]:
        return [words for address, words in self.seen if address not in self._others]

    async def differences(self) -> dict[str, list[str]]:
        """Return what was denied, or done in some other way, and what is listed and never used."""
        denied = [str(entry["object"]) for entry in await self.admin.acl_log()]
        await self.admin.echo(_END)
        await self._ended.wait()
        own = self._own()
        used = {_name_of(words) for words in own} - _FREE
        listed = set(self.rights.all_commands())
        sent = [word for words in own if words[0] != "EVALSHA" for word in words]
        keys = {word for word in sent if word.startswith(PREFIX)}
        patterns = self.rights.all_keys()
        return {
            "denied": denied,
            "not listed": sorted(used - listed),
            "not used": sorted(listed - used - _UNSEEN),
            "keys not used": [each for each in patterns if not fnmatch.filter(keys, each)],
        }


@asynccontextmanager
async def watched_redis(rights: Rights) -> AsyncIterator[WatchedRedis]:
    """Run it, with a user who has the rights, as the command prints them, and nothing more."""
    async with DebuggableRedis() as server, EmbeddedRedis() as replica:
        free_url = server.url.removesuffix("/0") + "/1"
        async with (
            Redis.from_url(server.url, decode_responses=True) as admin,
            Redis.from_url(replica.url, decode_responses=True) as follower,
        ):
            await follower.replicaof("127.0.0.1", str(server.port))
            await until_replicating(follower)
            words = rights.acl_line("guarded").split(" ")
            await admin.execute_command("ACL", "SETUSER", *words[1:], ">pw")  # type: ignore[no-untyped-call]
            url = free_url.replace("redis://", "redis://guarded:pw@")
            watched = WatchedRedis(url, free_url, admin, rights)
            async with admin.monitor() as monitor:
                watching = asyncio.create_task(watched.watch(monitor))
                try:
                    yield watched
                finally:
                    watching.cancel()
                    await asyncio.wait([watching])


async def lacking_at(watched: WatchedRedis) -> list[str]:
    """Return what `check` says that the guarded user lacks; to ask so is a use of rights, too."""
    async with connect(watched.url) as redis:
        return await lacking_rights(redis, watched.rights, cluster=False)


def _name_of(words: list[str]) -> str:
    """Return a command as ACL rules name it."""
    name = words[0].lower()
    return f"{name}|{words[1].lower()}" if name in _WITH_SUBCOMMAND else name
