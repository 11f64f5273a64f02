"""Bad input is a 4xx with a stable code, changes nothing in Redis and never becomes a 500."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    LINK,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    new_key,
    refusal,
)
from tests.support.redis_content import everything_but_limits

ORIGIN_OF = {
    f"bootstrap?business_id={BUSINESS}": SHOP,
    "init": LINK,
    "refresh": LINK,
    "request-otp": LINK,
    "verify-otp": LINK,
    "logout": LINK,
}
ROUTES = list(ORIGIN_OF)
STATUS_OF = {
    "VALIDATION_ERROR": 400,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "PAYLOAD_TOO_LARGE": 413,
    "REFRESH_TOKEN_INVALID": 401,
    "BOOTSTRAP_INVALID": 401,
}
DEEP = b'{"a":' * 3_000 + b"1" + b"}" * 3_000

BODIES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "VALIDATION_ERROR"),
    ("no object", b"[]", "VALIDATION_ERROR"),
    ("null", b"null", "VALIDATION_ERROR"),
    ("a number", b"1e400", "VALIDATION_ERROR"),
    ("no JSON", b"{", "VALIDATION_ERROR"),
    ("no constants", b'{"scope": NaN}', "VALIDATION_ERROR"),
    ("invalid UTF-8", b'{"scope": "\xff\xfe"}', "VALIDATION_ERROR"),
    ("UTF-16", '{"scope": "element"}'.encode("utf-16"), "VALIDATION_ERROR"),
    ("lone surrogate", b'{"refresh_token": "\\ud800"}', "VALIDATION_ERROR"),
    ("a byte order mark", b'\xef\xbb\xbf{"scope": "element"}', "VALIDATION_ERROR"),
    ("doubled key", b'{"scope": "element", "scope": "element"}', "VALIDATION_ERROR"),
    ("unknown field", b'{"scope": "element", "x": 1}', "VALIDATION_ERROR"),
    (
        "wrong type",
        b'{"scope": 1, "refresh_token": 1, "element": [], "contact": {}}',
        "VALIDATION_ERROR",
    ),
    ("deep", DEEP[:16_000], "VALIDATION_ERROR"),
    ("deep arrays", b"[" * 16_000, "VALIDATION_ERROR"),
    ("a long integer", b'{"scope": ' + b"9" * 5_000 + b"}", "VALIDATION_ERROR"),
    ("huge", b'{"scope": "' + b"x" * 1_000_000 + b'"}', "PAYLOAD_TOO_LARGE"),
]


@pytest.fixture
async def guest(bridge: BridgeClient) -> Json:
    """A guest's grant, so that the routes with an access token get as far as their body."""
    return await bridge.init()


def headers_for(route: str, guest: Json, **more: str) -> dict[str, str]:
    """Return the headers of a call that is right but for its body."""
    headers = {
        "Origin": ORIGIN_OF[route],
        "Content-Type": "application/json",
        "Idempotency-Key": new_key(),
        **more,
    }
    if not route.startswith("bootstrap"):
        headers["Authorization"] = f"Bearer {guest['access_token']}"
    return headers


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("body", "code"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
async def test_attack_48_a_bad_body_is_refused_and_changes_nothing(
    bridge: BridgeClient, redis: Redis, guest: Json, route: str, body: bytes, code: str
) -> None:
    before = await everything_but_limits(redis)

    response = await bridge.http.post(
        f"{API}/{route}", data=body, headers=headers_for(route, guest)
    )

    assert (STATUS_OF[code], code) == await refusal(response)
    assert await everything_but_limits(redis) == before


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "text/html", "multipart/form-data", "json"]
)
async def test_another_media_type_is_415(
    bridge: BridgeClient, guest: Json, route: str, media_type: str
) -> None:
    headers = headers_for(route, guest, **{"Content-Type": media_type})
    response = await bridge.http.post(f"{API}/{route}", data=b"{}", headers=headers)
    assert (415, "UNSUPPORTED_MEDIA_TYPE") == await refusal(response)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-own"])
