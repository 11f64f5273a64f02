"""Only one spelling of a path passes, so the bridge checks the same path as the upstream serves."""

import asyncio

import pytest

from tests.gateways.gateway_stack import ADDRESSES, LINK_HOST, GatewayStack
from tests.gateways.samples import HOST
from tests.support.clients.bridge_client import LINK, Json
from tests.support.clients.proof_calls import key_of

SESSIONS = "/v1/link/sessions"


async def status_of(
    stack: GatewayStack, target: str, grant: Json, *, proved_for: str, host: str = LINK_HOST
) -> int:
    """Send a request line as it is written, with a proof for some path; return the status."""
    token = grant["access_token"]
    proof = key_of(stack.frame).proof(f"{LINK}{proved_for}", method="GET", token=token)
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: DPoP {token}",
        f"DPoP: {proof}",
        "Connection: close",
    )
    reader, writer = await asyncio.open_connection(HOST, stack.port)
    writer.write("\r\n".join((*lines, "", "")).encode("latin-1"))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "target",
    [
        f"{ADDRESSES}/../sessions",
        f"{ADDRESSES}/%2e%2e/sessions",
        f"{ADDRESSES}/%2E%2E%2Fsessions",
        f"{ADDRESSES}/..%2fsessions",
        f"{ADDRESSES}/..;/sessions",
        f"{ADDRESSES}\\..\\sessions",
        f"{SESSIONS}/../../deliveries",
        f"{SESSIONS}/%2e%2e/%2e%2e/deliveries",
        f"{ADDRESSES}/.",
        f"{ADDRESSES}/./x",
        f"{ADDRESSES}/..",
        f"{ADDRESSES}//x",
        f"/{ADDRESSES}",
        "/v1//deliveries",
        "/v1/%64eliveries",
        "/v1%2Fdeliveries",
        f"{ADDRESSES}%3Fpage=2",
        f"{ADDRESSES}%23",
        f"{ADDRESSES}%00",
        f"{ADDRESSES}%252e",
        f"{ADDRESSES};x=1",
        f"{ADDRESSES}#fragment",
        f"{ADDRESSES}/\xe9",
    ],
)
async def test_another_spelling_of_a_path_passes_nowhere(
    stack: GatewayStack, signed_in: Json, target: str
) -> None:
    for proved_for in (ADDRESSES, SESSIONS, target.partition("?")[0]):
        assert await status_of(stack, target, signed_in, proved_for=proved_for) in {400, 404}
    assert not stack.forwarded
    assert not stack.asked


@pytest.mark.parametrize(
    "line",
    [
        f"GET {ADDRESSES}?a=\xe9",
        *(f"{method} {ADDRESSES}" for method in ("A" * 25, "M-SEARCH", "get")),
    ],
)
async def test_an_odd_call_of_a_client_is_refused_and_is_no_fault_of_the_gateway(
    stack: GatewayStack, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Gateways differ in what they refuse by themselves; the bridge lets no such call through."""
    lines = (f"{line} HTTP/1.1", f"Host: {LINK_HOST}", "Connection: close", "", "")
    reader, writer = await asyncio.open_connection(HOST, stack.port)
    writer.write("\r\n".join(lines).encode("latin-1"))
    assert (await reader.read()).split(b" ", 2)[1] in {b"400", b"401", b"403", b"405"}
    writer.close()
    await writer.wait_closed()
    assert not stack.forwarded
    assert "gateway_misconfigured" not in caplog.messages


@pytest.mark.parametrize("query", ["?", "?a=b", "?u=/../..//x", "?u=%2e%2e%2f", "?a=b?c=d", "?#"])
async def test_a_query_says_nothing_to_a_proof(
    stack: GatewayStack, signed_in: Json, query: str
) -> None:
    target = f"{ADDRESSES}{query}"
    assert await status_of(stack, target, signed_in, proved_for=ADDRESSES) == 200
    (seen,) = stack.forwarded
    assert seen.target.partition("?")[0] == ADDRESSES


async def test_another_host_than_ours_passes_nowhere(stack: GatewayStack, signed_in: Json) -> None:
    for host in ("evil.example", "127.0.0.1", "link.cimplify.io.evil.example"):
        await stack.call(ADDRESSES, signed_in, host=host)
    for target in (f"http://evil.example{ADDRESSES}", "http://evil.example/"):
        assert await status_of(stack, target, signed_in, proved_for=ADDRESSES) in {200, 400, 421}
    assert not stack.forwarded


async def test_the_other_host_of_ours_is_an_alias(stack: GatewayStack, signed_in: Json) -> None:
    claims = {"htu": f"https://api.cimplify.io{ADDRESSES}"}
    answer = await stack.call(ADDRESSES, signed_in, claims=claims, host="api.cimplify.io")
    assert answer.status == 200
    assert [seen.all_of("Host") for seen in stack.forwarded] == [["api.cimplify.io"]]
