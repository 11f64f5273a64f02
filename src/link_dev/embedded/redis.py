"""A real Redis server on a loopback port, for `make dev` and the tests.

It has no persistence: its data is lost when it stops. It stops when our process ends, even by
SIGKILL.
"""

import signal
import subprocess
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from link_dev.embedded.redis_binary import RedisBinary, find_redis_binary
from link_dev.embedded.server import HOST, EmbeddedServer, RunningServer, ServerNotStarted


class RedisNotStarted(ServerNotStarted):
    """The server ended or did not answer in time; the text holds the last line of its log."""


class EmbeddedRedis(EmbeddedServer):
    """A Redis server as an async context manager: no persistence, no password, loopback only.

    `url` and `origin` are known once it is entered; `url` stays the same over `restart`, which
    starts an empty one. Entering raises `RedisNotStarted`.
    """

    NAME = "redis"
    NOT_STARTED = RedisNotStarted
    PORT_TAKEN = "Failed listening"
    START_DEADLINE_S = 15.0
    STOP_DEADLINE_S = 3.0
    STOP_SIGNALS = (signal.SIGTERM, signal.SIGCONT)  # SIGCONT, since a paused server ends only then
    CRASH_SIGNAL = signal.SIGKILL
    WRITES_ITS_LOG = True

    def __init__(self, binary: RedisBinary | None = None) -> None:
        """Take the binary to run, or find one; that raises `RedisBinaryMissing`."""
        super().__init__()
        self._binary: Final = binary or find_redis_binary()

    @property
    def binary(self) -> RedisBinary:
        """The binary that it runs."""
        return self._binary

    @property
    def url(self) -> str:
        """The address, for example `redis://127.0.0.1:40123/0`."""
        return f"redis://{HOST}:{self._port}/0"

    @property
    def origin(self) -> str:
        """A description for the start line: the running version, and where its binary was found."""
        version = f" {self._running.version}" if self._running else ""
        return f"Redis{version} from {self._binary.source} ({self._binary.path})"

    def pause(self) -> None:
        """Freeze the server (SIGSTOP): it accepts and keeps connections, but does not answer."""
        if self._running:
            self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume a paused server (SIGCONT); it then answers the commands sent meanwhile."""
        if self._running:
            self._running.send_signal(signal.SIGCONT)

    def _options(self, folder: Path) -> dict[str, str]:
        """Return the server's settings; Redis 6.2 and 8 both know every one."""
        return {
            "bind": HOST,
            "port": str(self._port),
            "protected-mode": "yes",
            "daemonize": "no",
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "dir": str(folder),
            "logfile": str(self._log(folder)),
        }

    def _command(self, folder: Path) -> list[str]:
        command = [str(self._binary.path)]
        for name, value in self._options(folder).items():
            command += [f"--{name}", value]
        return command

    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        log = str(self._log(folder))
        async with client_of(self._port) as redis:
            try:
                await redis.ping()
                if (await redis.config_get("logfile")).get("logfile") != log:
                    return None  # another test run took the port first; this is its Redis
                info = await redis.info("server")
            except (RedisError, OSError):
                return None
        return RunningServer(guard, int(info["process_id"]), str(info["redis_version"]))

    def _last_words(self, log: Path) -> str:
        try:
            lines = log.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        return (
            lines[-1] if lines else "redis-server ended without a word, or did not answer in time."
        )


def client_of(port: int) -> Redis:
    """Return a client for a server's own commands, which tries each once."""
    return Redis(
        host=HOST,
        port=port,
        socket_connect_timeout=1,
        socket_timeout=1,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
