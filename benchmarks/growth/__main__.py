"""Measures a bridge with a thousand, a hundred thousand and a million sessions in Redis.

    python -m benchmarks.growth [SESSIONS …]

Four of five are guests', the fifth is a customer's with a login. A refresh, a forward-auth and a
reading of a session must cost the same with any number; the exit status is 1 where one does not.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import uvloop
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient
from redis.asyncio import Redis
from tests.support.clients.bridge_client import BridgeClient
from tests.support.link_login import log_in

from benchmarks.growth.measures import Figure, calls, probes, scans, starts, used_bytes
from benchmarks.growth.writing import Recording, record, write
from benchmarks.measuring.cpu import measuring
from benchmarks.measuring.rounds import Row
from benchmarks.measuring.table import markdown_table
from benchmarks.rows.bridge import QUICK_FRAMES, Bridge, running_bare, running_bridge
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import sha256_hex
from link_kernel.redis.connection import connect
from link_kernel.redis.pools import TimeOuts

SIZES: Final = (1_000, 100_000, 1_000_000)
_CUSTOMER_OF: Final = 5
_HOST: Final = "127.0.0.1"
# By docs/session-store.md, with what the tables take while they double.
_PROMISED: Final = (700, 2_200)
_ENOUGH: Final = 10_000
# A scan of a million sessions takes seconds on a busy machine.
_PATIENT: Final = TimeOuts(connect_s=10, read_s=60)


@dataclass
class Growth:
    """One store that grows, and a bridge on it."""

    server: EmbeddedRedis
    redis: Redis
    bridge: Bridge
    bare: Row
    folder: Path
    guests: Recording
    customers: Recording
    written: list[int] = field(default_factory=lambda: [0, 0])

    async def grow_to(self, sessions: int) -> list[Figure]:
        """Write sessions until there are so many; return what each of the new ones takes."""
        customers = sessions // _CUSTOMER_OF
        wanted = (sessions - customers, customers)
        names = "Redis, bytes of a guest's session", "Redis, bytes of a customer's, and the login"
        found = []
        for kind, recording in enumerate((self.guests, self.customers)):
            before = await used_bytes(self.redis)
            new = range(self.written[kind], wanted[kind])
            await write(self.server.port, recording, new)
            self.written[kind] = wanted[kind]
            each = (await used_bytes(self.redis) - before) / len(new)
            noise = (
                "" if len(new) >= _ENOUGH else "too few are new: the tables double at some sizes"
            )
            found.append(Figure(names[kind], each, 0, may_grow=noise, most=_PROMISED[kind]))
        return found

    async def measure(self, sessions: int) -> list[Figure]:
        """Grow, and measure everything."""
        _say(f"{sessions:,} sessions\n")
        return [
            *await self.grow_to(sessions),
            *await calls(self.bare, self.bridge, self.redis),
            *await probes(self.bridge),
            *await starts(self.server.url, self.folder),
            *await scans(self.redis),
        ]


async def measured(sizes: Sequence[int], folder: Path) -> list[list[Figure]]:
    """Start the servers and measure at each size."""
    async with (
        EmbeddedRedis() as server,
        connect(server.url, time_outs=_PATIENT) as redis,
        running_bare(folder, calls=2 * QUICK_FRAMES) as bare,
        running_bridge(server.url, folder) as bridge,
        ClientSession(f"http://{_HOST}:{bridge.public.port}") as http,
    ):
        frame = BridgeClient(cast("TestClient[Any, Any]", http))

        async def guest() -> list[str]:
            return [(await frame.init())["session"]["id"]]

        async def customer() -> list[str]:
            login = await log_in(redis)
            grant = await frame.init(element="address", token=login.token)
            token = sha256_hex(login.token)
            return [grant["session"]["id"], login.customer_id, login.link_session_id, token]

        guests, customers = await record(server.port, guest), await record(server.port, customer)
        growth = Growth(server, redis, bridge, bare, folder, guests, customers)
        return [await growth.measure(sessions) for sessions in sizes]


def table_of(sizes: Sequence[int], columns: Sequence[Sequence[Figure]]) -> str:
    """Return the table; a figure that has grown and may not is marked."""
    lines = []
    for row in zip(*columns, strict=True):
        values = [f"{one.value:,.{one.decimals}f}" for one in row]
        marks = ["**" if one.has_grown(row[0]) else "" for one in row]
        lines.append([row[0].name, *(m + v + m for m, v in zip(marks, values, strict=True))])
    return markdown_table(lines, ["sessions", *(f"{size:,}" for size in sizes)])


def main() -> None:
    """Print the table."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    with TemporaryDirectory() as folder, measuring():
        columns = uvloop.run(measured(sizes, Path(folder)))
    print(table_of(sizes, columns))
    has_grown = any(one.has_grown(row[0]) for row in zip(*columns, strict=True) for one in row)
    sys.exit(has_grown)


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    main()
