"""DPoP through a gateway: a proof must name this method and address, and serves one call."""

import pytest

from tests.gateways.gateway_stack import ADDRESSES, GatewayStack
from tests.support.clients.bridge_client import LINK, Json, new_key, refusal
from tests.support.clients.proof_calls import key_of
from tests.support.frame_key import FrameKey


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_the_right_proof_passes(stack: GatewayStack, signed_in: Json, method: str) -> None:
    target = f"{ADDRESSES}/addr_0123456789abcdef?of=%2Fany%3F&query=//../x"
    assert (await stack.call(target, signed_in, method=method)).status == 200
    (seen,) = stack.forwarded
    assert (seen.method, seen.target) == (method, target)


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "GET"},
        {"htm": "POST "},
        {"htu": f"{LINK}/v1/deliveries/addr_0123456789abcdef"},
        {"htu": f"{LINK}{ADDRESSES}/"},
        {"htu": f"{LINK}/v1/link/elements/refresh"},
        {"htu": f"https://evil.example{ADDRESSES}"},
        {"htu": f"http://link.cimplify.io{ADDRESSES}"},
        {"ath": "another-token"},
        {"ath": None},
    ],
)
async def test_attack_45_a_proof_of_another_call_is_refused(
    stack: GatewayStack, signed_in: Json, claims: dict[str, object]
) -> None:
    answer = await stack.call(ADDRESSES, signed_in, method="POST", claims=claims)
    assert (401, "INVALID_DPOP_PROOF") == await refusal(answer)
    assert not stack.forwarded


async def test_attack_45_another_key_is_refused(stack: GatewayStack, signed_in: Json) -> None:
    stack.frame.frame_key = FrameKey()
    answer = await stack.call(ADDRESSES, signed_in)
    assert (401, "INVALID_DPOP_PROOF") == await refusal(answer)
    assert not stack.forwarded


async def test_attack_45_two_proofs_are_refused(stack: GatewayStack, signed_in: Json) -> None:
    token = signed_in["access_token"]
    another = key_of(stack.frame).proof(f"{LINK}{ADDRESSES}", method="GET", token=token)
    answer = await stack.call(ADDRESSES, signed_in, headers=[("DPoP", another)])
    assert (401, "INVALID_DPOP_PROOF") == await refusal(answer)
    assert not stack.forwarded


async def test_attack_45_a_proof_of_an_unsafe_call_serves_once(
    stack: GatewayStack, signed_in: Json
) -> None:
    once = {"jti": new_key()}
    passed = await stack.call(ADDRESSES, signed_in, method="POST", claims=once)
    replayed = await stack.call(ADDRESSES, signed_in, method="POST", claims=once)

    assert passed.status == 200
    assert (401, "INVALID_DPOP_PROOF") == await refusal(replayed)
    assert len(stack.forwarded) == 1


async def test_a_call_sent_again_with_its_idempotency_key_passes_again(
    stack: GatewayStack, signed_in: Json
) -> None:
    once, key = {"jti": new_key()}, new_key()
    for sent, status in ((key, 200), (key, 200), (new_key(), 401)):
        headers = [("Idempotency-Key", sent)]
        answer = await stack.call(ADDRESSES, signed_in, method="POST", claims=once, headers=headers)
        assert answer.status == status
    assert [seen.all_of("Idempotency-Key") for seen in stack.forwarded] == [[key], [key]]


async def test_a_refused_call_asks_the_bridge_once(stack: GatewayStack, signed_in: Json) -> None:
    answer = await stack.call(ADDRESSES, signed_in, method="POST", claims={"ath": None})
    assert answer.status == 401
    assert len(stack.asked) == 1


async def test_attack_46_a_clock_that_is_off_is_helped_by_a_nonce(
    stack: GatewayStack, signed_in: Json
) -> None:
    late: dict[str, object] = {"iat": 1}
    refused = await stack.call(ADDRESSES, signed_in, method="POST", claims=late)
    assert (401, "USE_DPOP_NONCE") == await refusal(refused)
    (nonce,) = refused.headers.getall("DPoP-Nonce")
    (challenge,) = refused.headers.getall("WWW-Authenticate")
    assert challenge.startswith('DPoP error="use_dpop_nonce"')

    retried = await stack.call(ADDRESSES, signed_in, method="POST", claims={**late, "nonce": nonce})

    assert retried.status == 200
    assert len(stack.forwarded) == 1
