"""Measures refreshes and forward-auth per second, and their CPU, beside a bare aiohttp handler.

python -m benchmarks.refresh
"""

import itertools
from typing import Any, Final

import uvloop
from aiohttp import ClientSession, TCPConnector
from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    LINK,
    SHOP,
    Verifier,
    configure,
    new_key,
    settings_for,
    spent_by,
    url_of,
)
from tests.support.frame_key import FrameKey

from benchmarks.load import (
    CALLS_EACH,
    CONNECTIONS,
    ROUNDS,
    Call,
    Figure,
    Server,
    bare_calls,
    report,
    rounds,
)
from benchmarks.servers import serve_bare, serve_bridge, serve_internal
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import new_keyring_file
from elements_bridge.settings import Settings
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.connection import connect

# A session rotates ten times a minute at most, so each caller takes turns with so many sessions.
SESSIONS_EACH: Final = CALLS_EACH * (ROUNDS + 1) // 10


async def refresh_calls(
    http: ClientSession, url: str, *, key: FrameKey | None = None
) -> list[Call]:
    """Return callers that each own sessions and rotate them in turns, generation by generation."""
    return [await _refresher(http, url, key) for _ in range(CONNECTIONS)]


async def authorize_calls(
    http: ClientSession, url: str, public_url: str, *, key: FrameKey | None = None
) -> list[Call]:
    """Return callers that ask as a gateway does, each for a guest of its own."""
    return [await _gateway(http, url, public_url, key) for _ in range(CONNECTIONS)]


async def _gateway(http: ClientSession, url: str, public_url: str, key: FrameKey | None) -> Call:
    token = (await _session(http, public_url, key))["access_token"]
    scheme = "Bearer" if key is None else "DPoP"
    asked = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/v1/link/addresses"}
    headers = {**asked, "Authorization": f"{scheme} {token}"}

    async def call() -> None:
        if key is not None:
            url_asked = f"{LINK}/v1/link/addresses"
            headers["DPoP"] = key.proof(url_asked, method="GET", token=token)
        async with http.get(f"{url}/authorize?guest=1", headers=headers) as response:
            assert response.ok, await response.text()

    return call


async def _refresher(http: ClientSession, url: str, key: FrameKey | None) -> Call:
    turns = itertools.cycle([await _session(http, url, key) for _ in range(SESSIONS_EACH)])

    async def call() -> None:
        session = next(turns)
        body = {"refresh_token": session["refresh_token"]}
        session.update(await _post(http, url, "refresh", body, key=key))

    return call


async def _session(http: ClientSession, url: str, key: FrameKey | None = None) -> dict[str, Any]:
    verifier = Verifier.new()
    bootstrap = await _post(
        http,
        url,
        f"bootstrap?business_id={BUSINESS}",
        {"element": "auth", "code_challenge": verifier.challenge},
        origin=SHOP,
    )
    body = {
        "bootstrap_token": bootstrap["bootstrap_token"],
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": "auth",
        "parent_origin": SHOP,
    }
    return await _post(http, url, "init", body, key=key)


async def _post(  # noqa: PLR0913  # a call has so many parts
    http: ClientSession,
    url: str,
    route: str,
    body: object,
    *,
    origin: str = LINK,
    key: FrameKey | None = None,
) -> dict[str, Any]:
    headers = {"Origin": origin, "Idempotency-Key": new_key()}
    if key is not None:
        headers["DPoP"] = key.proof(url_of(route), token=spent_by(body))
    async with http.post(f"{url}{API}/{route}", json=body, headers=headers) as response:
        answer = await response.json()
        assert response.ok, answer
        data: dict[str, Any] = answer["data"]
        return data


async def measured(settings: Settings) -> dict[str, list[Figure]]:
    """Measure every kind of call in turns."""
    bare, bridge, internal = (
        Server(serve_bare),
        Server(serve_bridge, settings),
        Server(serve_internal, settings),
    )
    key = FrameKey()
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as http:
        inside, public = internal.url, bridge.url
        figures = await rounds(
            {
                "bare handler": (bare, bare_calls(http, bare.url)),
                "refresh": (bridge, await refresh_calls(http, public)),
                "refresh, DPoP": (bridge, await refresh_calls(http, public, key=key)),
                "forward-auth": (internal, await authorize_calls(http, inside, public)),
                "the same, DPoP": (internal, await authorize_calls(http, inside, public, key=key)),
            }
        )
    for server in (bare, bridge, internal):
        server.end()
    return figures


async def main() -> None:
    """Start Redis, measure and report."""
    async with EmbeddedRedis() as redis:
        async with connect(redis.url) as client:
            await configure(RedisBusinesses(client))
        settings = settings_for(redis.url, new_keyring_file())
        report(await measured(settings))


if __name__ == "__main__":
    uvloop.run(main())
