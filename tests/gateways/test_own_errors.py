"""What a gateway answers by itself is an error as ours, whose code and Retry-After are read."""

import asyncio
import json
from typing import Final

import pytest

from tests.gateways.gateway_stack import ADDRESSES, CHECKOUT, LINK_HOST, GatewayStack
from tests.gateways.samples import HOST
from tests.support.clients.bridge_client import LINK, SHOP, Json

BOOTSTRAP: Final = "/v1/link/elements/bootstrap?business_id=bus_x"
EVERYWHERE: Final = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
BIG: Final = 40_000


async def answer_to(stack: GatewayStack, request: str) -> tuple[int, dict[str, str], Json]:
    """Send these very bytes; return status, headers and body."""
    reader, writer = await asyncio.open_connection(HOST, stack.port)
    writer.write(request.encode("latin-1"))
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    fields = [line.partition(": ") for line in lines]
    headers = {name.lower(): value for name, _, value in fields}
    assert len(headers) == len(fields), "a header came twice"
    body = await reader.readexactly(int(headers["content-length"]))
    writer.close()  # nginx would wait for the rest of a body that it refused
    await writer.wait_closed()
    return int(status.split()[1]), headers, json.loads(body)


def get(target: str, *fields: str, host: str = LINK_HOST) -> str:
    """Return a request."""
    lines = (f"GET {target} HTTP/1.1", f"Host: {host}", *fields, "Connection: close", "", "")
    return "\r\n".join(lines)


def error_of(body: Json) -> tuple[str, bool, str | None]:
    """Return what programs go by, of an error in our envelope."""
    assert body.keys() == {"success", "error"}
    assert body["success"] is False
    assert body["error"].keys() - {"action"} == {"code", "retryable", "message"}
    return body["error"]["code"], body["error"]["retryable"], body["error"].get("action")


@pytest.fixture
async def bereft(stack: GatewayStack) -> GatewayStack:
    """A gateway behind which nothing listens."""
    for served in (stack.internal, stack.frame.http.server, *stack.upstreams):
        await served.close()
    return stack


async def test_a_dead_upstream_is_an_error_that_is_tried_again(bereft: GatewayStack) -> None:
    targets = ("/v1/link/elements/jwks.json", "/elements/sdk/v1.js", "/v1/link/data", ADDRESSES)
    for target in (*targets, CHECKOUT):
        for method in ("GET", "POST"):
            status, headers, body = await answer_to(bereft, get(target).replace("GET", method, 1))
            assert (502, "UPSTREAM_UNAVAILABLE", True, None) == (status, *error_of(body))
            assert {**EVERYWHERE, "retry-after": "1"}.items() <= headers.items()
            assert len(headers["x-request-id"]) >= 16


async def test_a_shops_page_reads_why_its_bootstrap_failed(bereft: GatewayStack) -> None:
    """As it reads the bridge's refusals: whichever page may call, and no other page or route."""
    for origin, target, readable in (
        (SHOP, BOOTSTRAP, True),
        (SHOP, "/v1/link/elements/diagnose", True),
        ("https://shop.example:8443", BOOTSTRAP, True),
        (LINK, BOOTSTRAP, True),
        ("null", BOOTSTRAP, False),
        ("capacitor://localhost", BOOTSTRAP, False),
        ("https://Shop.example", BOOTSTRAP, False),
        (SHOP, "/v1/link/elements/refresh", False),
        (SHOP, "/v1/link/elements/bootstraps", False),
        (SHOP, f"/v1/link/data?x={BOOTSTRAP}", False),
    ):
        status, headers, _ = await answer_to(bereft, get(target, f"Origin: {origin}"))
        assert (502, origin if readable else None) == (
            status,
            headers.get("access-control-allow-origin"),
        )
        if readable:
            assert headers["access-control-expose-headers"] == "Retry-After, X-Request-Id"
            assert headers["vary"] == "Origin"


@pytest.mark.parametrize("name", ["nginx"], indirect=True)
async def test_what_nginx_does_not_read_is_refused_in_our_words(stack: GatewayStack) -> None:
    """Caddy has words of its own for these, which no setting changes."""
    too_long = f"/v1/link/data?x={'x' * BIG}"
    posted = get("/v1/link/data", "Content-Length: 2000000").replace("GET", "POST", 1)
    malformed = (400, "VALIDATION_ERROR", False, "fix_integration")
    too_long_headers = (431, "HEADERS_TOO_LARGE", False, "fix_integration")
    for request, expected in {
        get(too_long): too_long_headers,
        get("/v1/link/data", f"Cookie: {'x' * BIG}"): too_long_headers,
        get("/v1/link/data", f"Host: {LINK_HOST}"): malformed,
        get("/v1/link/data", "Content-Length: x"): malformed,
        get(too_long, host="evil.example"): too_long_headers,
        get("/_link/checkout"): (404, "NOT_FOUND", False, None),
        get("/_link/error/unavailable"): (404, "NOT_FOUND", False, None),
        "GET  / HTTP/1.1\r\n\r\n": malformed,
        posted: (413, "PAYLOAD_TOO_LARGE", False, None),
        posted.replace("/v1/link/data", ADDRESSES): (413, "PAYLOAD_TOO_LARGE", False, None),
        posted.replace("/v1/link/data", CHECKOUT): (413, "PAYLOAD_TOO_LARGE", False, None),
        get("/v1/link/data", host="evil.example"): (421, "NOT_FOUND", False, None),
    }.items():
        status, headers, body = await answer_to(stack, request)
        assert expected == (status, *error_of(body))
        assert status == 421 or EVERYWHERE.items() <= headers.items()
        assert "retry-after" not in headers
    assert not stack.forwarded


async def test_what_a_service_answers_passes_as_it_is(stack: GatewayStack, guest: Json) -> None:
    """Whatever its status: a gateway has words for its own errors alone."""
    for status in (400, 401, 403, 404, 413, 500, 502, 503, 504):
        stack.checkout.status = status
        answer = await stack.call(CHECKOUT, guest)
        assert (status, {"from": "upstream"}) == (answer.status, await answer.json())
        assert "Retry-After" not in answer.headers
