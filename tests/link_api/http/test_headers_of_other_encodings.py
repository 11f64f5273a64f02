"""A header that is no UTF-8 is a wrong credential, and no fault of ours."""

import asyncio
from pathlib import Path

import pytest

from tests.support.clients.link_client import SHOP, LinkClient
from tests.support.servers.databases import sqlite_in

BINDING = b"Link-Otp-Binding: bus_0123456789abcdef https://shop.example"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@pytest.mark.parametrize(
    ("route", "headers"),
    [
        (b"request-otp", [BINDING, b"Authorization: Bearer \xff\xfe"]),
        (b"verify-otp", [BINDING, b"Authorization: Bearer \xed\xa0\x80"]),
        (b"logout", [b"Authorization: Bearer \xff"]),
        (b"logout", [b"Cookie: __Host-link_refresh=\xff", f"Origin: {SHOP}".encode()]),
    ],
)
async def test_a_credential_that_is_no_text_is_refused(
    link: LinkClient, route: bytes, headers: list[bytes]
) -> None:
    """By 401, like any other that stands for nobody."""
    reader, writer = await asyncio.open_connection(link.http.host, link.http.port)
    head = [b"POST /v1/link/auth/" + route + b" HTTP/1.1", b"Host: link", b"Connection: close"]
    body = [b"Content-Type: application/json", b"Content-Length: 2", b"", b"{}"]
    writer.write(b"\r\n".join([*head, *headers, *body]))
    answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 401 "), answer[:200]
