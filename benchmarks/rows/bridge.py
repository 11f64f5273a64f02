"""The bridge as it is deployed, by its own command, and its rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    LINK,
    NOBODY,
    SHOP,
    Verifier,
    configure,
)

from benchmarks.measuring.messages import request
from benchmarks.measuring.processes import Server, module, serving
from benchmarks.measuring.rounds import BARE, Row
from benchmarks.rows.frames import (
    Authorizations,
    Bootstraps,
    Frame,
    Inits,
    Refreshes,
    bootstrap_request,
    new_frames,
)
from benchmarks.rows.plain import BARE_CALLS, Same
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import new_keyring_file
from link_dev.embedded.free_port import free_port
from link_kernel.redis.connection import connect

FRAMES: Final = 1_000
QUICK_FRAMES: Final = 300
_MANY: Final = 1_000_000
# One address and one business make all calls; every limit is counted, and none is reached.
LIMITS: Final = {
    **{f"ELEMENTS_LIMIT_{name}": str(_MANY) for name in ("BOOTSTRAP", "INIT", "GUESTS")},
    "ELEMENTS_LIMIT_GUESTS_CROWD": str(_MANY),
    "ELEMENTS_LIMIT_SESSION_CALLS": str(_MANY),
    **{f"ELEMENTS_LIMIT_{name}": str(_MANY) for name in ("REFRESH", "CALLS")},
    "ELEMENTS_LIMIT_ROTATIONS": "100",
}
OURS: Final = "POST refresh"
INTERNAL_TOKEN: Final = "benchmark-internal-token"  # noqa: S105  # of this run alone
_UNLISTED: Final = "https://unlisted.example"


@dataclass(frozen=True)
class Bridge:
    """A running bridge: one process with both listeners, which have a port each."""

    public: Server
    internal: Server


@asynccontextmanager
async def running_bridge(
    redis_url: str, folder: Path, *, workers: int = 1
) -> AsyncIterator[Bridge]:
    """Run `elements-bridge serve` with its defaults: logs at `info` in JSON, metrics and limits."""
    async with connect(redis_url) as redis:
        await configure(RedisBusinesses(redis))
    port, internal_port = free_port(), free_port()
    env = {
        "ELEMENTS_REDIS_URL": redis_url,
        "ELEMENTS_KEYRING": new_keyring_file().model_dump_json(),
        "ELEMENTS_AUTH_SERVICE_URL": NOBODY,
        "ELEMENTS_AUTH_SERVICE_TOKEN": "nobody-is-asked-with-this",
        "ELEMENTS_PORT": str(port),
        "ELEMENTS_INTERNAL_PORT": str(internal_port),
        "ELEMENTS_INTERNAL_TOKEN": INTERNAL_TOKEN,
        "ELEMENTS_WORKERS": str(workers),
        **LIMITS,
    }
    async with serving(
        module("elements_bridge", "serve"),
        port,
        output=folder / f"bridge-{port}.log",
        env=env,
        health=(internal_port, "/healthz"),
    ) as server:
        yield Bridge(server, replace(server, port=internal_port))


@asynccontextmanager
async def running_bare(folder: Path, *, calls: int = FRAMES) -> AsyncIterator[Row]:
    """Run the bare handler and return its row."""
    port = free_port()
    command = module("benchmarks.bare", str(port))
    async with serving(command, port, output=folder / "bare.log") as server:
        yield Row(BARE, server, calls, BARE_CALLS)


async def quick_rows(bridge: Bridge) -> list[Row]:
    """Return the rows of the hot path."""
    count = QUICK_FRAMES
    frames = await new_frames(bridge.public.port, count)
    return [
        Row(OURS, bridge.public, count, Refreshes(frames)),
        Row("POST bootstrap, guest", bridge.public, count, Bootstraps()),
        *_authorize(bridge, frames),
        _jwks(bridge, 2 * count),
    ]


async def all_rows(bridge: Bridge) -> list[Row]:
    """Return every row of the bridge."""
    frames = await new_frames(bridge.public.port, FRAMES)
    bound = await new_frames(bridge.public.port, FRAMES, with_keys=True)
    public, internal = bridge.public, bridge.internal
    return [
        Row(OURS, public, FRAMES, Refreshes(frames)),
        Row("POST refresh, DPoP", public, FRAMES, Refreshes(bound)),
        Row("POST bootstrap, guest", public, FRAMES, Bootstraps()),
        Row("POST init, guest", public, FRAMES, Inits(public.port)),
        *_authorize(bridge, frames),
        Row("GET authorize, DPoP, token seen", internal, FRAMES, Authorizations(bound)),
        Row("GET frame document", public, FRAMES, _document()),
        _jwks(bridge, 2 * FRAMES),
        Row("GET healthz", internal, 2 * FRAMES, Same(request("GET", "/healthz"))),
        Row("a path that is not there: 404", public, 2 * FRAMES, _not_there()),
        Row("refresh from a shop's page: 403", public, 2 * FRAMES, _foreign_refresh()),
        Row("bootstrap from an unlisted page: 403", public, FRAMES, _unlisted_bootstrap()),
    ]


async def workers_row(bridge: Bridge, workers: int) -> Row:
    """Return the refresh of a bridge with several workers, all on the server's core."""
    frames = await new_frames(bridge.public.port, FRAMES)
    return Row(f"{OURS}, {workers} workers", bridge.public, FRAMES, Refreshes(frames))


def _authorize(bridge: Bridge, frames: list[Frame]) -> list[Row]:
    """Return both rows; they follow the refresh of the same frames, which made the tokens new."""
    asked = Authorizations(frames)
    return [
        Row("GET authorize, token not seen", bridge.internal, len(frames), asked),
        Row("GET authorize, token seen", bridge.internal, 2 * len(frames), asked),
    ]


def _jwks(bridge: Bridge, calls: int) -> Row:
    return Row("GET jwks.json", bridge.public, calls, Same(request("GET", f"{API}/jwks.json")))


def _document() -> Same:
    query = urlencode({"business_id": BUSINESS, "parent_origin": SHOP, "v": "1"})
    return Same(request("GET", f"/elements/payment?{query}", {"Accept-Encoding": "br"}))


def _not_there() -> Same:
    return Same(request("GET", f"{API}/not-there", {"Origin": LINK}), status=404)


def _foreign_refresh() -> Same:
    headers = {"Origin": SHOP, "Idempotency-Key": "k" * 32}
    body = {"refresh_token": f"elr_{'x' * 120}"}
    return Same(request("POST", f"{API}/refresh", headers, body), status=403)


def _unlisted_bootstrap() -> Same:
    return Same(bootstrap_request(Verifier.new(), origin=_UNLISTED), status=403)