async def test_attack_48_a_body_in_another_encoding_is_refused_unread(
    bridge: BridgeClient, guest: Json, route: str, encoding: str
) -> None:
    headers = headers_for(route, guest) | {"Content-Encoding": encoding}
    headers |= {"Host": "x", "Content-Length": "3"}
    lines = [f"POST {API}/{route} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    reader, writer = await asyncio.open_connection(bridge.http.host, bridge.http.port)
    writer.write(("\r\n".join([*lines, "Connection: close", "", ""]) + "{}x").encode())
    answer = await reader.read()
    writer.close()
    assert answer.split(b" ", 2)[1] == b"415"


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.startswith("boot")])
async def test_only_bootstrap_takes_text_plain(
    bridge: BridgeClient, guest: Json, route: str
) -> None:
    headers = headers_for(route, guest, **{"Content-Type": "text/plain"})
    response = await bridge.http.post(f"{API}/{route}", data=b"{}", headers=headers)
    assert (415, "UNSUPPORTED_MEDIA_TYPE") == await refusal(response)


async def test_a_refusal_names_fields_and_never_values(bridge: BridgeClient, guest: Json) -> None:
    response = await bridge.post(
        "verify-otp",
        {"contact": "+233201234567", "contact_type": "fax", "otp_code": "12345", "secret_x": 1},
        key=new_key(),
        token=guest["access_token"],
    )
    body = await response.text()
    fields = json.loads(body)["error"]["details"]["fields"]
    assert fields == ["contact_type", "otp_code", "unknown field"]
    assert "233" not in body
    assert "secret_x" not in body


@pytest.mark.parametrize("name", ["Origin", "Authorization", "Idempotency-Key", "Content-Type"])
async def test_a_doubled_header_is_refused(bridge: BridgeClient, guest: Json, name: str) -> None:
    status = await raw_status(
        bridge, headers_for("verify-otp", guest), {name: headers_for("verify-otp", guest)[name]}
    )
    assert 400 <= status < 500


@pytest.mark.parametrize(
    "header",
    ["Origin", "Authorization", "Idempotency-Key", "User-Agent", "X-Request-Id", "Sec-Fetch-Site"],
)
async def test_bytes_beyond_ascii_in_a_header_never_fail(
    bridge: BridgeClient, guest: Json, header: str
) -> None:
    headers = headers_for("request-otp", guest)
    headers.pop(header, None)
    assert await raw_status(bridge, headers, {header: "\udcff\udc80 x"}) in {400, 401, 403}


async def raw_status(bridge: BridgeClient, headers: dict[str, str], more: dict[str, str]) -> int:
    """Send a request line by line, as no client library would, and return the status."""
    body = b'{"contact": "x"}'
    lines = [f"POST {API}/request-otp HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for part in (headers, more) for name, value in part.items()]
    reader, writer = await asyncio.open_connection(bridge.http.host, bridge.http.port)
    raw = "\r\n".join([*lines, "Connection: close", "", ""])
    writer.write(raw.encode("utf-8", "surrogateescape") + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/link/elements/refresh", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/v1/link/elements/init", 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/v1/link/elements/init", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v1/link/elements/jwks.json", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v1/link/elements/nothing", 404, "NOT_FOUND"),
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/elements/frame/frame.html", 404, "NOT_FOUND"),
        ("GET", "/elements/frame/..%2f..%2fpyproject.toml", 404, "NOT_FOUND"),
        ("GET", "/elements/wallet", 404, "NOT_FOUND"),
    ],
)
async def test_404_and_405_speak_the_contract_too(
    bridge: BridgeClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await bridge.http.request(method, path)
    assert (status, code) == await refusal(answer)
    assert ("Allow" in answer.headers) == (status == 405)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        *("element", "code_challenge", "bootstrap_token", "code_verifier", "business_id"),
        *("parent_origin", "refresh_token", "contact", "contact_type", "otp_code", "scope"),
    ]
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.dictionaries(fields, json_values, max_size=6), route=st.sampled_from(ROUTES))
async def test_no_generated_body_is_a_500_or_a_success(
    bridge: BridgeClient, guest: Json, body: Json, route: str
) -> None:
    response = await bridge.http.post(
        f"{API}/{route}", json=body, headers=headers_for(route, guest)
    )
    if body in ({"scope": "element"}, {"scope": "customer"}):
        return  # the one generated body that is right
    status, code = await refusal(response)
    assert status == STATUS_OF[code]


async def test_the_verifier_pair_is_rfc_7636s(bridge: BridgeClient) -> None:
    """RFC 7636 appendix B."""
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    body = {
        **await bridge.init_body(element="auth"),
        "bootstrap_token": await bridge.bootstrap(challenge, element="auth"),
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    response = await bridge.post("init", body, key=new_key())
    assert response.status == 200
    assert Verifier.new().challenge != challenge
