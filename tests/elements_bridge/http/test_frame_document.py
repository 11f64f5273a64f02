"""The frame's document says how the shop wants it, in each coding, for no more round trips."""

import gzip
import subprocess
from typing import Final

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.http.static_files import static_root
from elements_bridge.keyring import KeyringFile
from link_kernel.ids import new_id
from tests.contract.node import NODE
from tests.support.clients.bridge_client import (
    SHOP,
    BridgeClient,
    configure,
    running_bridge,
    settings_for,
)
from tests.support.time_machine import MovableClock

BUILT: Final = (static_root() / "frame/frame.html").read_bytes()
_INFLATE: Final = (
    "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"
)


def brotli(content: bytes) -> bytes:
    """Return what a brotli stream holds; it must be whole."""
    done = subprocess.run([NODE, "-e", _INFLATE], input=content, capture_output=True, check=True)
    return done.stdout


PLAIN: Final = {"br": brotli, "gzip": gzip.decompress, "identity": bytes}


def saying(numbering: str) -> bytes:
    """Return the document that says a country."""
    return BUILT + f'<meta name="country" content="{numbering}">\n'.encode()


async def document(bridge: BridgeClient, business_id: str, coding: str) -> ClientResponse:
    """Fetch the document of a business's frame, and leave its body as it was sent."""
    response = await bridge.http.get(
        "/elements/auth",
        params={"business_id": business_id, "parent_origin": SHOP, "v": "1"},
        headers={"Accept-Encoding": coding},
        auto_decompress=False,
    )
    assert response.status == 200
    assert response.headers.get("Content-Encoding", "identity") == coding
    assert response.headers["Cache-Control"] == "no-store"
    return response


async def shop_in(redis: Redis, country: str) -> str:
    """Add a business in a country; return its id."""
    business_id = new_id("bus")
    await configure(RedisBusinesses(redis), business_id=business_id, country=country)
    return business_id


@pytest.mark.parametrize("coding", PLAIN)
async def test_each_coding_says_the_country_of_the_business(
    bridge: BridgeClient, redis: Redis, coding: str
) -> None:
    """And says none where none is known; the CSP is one and the same."""
    seen = {}
    for country, expected in {
        "GH": saying("GH 233 0"),
        "CI": saying("CI 225 "),
        "KE": saying("KE 254 0"),
        "": BUILT,
    }.items():
        business_id = await shop_in(redis, country)
        for _ in range(2):
            response = await document(bridge, business_id, coding)
            assert PLAIN[coding](await response.read()) == expected
        seen[country] = response.headers["Content-Security-Policy"]

    assert len(set(seen.values())) == 1


@pytest.mark.parametrize("coding", PLAIN)
async def test_it_says_where_a_reload_keeps_the_customer(
    bridge: BridgeClient, redis: Redis, coding: str
) -> None:
    """Of this business alone, behind the country."""
    keeping, forgetting = new_id("bus"), await shop_in(redis, "GH")
    await configure(RedisBusinesses(redis), business_id=keeping, country="GH", reload="keep")
    seen = [await (await document(bridge, one, coding)).read() for one in (keeping, forgetting)]

    kept = saying("GH 233 0") + b'<meta name="reload" content="keep">\n'
    assert [PLAIN[coding](body) for body in seen] == [kept, saying("GH 233 0")]


async def test_the_deployment_says_it_for_a_business_that_does_not(
    redis_url: str, redis: Redis, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(redis_url, keyring, default_country="KE")
    silent, ghanaian = await shop_in(redis, ""), await shop_in(redis, "GH")
    async with running_bridge(settings, clock) as bridge:
        said = [await (await document(bridge, one, "br")).read() for one in (silent, ghanaian)]

    assert [brotli(body) for body in said] == [saying("KE 254 0"), saying("GH 233 0")]


async def test_the_country_costs_few_bytes_and_no_round_trip(
    bridge: BridgeClient, redis: Redis
) -> None:
    """The document that is there in brotli stays so, with the country behind it."""
    business_id = await shop_in(redis, "GH")
    first = await (await document(bridge, business_id, "br")).read()
    await redis.config_resetstat()
    again = await (await document(bridge, business_id, "br")).read()

    assert again == first
    assert "cmdstat_hgetall" not in await redis.info("commandstats")
    built = (static_root() / "frame/frame.html.br").stat().st_size
    assert len(first) <= built + len(saying("GH 233 0")) - len(BUILT) + 4


async def test_head_says_nothing_of_a_business(bridge: BridgeClient, redis: Redis) -> None:
    params = {"business_id": await shop_in(redis, "GH"), "parent_origin": SHOP, "v": "1"}
    response = await bridge.http.head("/elements/auth", params=params)
    assert (response.status, await response.read()) == (204, b"")
