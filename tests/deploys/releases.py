"""Both services of a release, each in a process of its own: today's, or those of the saved one."""

import asyncio
import os
import sys
import tarfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from aiohttp import ClientSession, DummyCookieJar

from tests.deploys.deployed import Address, Deployment, Process, deployed
from tests.support.clients.bridge_client import BridgeClient
from tests.support.clients.internal_client import INTERNAL_TOKEN, RunningBridge
from tests.support.clients.link_client import LinkClient, Outbox
from tests.support.clients.whole_response import WholeResponse
from tests.support.frame_key import FrameKey
from tests.support.servers.commands import SOURCE, with_source
from tests.support.servers.hook_receiver import SECRET, Receiver

_SAVED: Final = Path(__file__).with_name("saved_release")
# As `redis-acl` of both does, which imports the whole service.
_PRINT_RIGHTS: Final = """
import sys, elements_bridge.redis_rights, link_api.redis_rights
for module, user in zip((elements_bridge, link_api), sys.argv[1:], strict=True):
    print(module.redis_rights.RIGHTS.acl_line(user))
"""
_HIGH: Final = "100000"


class Delivered(Outbox):
    """What the webhook of both releases was sent."""

    def __init__(self, receiver: Receiver) -> None:
        super().__init__()
        self._receiver = receiver

    @property
    def code(self) -> str:
        """The newest code."""
        return str(self._receiver.deliveries[-1].said["code"])


@dataclass(frozen=True)
class Release:
    """The services of one release, as pages, gateways and shops' servers call them."""

    bridge: RunningBridge
    link: LinkClient
    processes: tuple[Process, Process]

    def frame(self, key: FrameKey | None = None) -> BridgeClient:
        """Return the calls of a frame, with its key."""
        return BridgeClient(self.bridge.public.http, key)


async def rights_of(source: Path, *users: str) -> list[list[str]]:
    """Return what a release's bridge and Link API need in Redis, as words of `ACL SETUSER`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PRINT_RIGHTS, *users),
        env=with_source(os.environ, source),
        stdout=PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [line.split()[1:] for line in output.decode().splitlines()]


def unpacked_release(folder: Path) -> Path:
    """Unpack the saved release, which serves today's browser code; return where its modules are."""
    [saved] = _SAVED.glob("*.xz")
    with tarfile.open(saved) as archive:
        archive.extractall(folder, filter="data")
    (folder / "build").mkdir()
    (folder / "build/browser").symlink_to(SOURCE.parent / "build/browser")
    return folder / "src"


@dataclass(frozen=True)
class Place:
    """Where the services of a release are, and the Link API that its bridge asks."""

    bridge: Address
    link_api: Address
    asks: Address


@asynccontextmanager
async def running_release(
    deployment: Deployment,
    source: Path,
    at: Place,
    receiver: Receiver,
    redis_urls: tuple[str, str],
    database_url: str,
) -> AsyncIterator[Release]:
    """Run a bridge and a Link API; the Redis URLs are theirs in this order."""
    link_settings = {
        "REDIS_URL": redis_urls[1],
        "DATABASE_URL": database_url,
        "OTP_SENDER": "webhook",
        "OTP_WEBHOOK_URL": receiver.url,
        "OTP_WEBHOOK_SECRET": SECRET,
        "ELEMENTS_JWKS_URL": f"http://{at.bridge.host}:{at.bridge.port}/v1/link/elements/jwks.json",
    }
    bridge_settings = {
        "REDIS_URL": redis_urls[0],
        "AUTH_SERVICE_URL": f"http://{at.asks.host}:{at.asks.port}",
        "INTERNAL_TOKEN": INTERNAL_TOKEN,
        **{f"LIMIT_{name}": _HIGH for name in ("BOOTSTRAP", "INIT", "CALLS", "SESSION_CALLS")},
    }
    async with (
        deployed(deployment, "link-api", link_settings, at=at.link_api, source=source) as link_api,
        deployed(deployment, "bridge", bridge_settings, at=at.bridge, source=source) as bridge,
        _calling(at.bridge.port) as public,
        _calling(at.bridge.internal_port) as internal,
        _calling(at.link_api.port) as link,
    ):
        yield Release(
            # The bridge itself is in its process.
            RunningBridge(cast("Any", None), BridgeClient(public), internal),
            LinkClient(link, Delivered(receiver)),
            (bridge, link_api),
        )


@asynccontextmanager
async def _calling(port: int) -> AsyncIterator[Any]:
    # Cookies are set by hand: a jar would keep no `Secure` one for plain http.
    async with ClientSession(
        f"http://127.0.0.1:{port}", response_class=WholeResponse, cookie_jar=DummyCookieJar()
    ) as session:
        yield session
