"""Security headers of every response."""

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestServer

from elements_bridge.http.sdk_releases import load_sdk_releases
from elements_bridge.http.static_files import static_root
from elements_bridge.keyring import KeyringFile
from link_kernel.web.request import MAX_BODY_BYTES
from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    SHOP,
    BridgeClient,
    Verifier,
    running_bridge,
    settings_for,
)
from tests.support.clients.whole_response import WholeResponse
from tests.support.time_machine import MovableClock

OF_CALLS = {
    "Content-Security-Policy": None,
    "Cross-Origin-Resource-Policy": None,
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}
OF_DATA = {
    **OF_CALLS,
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ROUTE = f"{API}/bootstrap?business_id={BUSINESS}"
SDK = "/elements/sdk/v1.js"
PINNED = load_sdk_releases(static_root())[0].entry
FRAME = "/elements/r/0123456789abcdef/frame/frame.js"
DOCUMENT = f"/elements/auth?business_id={BUSINESS}&parent_origin={SHOP}&v=1"


def stated(response: ClientResponse, *names: str) -> dict[str, str | None]:
    """Return these headers of an answer, which must not stand in it twice."""
    assert all(len(response.headers.getall(name, [])) <= 1 for name in names)
    return {name: response.headers.get(name) for name in names}


async def test_an_answer_is_read_as_nothing_else_and_framed_nowhere_refusals_too(
    bridge: BridgeClient,
) -> None:
    body = {"element": "auth", "code_challenge": Verifier.new().challenge}
    answers = {
        200: await bridge.http.post(ROUTE, json=body, headers={"Origin": SHOP}),
        403: await bridge.http.post(ROUTE, json=body, headers={"Origin": "https://evil.example"}),
        400: await bridge.http.post(ROUTE, json={}, headers={"Origin": SHOP}),
        404: await bridge.http.get("/nothing"),
        405: await bridge.http.get(f"{API}/init"),
        413: await bridge.http.post(
            ROUTE,
            data=b"x" * (MAX_BODY_BYTES + 1),
            headers={"Origin": SHOP, "Content-Type": "text/plain"},
        ),
    }
    for status, answer in answers.items():
        expected = OF_CALLS if answer.method == "POST" else OF_DATA
        assert (status, expected) == (answer.status, stated(answer, *OF_DATA))
    keys = await bridge.http.get(f"{API}/jwks.json")
    assert stated(keys, *OF_DATA) == OF_DATA


async def test_a_document_says_what_it_needs_and_no_more(bridge: BridgeClient) -> None:
    response = await bridge.http.get(DOCUMENT)
    assert 200 == response.status
    assert stated(response, *OF_DATA) == {
        **OF_DATA,
        "Content-Security-Policy": response.headers["Content-Security-Policy"],
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    assert "default-src 'none';script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "no-referrer" == response.headers["Referrer-Policy"]
    assert "require-corp" == response.headers["Cross-Origin-Embedder-Policy"]
    denied = response.headers["Permissions-Policy"].split(",")
    assert "otp-credentials=()" not in denied
    assert {"payment=()", "storage-access=()", "publickey-credentials-get=()"} <= set(denied)
    assert all(feature.endswith("=()") for feature in denied)


@pytest.mark.parametrize("path", [SDK, PINNED, FRAME])
async def test_a_script_carries_what_scripts_need_and_no_more(
    bridge: BridgeClient, path: str
) -> None:
    """Policies of content and features hold for documents; a script's own would be dead weight."""
    response = await bridge.http.get(path)
    any_origin = {"access-control-allow-origin", "cross-origin-resource-policy"}
    readable = any_origin if path != FRAME else set()
    assert 200 == response.status
    assert {name.lower() for name in response.headers} == readable | {
        *("content-type", "content-length", "content-encoding", "vary", "etag", "cache-control"),
        *("strict-transport-security", "x-request-id", "date"),
    }
    assert "text/javascript" == response.headers["Content-Type"]


async def test_the_auth_services_answers_are_data_too(auth_service: TestServer) -> None:
    async with ClientSession(response_class=WholeResponse) as http:
        url = auth_service.make_url("/v1/link/auth/request-otp")
        answer = await http.post(url, json={"contact": "ama@shop.example", "contact_type": "email"})
        refused = await http.get(auth_service.make_url("/nothing"))
        for status, response, expected in ((200, answer, OF_CALLS), (404, refused, OF_DATA)):
            assert status == response.status
            assert {**expected, "Strict-Transport-Security": None} == stated(response, *OF_DATA)


async def test_a_missing_module_is_refused_as_data_is(bridge: BridgeClient) -> None:
    response = await bridge.http.get("/elements/sdk/nothing.js")
    assert 404 == response.status
    assert OF_DATA["Content-Security-Policy"] == response.headers["Content-Security-Policy"]
    assert "nosniff" == response.headers["X-Content-Type-Options"]


async def test_a_host_that_is_not_https_asks_nobody_to_come_by_https(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(redis_url, keyring, public_url="http://api.localhost:4242")
    async with running_bridge(settings, clock) as bridge:
        for path in (DOCUMENT, "/nothing", f"{API}/jwks.json"):
            response = await bridge.http.get(path)
            assert "Strict-Transport-Security" not in response.headers
