"""A bridge in a process of its own, behind a proxy that loses answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient
from benchmarks.measuring.cpu import family, resident_bytes
from benchmarks.measuring.processes import Server, module, serving
from benchmarks.rows.bridge import LIMITS

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.free_port import free_port
from link_dev.embedded.server import HOST
from link_kernel.redis.connection import connect
from tests.support.clients.bridge_client import NOBODY, BridgeClient, configure
from tests.support.clients.link_client import BRIDGE_TOKEN
from tests.support.clients.whole_response import WholeResponse
from tests.support.servers.lossy_proxy import LossyProxy

_PROC: Final = Path("/proc")
_FINE: Final = ('"level":"info"', '"level":"warning"')


class BridgeProcess:
    """A running bridge, and what it takes of the machine."""

    def __init__(
        self, server: Server, log: Path, frames: BridgeClient, inside: ClientSession
    ) -> None:
        """Take its process, a client through the lossy proxy, and one of its internal listener."""
        self._server = server
        self._log = log
        self.frames = frames
        self._inside = inside

    async def healthz(self) -> None:
        """Make the cheapest of all calls, by which the machine is measured."""
        async with self._inside.get("/healthz") as answer:
            assert answer.status == 200

    def cpu_s(self) -> float:
        """Return the CPU time that the process has used."""
        return self._server.cpu_seconds()

    def resident_mib(self) -> float:
        """Return the resident memory of the process."""
        return resident_bytes(self._server.process.pid) / (1 << 20)

    def errors(self) -> list[str]:
        """Return the lines of its log that tell of an error, and those that are none of its own."""
        lines = self._log.read_text("utf-8", errors="replace").splitlines()
        return [line for line in lines if not any(level in line for level in _FINE)]

    def open_files(self) -> int:
        """Return how many descriptors it has open, sockets included; 0 where none are told."""
        folders = (_PROC / str(pid) / "fd" for pid in family(self._server.process.pid))
        return sum(len(list(folder.iterdir())) for folder in folders if folder.exists())


@asynccontextmanager
async def running_bridge_process(
    redis_url: str, keyring: KeyringFile, clock_file: Path, proxy: LossyProxy
) -> AsyncIterator[BridgeProcess]:
    """Run a bridge with production's lifetimes; its answers pass the proxy."""
    async with connect(redis_url) as redis:
        await configure(RedisBusinesses(redis))
    port, internal_port = free_port(), free_port()
    env = {
        "ELEMENTS_REDIS_URL": redis_url,
        "ELEMENTS_KEYRING": keyring.model_dump_json(),
        "ELEMENTS_AUTH_SERVICE_URL": NOBODY,
        "ELEMENTS_AUTH_SERVICE_TOKEN": BRIDGE_TOKEN,
        "ELEMENTS_PORT": str(port),
        "ELEMENTS_INTERNAL_PORT": str(internal_port),
        # A busy machine is no fault: production's are half a second and a second.
        "ELEMENTS_REDIS_CONNECT_TIMEOUT": "5000",
        "ELEMENTS_REDIS_READ_TIMEOUT": "5000",
        **LIMITS,
    }
    command = module("tests.soak.serve", str(clock_file))
    log, health = clock_file.with_suffix(".log"), (internal_port, "/healthz")
    async with (
        serving(command, port, output=log, env=env, health=health) as server,
        proxy.before(port) as lossy_port,
        ClientSession(f"http://{HOST}:{lossy_port}", response_class=WholeResponse) as http,
        ClientSession(f"http://{HOST}:{internal_port}", response_class=WholeResponse) as inside,
    ):
        frames = BridgeClient(cast("TestClient[Any, Any]", http))
        yield BridgeProcess(server, log, frames, inside)
