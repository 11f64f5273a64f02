"""Measures a revocation: from the request at one replica to the first refusal at another.

Two bridges run in processes of their own on one Redis. A session is revoked at the internal
listener of one, and `/authorize` of the other is asked until it refuses.

    python -m benchmarks.revocation
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
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
)
from tests.support.link_login import log_in

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import new_keyring_file
from elements_bridge.serving.serve import serve
from elements_bridge.settings import Settings
from link_dev.embedded.free_port import free_port
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.observability.logs import configure_logs
from link_kernel.redis.connection import connect

REVOCATIONS: Final = 200
_TOKEN: Final = "benchmark-internal-token"  # noqa: S105  # between two processes of this run
_REVOKED: Final = 401
_OK: Final = 200


def run(settings: Settings) -> None:
    """Serve a bridge until the process is ended."""
    configure_logs("json", "error")
    uvloop.run(serve(settings))


@dataclass(frozen=True)
class Replica:
    """A bridge in a process of its own."""

    http: ClientSession
    settings: Settings

    def public(self, route: str) -> str:
        """Return the URL of a public route."""
        return f"http://127.0.0.1:{self.settings.port}{API}/{route}"

    def internal(self, route: str) -> str:
        """Return the URL of an internal route."""
        return f"http://127.0.0.1:{self.settings.internal_port}/{route}"

    async def ready(self) -> None:
        """Wait until `/readyz` says that it is ready."""
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(OSError):
                    async with self.http.get(self.internal("readyz")) as answer:
                        if answer.status == _OK:
                            return
                await asyncio.sleep(0.05)

    async def session(self, link_token: str) -> tuple[str, str]:
        """Make a session; return its id and access token."""
        verifier = Verifier.new()
        headers = {"Origin": SHOP, "Authorization": f"Bearer {link_token}"}
        body: dict[str, Any] = {"element": "auth", "code_challenge": verifier.challenge}
        url = self.public(f"bootstrap?business_id={BUSINESS}")
        async with self.http.post(url, json=body, headers=headers) as answer:
            handed = (await answer.json())["data"]["bootstrap_token"]
        body = {
            "bootstrap_token": handed,
            "code_verifier": verifier.text,
            "business_id": BUSINESS,
            "element": "auth",
            "parent_origin": SHOP,
        }
        headers = {"Origin": LINK, "Idempotency-Key": new_key()}
        async with self.http.post(self.public("init"), json=body, headers=headers) as answer:
            grant = (await answer.json())["data"]
        return grant["session"]["id"], grant["access_token"]

    async def authorize(self, access_token: str) -> int:
        """Return the status of forward-auth for a token."""
        headers = {
            "Authorization": f"Bearer {access_token}",
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Uri": "/",
        }
        async with self.http.get(self.internal("authorize"), headers=headers) as answer:
            return answer.status

    async def revoke(self, session_id: str) -> None:
        """Revoke a session."""
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        body = {"session_id": session_id}
        async with self.http.post(self.internal("revoke"), json=body, headers=headers) as answer:
            assert answer.status == _OK


@asynccontextmanager
async def replicas(redis_url: str) -> AsyncIterator[tuple[Replica, Replica]]:
    """Serve two bridges on one Redis."""
    keyring, processes = new_keyring_file(), []
    async with ClientSession(connector=TCPConnector(limit=8)) as http:
        found = []
        for _ in range(2):
            settings = settings_for(
                redis_url,
                keyring,
                port=free_port(),
                internal_port=free_port(),
                internal_token=_TOKEN,
                log_level="error",
            )
            process = get_context("spawn").Process(target=run, args=(settings,), daemon=True)
            process.start()
            processes.append(process)
            found.append(Replica(http, settings))
        try:
            for replica in found:
                await replica.ready()
            yield found[0], found[1]
        finally:
            for process in processes:
                process.kill()


async def until_refused(replica: Replica, access_token: str) -> float:
    """Ask until the token is refused; return that instant."""
    async with asyncio.timeout(5):
        while await replica.authorize(access_token) != _REVOKED:
            pass
    return time.perf_counter()


async def measure() -> list[float]:
    """Return the milliseconds of each revocation, from its request to the refusal elsewhere."""
    took_ms = []
    async with EmbeddedRedis() as server, connect(server.url) as redis:
        await configure(RedisBusinesses(redis))
        async with replicas(server.url) as (here, there):
            for _ in range(REVOCATIONS):
                login = await log_in(redis)
                session_id, token = await here.session(login.token)
                assert await there.authorize(token) == _OK
                refused = asyncio.create_task(until_refused(there, token))
                await asyncio.sleep(0)
                began = time.perf_counter()
                await here.revoke(session_id)
                took_ms.append((await refused - began) * 1000)
    return took_ms


def main() -> None:
    """Print the median and the tail."""
    took = sorted(asyncio.run(measure()))
    p99 = took[int(len(took) * 0.99) - 1]
    print(f"{len(took)} revocations on one replica, refused on another; milliseconds")
    print(f"median {statistics.median(took):6.1f}   p99 {p99:6.1f}   worst {took[-1]:6.1f}")


if __name__ == "__main__":
    main()
