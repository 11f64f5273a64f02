"""The Link API as it is deployed, by its own command, on both databases, and its rows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.clients.link_client import PREFIX, new_key
from tests.support.link_login import log_in

from benchmarks.measuring.generator import exchange
from benchmarks.measuring.messages import Answer, request
from benchmarks.measuring.processes import Server, module, serving
from benchmarks.measuring.rounds import Row
from link_api.customers.storage import SqlCustomers
from link_api.database.startup import open_database
from link_api.spelling.contacts import Contact
from link_dev.embedded.free_port import free_port
from link_kernel.clock import SystemClock
from link_kernel.keys.keyring_file import SecretKeyring, new_secret
from link_kernel.redis.connection import connect

READERS: Final = 32
WRITERS: Final = 300
_READS: Final = 300
_ADDRESSES: Final = 5
_WALLETS: Final = 3
ADDRESS: Final = {
    "label": "Home",
    "street_address": "12 Ring Road",
    "city": "Accra",
    "region": "Greater Accra",
    "apartment": "4B",
    "phone_for_delivery": "024 123 4567",
    "latitude": 5.56,
    "longitude": -0.18,
}


@asynccontextmanager
async def running_link_api(
    redis_url: str, database_url: str, kind: str, folder: Path
) -> AsyncIterator[list[Row]]:
    """Run `link-api serve` with its defaults, and return the rows; `kind` names the database."""
    port, internal_port = free_port(), free_port()
    env = {
        "LINK_REDIS_URL": redis_url,
        "LINK_DATABASE_URL": database_url,
        "LINK_KEYRING": SecretKeyring(secrets=(new_secret(),)).model_dump_json(),
        "LINK_PORT": str(port),
        "LINK_INTERNAL_PORT": str(internal_port),
        "LINK_MODE": "test",
    }
    async with serving(
        module("link_api", "serve"),
        port,
        output=folder / f"link-api-{port}.log",
        env=env,
        health=(internal_port, "/healthz"),
    ) as server:
        yield await _rows(server, redis_url, database_url, kind)


async def _rows(server: Server, redis_url: str, database_url: str, kind: str) -> list[Row]:
    tokens = await _logins(redis_url, database_url, READERS + WRITERS)
    readers, writers = tokens[:READERS], tokens[READERS:]
    await _fill(server.port, readers)
    return [
        Row(f"GET data, {kind}", server, _READS, Reads(readers)),
        Row(f"POST addresses, {kind}", server, WRITERS, Writes(writers)),
    ]


async def _logins(redis_url: str, database_url: str, count: int) -> list[str]:
    """Return the `lnk_` of so many new customers."""
    tokens = []
    async with connect(redis_url) as redis, open_database(database_url) as engine:
        customers = SqlCustomers(engine, SystemClock())
        for number in range(count):
            customer = await customers.of_contact(Contact("phone", f"+23324{number:07}"))
            tokens.append((await log_in(redis, customer_id=customer.id)).token)
    return tokens


async def _fill(port: int, tokens: Sequence[str]) -> None:
    """Give each customer what the row reads."""
    asked = [_write(token, "addresses", ADDRESS) for token in tokens for _ in range(_ADDRESSES)]
    asked += [
        _write(token, "mobile-money", {"provider": "mtn", "phone_number": f"+23324123456{number}"})
        for token in tokens
        for number in range(_WALLETS)
    ]
    for answer in await exchange(port, asked):
        answer.expect(201)


def _write(token: str, path: str, body: dict[str, Any]) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_key()}
    return request("POST", f"{PREFIX}/{path}", headers, body)


@dataclass(frozen=True)
class Reads:
    """Customers who read all that they have."""

    tokens: Sequence[str]

    async def prepare(self, count: int) -> list[bytes]:
        """Return requests of the customers in turn."""
        made = [
            request("GET", f"{PREFIX}/data", {"Authorization": f"Bearer {token}"})
            for token in self.tokens
        ]
        return [made[at % len(made)] for at in range(count)]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each has everything."""
        for answer in answers:
            data = answer.json()["data"]
            assert (len(data["addresses"]), len(data["mobile_money"])) == (_ADDRESSES, _WALLETS)


@dataclass(frozen=True)
class Writes:
    """Customers who each save one address in a slice; a customer may have 50, more than slices."""

    tokens: Sequence[str]

    async def prepare(self, count: int) -> list[bytes]:
        """Return one request of each customer, with a key of its own."""
        assert count == len(self.tokens)
        return [_write(token, "addresses", ADDRESS) for token in self.tokens]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each was saved."""
        saved = {answer.json(status=201)["data"]["id"] for answer in answers}
        assert len(saved) == len(answers)
