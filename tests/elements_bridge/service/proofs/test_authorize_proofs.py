"""A bound token at the gateway: its proof is for that very call, and serves an unsafe one once."""

from aiohttp import ClientResponse

from tests.support.clients.bridge_client import new_key, refusal
from tests.support.clients.internal_client import RESOURCE, RunningBridge, signed_in
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin


async def test_attack_45_a_bound_token_passes_with_its_proof_alone(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    key = FrameKey()
    token = (await signed_in(both_listeners, login, key=key))["access_token"]
    assert (await both_listeners.authorize(token, key=key)).status == 200
    assert (await both_listeners.authorize(token, key=key)).status == 200
    right = {"Authorization": f"DPoP {token}"}
    for refused in (
        await both_listeners.authorize(token),
        await both_listeners.authorize(None, headers=right),
        await both_listeners.authorize(token, key=FrameKey()),
        await both_listeners.authorize(token, key=key, uri="/v1/link/addresses/x"),
        await both_listeners.authorize(token, key=key, uri="//v1/link/addresses"),
        await both_listeners.authorize(token, key=key, uri="/v1/link/%61ddresses"),
        await both_listeners.authorize(token, key=key, headers={"X-Forwarded-Method": "POST"}),
    ):
        assert (401, "INVALID_DPOP_PROOF") == await refusal(refused)


async def test_attack_46_a_clock_that_is_off_gets_its_nonce_through_the_gateway(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    key = FrameKey()
    token = (await signed_in(both_listeners, login, key=key))["access_token"]
    late = {"DPoP": key.proof(RESOURCE, method="GET", token=token, claims={"iat": 1})}
    asked = await both_listeners.authorize(token, key=key, headers=late)
    assert (401, "USE_DPOP_NONCE") == await refusal(asked)
    claims = {"iat": 1, "nonce": asked.headers["DPoP-Nonce"]}
    mended = {"DPoP": key.proof(RESOURCE, method="GET", token=token, claims=claims)}
    assert (await both_listeners.authorize(token, key=key, headers=mended)).status == 200


async def test_attack_45_a_proof_of_an_unsafe_call_serves_once(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    key = FrameKey()
    token = (await signed_in(both_listeners, login, key=key))["access_token"]

    async def post(proof: str, **headers: str) -> ClientResponse:
        sent = {"Authorization": f"DPoP {token}", "DPoP": proof, **headers}
        return await both_listeners.authorize(None, method="POST", headers=sent)

    def proof() -> str:
        return key.proof(RESOURCE, token=token)

    first = proof()
    assert (await post(first)).status == 200
    assert (401, "INVALID_DPOP_PROOF") == await refusal(await post(first))

    keyed, request = proof(), {"Idempotency-Key": new_key()}
    assert (await post(keyed, **request)).status == 200
    assert (await post(keyed, **request)).status == 200
    other = await post(keyed, **{"Idempotency-Key": new_key()})
    assert (401, "INVALID_DPOP_PROOF") == await refusal(other)
