"""Routing of paths to upstreams, and removal of forged headers on the way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final, cast

import pytest
from aiohttp import ClientSession

from elements_bridge.keyring import KeyringFile
from tests.gateways.gateway_stack import (
    ADDRESSES,
    CHECKOUT,
    LINK_HOST,
    GatewayStack,
    running_gateway_stack,
)
from tests.gateways.samples import HOST
from tests.gateways.test_identity import spoken_in_the_bridges_name
from tests.support.clients.bridge_client import (
    BUSINESS,
    LINK,
    SHOP,
    BridgeClient,
    Json,
    outcome_of,
    refusal,
)
from tests.support.clients.bridge_client import settings_for as bridge_settings
from tests.support.clients.whole_response import WholeResponse
from tests.support.installing.gateways import GatewayName
from tests.support.link_login import LinkLogin
from tests.support.time_machine import MovableClock

# No header that the client adds by itself, and the body as it came.
AS_SENT: Final[Any] = {"skip_auto_headers": ["Accept-Encoding"], "auto_decompress": False}
SPOOFED_FOR = "203.0.113.7"


@pytest.fixture
async def through(stack: GatewayStack) -> AsyncIterator[BridgeClient]:
    """A frame that calls the bridge through the gateway."""
    async with ClientSession(
        f"http://{HOST}:{stack.port}",
        headers={"Host": LINK_HOST},
        response_class=WholeResponse,
    ) as session:
        yield replace(stack.frame, http=cast("Any", session))


async def test_the_bridge_serves_its_own_routes(
    stack: GatewayStack, through: BridgeClient, login: LinkLogin
) -> None:
    grant = await through.init(element="address", token=login.token)
    assert "rotated" in await outcome_of(await through.refresh(grant["refresh_token"]))
    assert (await stack.call(ADDRESSES, grant)).status == 200

    keys = await stack.send("/v1/link/elements/jwks.json")
    sdk = await stack.send("/elements/sdk/v1.js")
    document = await stack.send(f"/elements/auth?business_id={BUSINESS}&parent_origin={SHOP}&v=1")

    assert "keys" in await keys.json()
    assert (sdk.status, sdk.content_type) == (200, "text/javascript")
    assert f"frame-ancestors {SHOP}" in document.headers["Content-Security-Policy"]
    assert [seen.target for seen in stack.forwarded] == [ADDRESSES]


@pytest.mark.parametrize("accepted", ["gzip, deflate, br, zstd", "gzip", "br;q=0", "identity", ""])
async def test_compressed_files_pass_as_the_bridge_made_them(
    stack: GatewayStack, through: BridgeClient, accepted: str
) -> None:
    document = f"/elements/auth?business_id={BUSINESS}&parent_origin={SHOP}&v=1"
    asked = {"Accept-Encoding": accepted} if accepted else {}
    for path in ("/elements/sdk/v1.js", "/elements/r/0/frame/frame.js", document):
        own, passed = [
            await frame.http.get(path, headers=asked, **AS_SENT) for frame in (stack.frame, through)
        ]
        assert (200, await own.read()) == (passed.status, await passed.read())
        for name in ("Content-Encoding", "Content-Length", "Vary", "ETag", "Cache-Control"):
            assert own.headers.getall(name, []) == passed.headers.getall(name, [])
        if etag := own.headers.get("ETag"):
            headers = {**asked, "If-None-Match": etag}
            known = await through.http.get(path, headers=headers, **AS_SENT)
            assert (304, etag) == (known.status, known.headers["ETag"])


async def test_a_refusal_of_the_bridge_passes_as_it_is(
    stack: GatewayStack, through: BridgeClient
) -> None:
    answer = await through.refresh("elr_nonsense")
    assert (401, "REFRESH_TOKEN_INVALID") == await refusal(answer)
    assert len(answer.headers.getall("WWW-Authenticate")) == 1


async def test_the_main_api_serves_the_rest(stack: GatewayStack) -> None:
    for target in ("/v1/link/data", "/v1/link/auth/request-otp?x=1"):
        assert (await stack.send(target, method="POST", body=b"{}")).status == 200
    assert [seen.target for seen in stack.main_api.seen] == [
        "/v1/link/data",
        "/v1/link/auth/request-otp?x=1",
    ]
    assert not stack.asked


async def test_the_main_api_asks_for_its_own_tokens_itself(stack: GatewayStack) -> None:
    credential = ("Authorization", "Bearer lnk_of-the-main-api")
    assert (await stack.send(ADDRESSES, headers=[credential])).status == 200
    (seen,) = stack.main_api.seen
    assert seen.all_of("Authorization") == ["Bearer lnk_of-the-main-api"]

    elsewhere = await stack.send(CHECKOUT, headers=[credential])
    assert (401, "TOKEN_INVALID") == await refusal(elsewhere)
    assert not stack.checkout.seen


async def test_nothing_else_is_there(stack: GatewayStack) -> None:
    for target in ("/", "/authorize", "/metrics", "/revoke", "/v1/orders"):
        answer = await stack.send(target)
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "NOT_FOUND")
    assert not stack.forwarded
    assert not stack.asked


async def test_the_question_itself_is_nobodys_to_ask(stack: GatewayStack) -> None:
    for target in ("/_link/deliveries", "/_link/checkout"):
        assert (await stack.send(target)).status == 404
    assert not stack.asked


async def test_attack_50_a_client_does_not_say_what_was_asked_for(
    stack: GatewayStack, signed_in: Json
) -> None:
    spoofed = [
        *[("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", ADDRESSES)] * 2,
        *[("x-forwarded-uri", ADDRESSES), ("X-FORWARDED-METHOD", "GET")],
        *[("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "http")],
        ("X-Original-URL", ADDRESSES),
    ]
    elsewhere = {"htm": "GET", "htu": f"{LINK}{ADDRESSES}"}
    target = f"{ADDRESSES}/addr_0123456789abcdef"

    refused = await stack.call(
        target, signed_in, method="DELETE", claims=elsewhere, headers=spoofed
    )
    assert (401, "INVALID_DPOP_PROOF") == await refusal(refused)
    assert not stack.forwarded

    assert (await stack.call(target, signed_in, method="DELETE", headers=spoofed)).status == 200
    (seen,) = stack.forwarded
    assert (seen.method, seen.target) == ("DELETE", target)
    assert seen.all_of("X-Forwarded-Uri") == seen.all_of("X-Forwarded-Method") == []


async def test_attack_50_a_client_does_not_say_another_thing_than_it_asks(
    stack: GatewayStack, signed_in: Json
) -> None:
    """Frameworks that heed these would do what nobody was asked about."""
    overriding = (
        *("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"),
        *("X-Original-URL", "X-Rewrite-URL", "X-Original-Method", "Forwarded", "X-Real-IP"),
    )
    spoofed = [(name, "spoofed") for name in overriding]
    spoofed += [(name.replace("-", "_"), "spoofed") for name in overriding]
    spoofed += [("X-Forwarded-Host", "spoofed"), ("X-Forwarded-Proto", "spoofed")]

    assert (await stack.call(ADDRESSES, signed_in, headers=spoofed)).status == 200
    assert (await stack.send("/v1/link/data", headers=spoofed)).status == 200
    for seen in stack.forwarded:
        assert not any("spoofed" in value for _, value in seen.headers)


async def test_a_client_does_not_speak_in_the_bridges_name(stack: GatewayStack) -> None:
    await spoken_in_the_bridges_name(stack)


async def test_two_credentials_are_never_taken_for_the_main_apis(
    stack: GatewayStack, signed_in: Json
) -> None:
    main_apis = ("Authorization", "Bearer lnk_of-the-main-api")
    elements = ("Authorization", f"DPoP {signed_in['access_token']}")

    for pair in ([main_apis, elements], [elements, main_apis]):
        assert (await stack.send(ADDRESSES, headers=pair)).status in {400, 401}
    assert not stack.forwarded


async def test_attack_50_a_client_does_not_say_where_it_is(
    stack: GatewayStack, signed_in: Json
) -> None:
    spoofed = [("X-Forwarded-For", SPOOFED_FOR), ("X-Forwarded-For", "127.0.0.1")]
    assert (await stack.call(ADDRESSES, signed_in, headers=spoofed)).status == 200
    assert (await stack.send("/v1/link/data", headers=spoofed)).status == 200
    for seen in (*stack.asked, *stack.forwarded):
        assert seen.all_of("X-Forwarded-For") == [HOST]


async def test_attack_50_a_forged_address_leaves_no_limit(
    name: GatewayName, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    """The bridge trusts the gateway, and counts the caller that the gateway saw."""
    settings = bridge_settings(redis_url, keyring, trusted_proxies="127.0.0.0/8", limit_bootstrap=2)
    async with running_gateway_stack(name, settings, clock) as stack:
        body = b'{"element":"auth","code_challenge":"' + b"a" * 43 + b'"}'
        answers = [
            await stack.send(
                f"/v1/link/elements/bootstrap?business_id={BUSINESS}",
                method="POST",
                headers=[
                    *[("Origin", SHOP), ("Content-Type", "application/json")],
                    ("X-Forwarded-For", f"203.0.113.{number}"),
                ],
                body=body,
            )
            for number in range(3)
        ]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
