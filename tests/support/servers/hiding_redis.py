"""A Redis as some providers offer it: commands that tell of the server do not exist."""

import subprocess
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import RunningServer

HIDDEN: Final = ("INFO", "CONFIG", "CLIENT", "ROLE", "WAIT")


class HidingRedis(EmbeddedRedis):
    """A real Redis whose `HIDDEN` commands were renamed to nothing."""

    def _command(self, folder: Path) -> list[str]:
        renamed = [part for name in HIDDEN for part in ("--rename-command", name, "")]
        return [*super()._command(folder), "--pidfile", str(folder / "pid"), *renamed]

    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        async with Redis.from_url(self.url, retry=Retry(NoBackoff(), 0)) as redis:
            try:
                await redis.ping()
            except (RedisError, OSError):
                return None
        return RunningServer(guard, _pid_in(folder))


def _pid_in(folder: Path) -> int:
    return int((folder / "pid").read_text("ascii"))
