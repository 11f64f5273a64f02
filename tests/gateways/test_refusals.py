"""A refusal reaches the client as the bridge sent it; if the bridge is down, access is denied."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from aiohttp import ClientResponse

from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from tests.gateways.gateway_stack import ADDRESSES, CHECKOUT, GatewayStack, running_gateway_stack
from tests.support.clients.bridge_client import Json, granted, refusal, settings_for
from tests.support.installing.gateways import GatewayName
from tests.support.link_login import LinkLogin
from tests.support.time_machine import MovableClock

PAST_FRESHNESS_MS = 11_000


@pytest.fixture
async def frail(
    name: GatewayName, own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[GatewayStack]:
    """A stack on a Redis of the test's own."""
    async with running_gateway_stack(name, settings_for(own_redis.url, keyring), clock) as found:
        yield found


def is_a_refusal_of_the_bridge(answer: ClientResponse) -> bool:
    """Tell whether a refusal has the bridge's headers once each, and no more of it shows."""
    single = ("Content-Type", "Cache-Control", "X-Request-Id", "X-Content-Type-Options")
    return (
        all(len(answer.headers.getall(name, [])) == 1 for name in single)
        and answer.content_type == "application/json"
        and answer.headers["Cache-Control"] == "no-store"
        and not any(name.startswith("X-Link-") for name in answer.headers)
    )


async def test_a_call_without_a_token_is_asked_for_one(stack: GatewayStack) -> None:
    answer = await stack.send(ADDRESSES)

    assert (401, "UNAUTHENTICATED") == await refusal(answer)
    assert len(answer.headers.getall("WWW-Authenticate")) == 1
    assert is_a_refusal_of_the_bridge(answer)
    assert "Retry-After" not in answer.headers


async def test_attack_45_a_bound_token_without_its_proof_is_refused(
    stack: GatewayStack, signed_in: Json
) -> None:
    for scheme in ("DPoP", "Bearer"):
        credential = [("Authorization", f"{scheme} {signed_in['access_token']}")]
        answer = await stack.send(ADDRESSES, headers=credential)
        assert (401, "INVALID_DPOP_PROOF") == await refusal(answer)
        (challenge,) = answer.headers.getall("WWW-Authenticate")
        assert challenge.startswith('DPoP error="invalid_dpop_proof"')
        assert is_a_refusal_of_the_bridge(answer)
    assert not stack.forwarded


async def test_only_the_answer_to_a_gateway_stands_in_a_header_too(stack: GatewayStack) -> None:
    asked = await stack.http.get(stack.internal.make_url("/authorize"))
    other = await stack.http.post(stack.internal.make_url("/introspect"))

    assert asked.headers["X-Link-Refusal"] == await asked.text()
    assert other.status == 401
    assert "X-Link-Refusal" not in other.headers


async def test_a_token_for_another_scope_is_refused(stack: GatewayStack, login: LinkLogin) -> None:
    payment = await stack.frame.init(element="payment", token=login.token)

    answer = await stack.call(ADDRESSES, payment)

    assert (403, "INSUFFICIENT_SCOPE") == await refusal(answer)
    assert is_a_refusal_of_the_bridge(answer)
    assert not stack.forwarded


async def test_a_revoked_session_is_refused_at_the_next_call(
    stack: GatewayStack, signed_in: Json
) -> None:
    assert (await stack.call(ADDRESSES, signed_in)).status == 200
    ended = await stack.frame.post("logout", {"scope": "element"}, token=signed_in["access_token"])
    assert await granted(ended) == {"revoked": 1}

    answer = await stack.call(ADDRESSES, signed_in)

    assert (401, "SESSION_REVOKED") == await refusal(answer)
    assert len(stack.forwarded) == 1


async def test_attack_49_a_dead_bridge_denies(stack: GatewayStack, signed_in: Json) -> None:
    await stack.internal.close()

    for target in (ADDRESSES, CHECKOUT):
        answer = await stack.call(target, signed_in)
        body = await answer.json()
        assert (answer.status, body["error"]["code"]) == (502, "UPSTREAM_UNAVAILABLE")
        assert body["error"]["retryable"] is True
        assert answer.headers.getall("Retry-After") == ["1"]
        assert answer.content_type == "application/json"
    assert not stack.forwarded


async def test_a_redis_that_is_away_denies_where_only_it_could_tell(
    frail: GatewayStack, own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    guest = await frail.frame.init(element="address")
    assert (await frail.call(CHECKOUT, guest)).status == 200

    await own_redis.kill()
    clock.ahead_ms += PAST_FRESHNESS_MS
    answer = await frail.call(CHECKOUT, guest)

    assert (503, "STORE_UNAVAILABLE") == await refusal(answer)
    assert len(answer.headers.getall("Retry-After")) == 1
    assert is_a_refusal_of_the_bridge(answer)
    assert len(frail.forwarded) == 1


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
async def test_attack_49_whatever_is_no_yes_denies(
    stack: GatewayStack, signed_in: Json, status: int
) -> None:
    text = '{"success":false,"error":{"code":"OF_THE_BRIDGE"}}'
    headers = {
        "Retry-After": "7",
        "X-Link-Refusal": text,
        "X-Link-Customer-Id": "cus_of-a-refusal",
        "Location": "https://evil.example/",
    }
    async with stack.another_bridge(status, headers, text):
        answer = await stack.call(ADDRESSES, signed_in)

    assert answer.status >= HTTPStatus.MULTIPLE_CHOICES
    assert not stack.forwarded
    if status in {429, 503}:
        assert (answer.status, answer.headers["Retry-After"]) == (status, "7")
        assert (await answer.json())["error"]["code"] == "OF_THE_BRIDGE"
