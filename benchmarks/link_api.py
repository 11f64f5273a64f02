"""Measures the Link API: reads and writes per second and their CPU, beside a bare aiohttp handler.

The database is SQLite.

    python -m benchmarks.link_api
"""

from tempfile import TemporaryDirectory
from typing import Final

import uvloop
from aiohttp import ClientSession, TCPConnector
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import PREFIX, settings_for
from tests.support.link_login import log_in

from benchmarks.load import CONNECTIONS, Call, Figure, Server, bare_calls, report, rounds
from benchmarks.servers import serve_bare, serve_link_api
from link_api.contacts import Contact
from link_api.customers.storage import SqlCustomers
from link_api.database.startup import open_database
from link_api.settings import Settings
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.clock import SystemClock
from link_kernel.redis.connection import connect

_ADDRESSES_EACH: Final = 3


async def logins(settings: Settings) -> list[str]:
    """Return the `lnk_` of as many customers as there are connections."""
    redis_url, database_url = settings.redis_url, settings.database_url
    tokens = []
    async with (
        connect(redis_url.get_secret_value()) as redis,
        open_database(database_url.get_secret_value()) as engine,
    ):
        customers = SqlCustomers(engine, SystemClock())
        for number in range(CONNECTIONS):
            contact = Contact("phone", f"+23324{number:07}")
            customer = await customers.of_contact(contact)
            tokens.append((await log_in(redis, customer_id=customer.id)).token)
    return tokens


async def caller(http: ClientSession, url: str, token: str, *, writes: bool) -> Call:
    """Return a customer with saved addresses, who reads their data or counts a use."""
    headers = {"Authorization": f"Bearer {token}"}
    base = f"{url}{PREFIX}"
    for _ in range(0 if writes else _ADDRESSES_EACH):
        async with http.post(f"{base}/addresses", json=HOME, headers=headers) as answer:
            assert answer.ok, await answer.text()
    async with http.get(f"{base}/addresses", headers=headers) as answer:
        used = (await answer.json())["data"][0]["id"]

    async def read() -> None:
        async with http.get(f"{base}/data", headers=headers) as answer:
            assert answer.ok, await answer.text()

    async def write() -> None:
        path = f"{base}/addresses/{used}/track-usage"
        async with http.post(path, headers=headers) as answer:
            assert answer.ok, await answer.text()

    return write if writes else read


async def measured(settings: Settings) -> dict[str, list[Figure]]:
    """Measure reads and writes in turns with the bare handler."""
    tokens = await logins(settings)
    bare, link = Server(serve_bare), Server(serve_link_api, settings)
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as http:
        reads = [await caller(http, link.url, token, writes=False) for token in tokens]
        writes = [await caller(http, link.url, token, writes=True) for token in tokens]
        figures = await rounds(
            {
                "bare handler": (bare, bare_calls(http, bare.url)),
                "GET data": (link, reads),
                "track-usage": (link, writes),
            }
        )
    for server in (bare, link):
        server.end()
    return figures


async def main() -> None:
    """Start Redis, measure and report."""
    with TemporaryDirectory() as folder:
        async with EmbeddedRedis() as redis:
            report(await measured(settings_for(redis.url, f"sqlite:///{folder}/link.db")))


if __name__ == "__main__":
    uvloop.run(main())
