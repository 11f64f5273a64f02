"""Both services as they are deployed: `serve` in processes of their own."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from aiohttp import ClientResponse, ClientSession

from elements_bridge.keyring import KeyringFile, new_keyring_file
from link_dev.embedded.free_port import free_port
from link_kernel.keys.keyring_file import SecretKeyring
from tests.support.clients.bridge_client import API
from tests.support.servers.commands import SOURCE, Service, serving

ServiceName = Literal["bridge", "link-api"]
JWKS: Final = f"{API}/jwks.json"
_MODULES: Final = {"bridge": "elements_bridge", "link-api": "link_api"}
_PREFIXES: Final = {"bridge": "ELEMENTS", "link-api": "LINK"}
_TOKEN: Final = "what-bridge-and-link-api-share"  # of this run alone
_COUNTED: Final = re.compile(
    r'link_request_seconds_count\{(?!.*route="/(?:healthz|readyz|metrics|authorize)")'
)
# A route of each that needs no store, and its status for whoever just calls it.
PROBED: Final = {"bridge": (JWKS, 200), "link-api": ("/v1/link/auth/refresh", 405)}


@dataclass(frozen=True)
class Address:
    """Where a process serves: an address of loopback and two ports."""

    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    internal_port: int = field(default_factory=free_port)


@dataclass(frozen=True)
class Deployment:
    """What all processes of a deployment share."""

    redis_url: str
    folder: Path
    keyring: str = field(default_factory=lambda: new_keyring_file().model_dump_json(), repr=False)
    auth_service_port: int = field(default_factory=free_port)

    def environment(self, name: ServiceName, at: "Address") -> dict[str, str]:
        """Return the settings of one process."""
        prefix = _PREFIXES[name]
        shared = {
            f"{prefix}_REDIS_URL": self.redis_url,
            f"{prefix}_MODE": "test",
            f"{prefix}_HOST": at.host,
            f"{prefix}_PORT": str(at.port),
            f"{prefix}_INTERNAL_HOST": at.host,
            f"{prefix}_INTERNAL_PORT": str(at.internal_port),
        }
        if name == "bridge":
            return shared | {
                "ELEMENTS_KEYRING": self.keyring,
                "ELEMENTS_AUTH_SERVICE_URL": f"http://127.0.0.1:{self.auth_service_port}",
                "ELEMENTS_AUTH_SERVICE_TOKEN": _TOKEN,
            }
        secrets = KeyringFile.model_validate_json(self.keyring).secrets
        return shared | {
            "LINK_KEYRING": SecretKeyring(secrets=secrets).model_dump_json(exclude_none=True),
            "LINK_BRIDGE_TOKEN": _TOKEN,
            "LINK_DATABASE_URL": f"sqlite:///{self.folder / 'link.db'}",
        }


@dataclass(frozen=True)
class Process:
    """One running `serve`, and a client that keeps its connections."""

    name: ServiceName
    service: Service
    http: ClientSession
    at: Address

    async def call(self) -> ClientResponse:
        """Call a route that needs no store."""
        path, _ = PROBED[self.name]
        return await self._get(self.at.port, path)

    async def readiness(self) -> tuple[int, dict[str, str]]:
        """Return status and body of `/readyz`."""
        answer = await self._get(self.at.internal_port, "/readyz")
        return answer.status, await answer.json()

    async def public_calls(self) -> int:
        """Return how many calls the public listener has answered."""
        answer = await self._get(self.at.internal_port, "/metrics")
        lines = [line for line in (await answer.text()).splitlines() if _COUNTED.match(line)]
        return round(sum(float(line.rpartition(" ")[2]) for line in lines))

    async def _get(self, port: int, path: str) -> ClientResponse:
        async with self.http.get(f"http://{self.at.host}:{port}{path}") as answer:
            await answer.read()
            return answer


@asynccontextmanager
async def deployed(
    deployment: Deployment,
    name: ServiceName,
    settings: Mapping[str, str] | None = None,
    *,
    at: Address | None = None,
    source: Path = SOURCE,
    others: Mapping[str, str] | None = None,
) -> AsyncIterator[Process]:
    """Run `serve` of a service, on free ports unless said; `settings` are without the prefix.

    It is this checkout's, or that of another release. `others` are variables that are not its own.
    """
    at = at or Address()
    own = {f"{_PREFIXES[name]}_{key}": value for key, value in (settings or {}).items()}
    environment = deployment.environment(name, at) | own | dict(others or {})
    listeners = 2 * int(own.get("ELEMENTS_WORKERS", "1"))
    async with (
        serving(_MODULES[name], environment, listeners=listeners, source=source) as service,
        ClientSession() as http,
    ):
        yield Process(name, service, http, at)
