"""A frame proves every call by a key that cannot leave it (DPoP, RFC 9449)."""

import pytest
from redis.asyncio import Redis

from tests.support.browser.recorded_calls import RecordedCalls
from tests.support.browser.shop import Json
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API, new_key
from tests.support.frame_key import FrameKey

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFRESHED = {"expires_in": 300}


async def test_check_02_happy_dpop(visitor: Visitor) -> None:
    """The token has `cnf.jkt`, and its successors the same; every call came with a proof."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, visitor.servers.stack, "ayele@example.com")
    assert REFRESHED == await shop.command("refresh")
    assert {} == await shop.command("logout")

    routes = ("init", "request-otp", "verify-otp", "refresh", "logout")
    calls = {route: (await visitor.servers.called(route))[0] for route in routes}
    granted = [calls[route]["claims"] for route in ("init", "verify-otp", "refresh")]
    assert [True] * 5 == [call["dpop"] for call in calls.values()]
    assert 1 == len({claims["cnf"]["jkt"] for claims in granted})


async def test_each_document_has_a_key_of_its_own(visitor: Visitor) -> None:
    """Two elements of one page, and one of them reloaded: three keys."""
    shop = await visitor.shop("payment", "auth")
    await shop.hear("initialized", 2)
    await (await shop.frame()).evaluate("() => void location.reload()")

    await shop.hear("initialized", 3)

    inits = await visitor.servers.called("init", 3)
    assert 3 == len({init["claims"]["cnf"]["jkt"] for init in inits})


async def test_check_44_proof_replay_and_wrong_htu(visitor: Visitor, redis: Redis) -> None:
    """The frame's newest token with its spent proofs, or a thief's own: 401, the frame goes on."""
    calls = RecordedCalls.of(visitor.context)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    assert REFRESHED == await shop.command("refresh")
    init, refresh = await calls.exchange("init"), await calls.exchange("refresh")
    body = {"refresh_token": refresh.data["refresh_token"]}
    url = f"{visitor.origin('link')}{API}/refresh"

    foreign = FrameKey().proof(url, token=body["refresh_token"])

    for proof in (refresh.headers["dpop"], init.headers["dpop"], foreign, None):
        status, refusal = await refresh_by(visitor, body, proof)
        assert (401, "INVALID_DPOP_PROOF") == (status, refusal["error"]["code"])

    [key] = [key async for key in redis.scan_iter("*:elements:*")]
    assert ["1", "live"] == await redis.hmget(key, "generation", "status")
    assert [] == await shop.told("error")


async def refresh_by(visitor: Visitor, body: Json, proof: str | None) -> tuple[int, Json]:
    """Spend a stolen refresh token under a new `Idempotency-Key`."""
    headers = {"Idempotency-Key": new_key()} | ({"DPoP": proof} if proof else {})
    return await visitor.servers.post(
        "refresh", body, origin=visitor.origin("link"), headers=headers
    )
