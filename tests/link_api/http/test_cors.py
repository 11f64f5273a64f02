"""Checks of every route of `/v1/link/auth`: origin, method, content type, size, shape."""

from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from link_api.app import open_link_api
from link_api.settings import Settings
from link_kernel.web.application import new_application
from tests.support.clients.link_client import (
    API,
    OTHER_SHOP,
    PHONE,
    SHOP,
    UNLISTED,
    Asking,
    LinkClient,
    granted,
    new_key,
    refusal,
)
from tests.support.clients.whole_response import WholeResponse
from tests.support.servers.databases import sqlite_in
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock

ROUTES = ("request-otp", "verify-otp", "refresh", "logout")
CORS = "Access-Control-Allow-Origin"
EXPOSED = "Retry-After, X-Request-Id, DPoP-Nonce"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@pytest.mark.parametrize("origin", [SHOP, OTHER_SHOP])
async def test_a_listed_page_may_read_the_answer(link: LinkClient, origin: str) -> None:
    """Exactly that page, with its cookie."""
    answer = await link.request_otp(asking=Asking(origin=origin))

    await granted(answer)
    assert answer.headers[CORS] == origin
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Access-Control-Expose-Headers"] == EXPOSED
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("route", ROUTES)
async def test_a_listed_page_may_read_refusals_too(link: LinkClient, route: str) -> None:
    """Else a page could not tell its customer what is wrong."""
    answer = await link.post(route, {"unknown": 1}, Asking(origin=SHOP, key=new_key()))

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert answer.headers[CORS] == SHOP


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("origin", "outcome"),
    [
        (UNLISTED, (403, "ORIGIN_NOT_ALLOWED")),
        ("null", (403, "ORIGIN_NOT_ALLOWED")),
        ("http://shop.example", (403, "ORIGIN_NOT_ALLOWED")),
        ("https://shop.example.", (403, "ORIGIN_NOT_ALLOWED")),
        ("https://shop.example:8443", (403, "ORIGIN_NOT_ALLOWED")),
        ("https://www.shop.example", (403, "ORIGIN_NOT_ALLOWED")),
        ("https://shop.example.evil.example", (403, "ORIGIN_NOT_ALLOWED")),
        ("HTTPS://shop.example", (400, "ORIGIN_MALFORMED")),
        ("https://shop.example/", (400, "ORIGIN_MALFORMED")),
        ("https://shop.example:443", (400, "ORIGIN_MALFORMED")),
        ("https://shop.example@evil.example", (400, "ORIGIN_MALFORMED")),
        ("https://shop.example https://evil.example", (400, "ORIGIN_MALFORMED")),
        ("", (400, "ORIGIN_MALFORMED")),
    ],
)
async def test_any_other_page_is_refused(
    link: LinkClient, route: str, origin: str, outcome: tuple[int, str]
) -> None:
    """Compared whole, `null` never, and it may not read why."""
    answer = await link.post(route, {}, Asking(origin=origin))

    assert await refusal(answer) == outcome
    assert CORS not in answer.headers


async def test_two_origins_are_none(link: LinkClient) -> None:
    """A doubled header is nobody's."""
    headers = [("Origin", SHOP), ("Origin", OTHER_SHOP)]
    answer = await link.http.post(f"{API}/refresh", json={}, headers=headers)

    assert await refusal(answer) == (400, "ORIGIN_MALFORMED")


@pytest.mark.parametrize("route", ROUTES)
async def test_a_preflight_admits_listed_pages_alone(link: LinkClient, route: str) -> None:
    """With the headers the routes read, for two hours; the binding is not theirs to send."""

    async def ask(origin: str) -> ClientResponse:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return await link.http.options(f"{API}/{route}", headers=headers)

    allowed = await ask(SHOP)
    assert allowed.status == 204
    assert allowed.headers[CORS] == SHOP
    assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    assert allowed.headers["Access-Control-Allow-Methods"] == "GET, POST, DELETE"
    assert allowed.headers["Access-Control-Allow-Headers"] == (
        "Authorization, Content-Type, DPoP, Idempotency-Key, Link-Confirmation"
    )
    assert allowed.headers["Access-Control-Max-Age"] == "7200"
    for origin in (UNLISTED, "null"):
        answer = await ask(origin)
        assert await refusal(answer) == (403, "ORIGIN_NOT_ALLOWED")
        assert CORS not in answer.headers


@pytest.mark.parametrize("route", ROUTES)
async def test_only_post_with_json_is_taken(link: LinkClient, route: str) -> None:
    """A form or text/plain would reach us without a preflight."""
    url = f"{API}/{route}"
    assert await refusal(await link.http.get(url)) == (405, "METHOD_NOT_ALLOWED")
    assert await refusal(await link.http.options(url)) == (405, "METHOD_NOT_ALLOWED")
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
        headers = {"Content-Type": content_type, "Idempotency-Key": new_key()}
        answer = await link.http.post(url, data="{}", headers=headers)
        assert await refusal(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '"text"',
        "{",
        "NaN",
        '{"contact": 1}',
        '{"surplus": ""}',
        '{"refresh_token": "a", "refresh_token": "b"}',
        "[" * 10_000,
        '{"contact": "\\ud800", "contact_type": "phone", "otp_code": "000000"}',
        '{"contact": "+233241234567", "contact_type": "fax", "otp_code": "000000"}',
        '{"contact": "+233241234567", "contact_type": "phone", "otp_code": "00000"}',
        '{"contact": "+233241234567", "contact_type": "phone", "otp_code": "00000\\u0660"}',
        '{"contact": "+233241234567", "contact_type": "phone", "otp_code": 123456}',
        '{"refresh_token": "\\ud800"}',
        '{"refresh_token": ""}',
    ],
)
async def test_a_body_of_another_shape_is_refused(link: LinkClient, route: str, body: str) -> None:
    """No fault of the caller's is a fault of ours."""
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": new_key(),
        "Authorization": "Bearer lnk_x",
    }
    answer = await link.http.post(f"{API}/{route}", data=body.encode(), headers=headers)

    refused = {(400, "VALIDATION_ERROR"), (401, "REFRESH_TOKEN_INVALID")}
    if not body and route == "logout":  # no body is fine there, the token is not
        refused = {(401, "UNAUTHENTICATED")}
    assert await refusal(answer) in refused


async def test_a_large_body_is_not_read(link: LinkClient) -> None:
    """Nor parsed."""
    answer = await link.post("refresh", {"refresh_token": "x" * 20_000}, Asking(key=new_key()))

    assert await refusal(answer) == (413, "PAYLOAD_TOO_LARGE")


async def test_other_addresses_hold_nothing(link: LinkClient) -> None:
    """Nothing else of the Link API is here yet."""
    assert await refusal(await link.post("unknown", {})) == (404, "NOT_FOUND")


async def test_one_api_serves_several_roots(settings: Settings, clock: MovableClock) -> None:
    """`link_dev` mounts it on three hosts; they share every session and every bound."""
    async with open_link_api(settings, clock=clock) as api:
        roots = [new_application(), new_application()]
        for root in roots:
            api.mount(root)
        statuses = [await _status(root) for root in roots]

    assert statuses == [200, 429]


async def _status(root: web.Application) -> int:
    body = {"contact": PHONE, "contact_type": "phone"}
    async with TestClient(ProductionTestServer(root), response_class=WholeResponse) as http:
        return (await http.post(f"{API}/request-otp", json=body)).status
