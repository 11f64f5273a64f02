"""Limits by address of calls with an access token, and of a session's logouts."""

import time
from dataclasses import replace

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from tests.support.clients.bridge_client import (
    LINK,
    SECOND_MS,
    BridgeClient,
    Json,
    granted,
    new_key,
    refusal,
    url_of,
)
from tests.support.clients.bridge_sign_in import PHONE
from tests.support.clients.limited_calls import LIMITED, Serve, keys_of_limits, until_told
from tests.support.frame_key import FrameKey
from tests.support.time_machine import TimeMachine

NOBODYS = "no.access.token"
BODIES = {
    "request-otp": PHONE,
    "verify-otp": {**PHONE, "otp_code": "123456"},
    "logout": {"scope": "element"},
}
SIGN_IN = ("request-otp", "verify-otp")


async def call(
    bridge: BridgeClient, route: str, token: str = NOBODYS, address: str = "198.51.100.1"
) -> ClientResponse:
    """Make a call from an address."""
    headers = {"X-Forwarded-For": address}
    return await bridge.post(route, BODIES[route], token=token, key=new_key(), headers=headers)


async def limited_by(answer: ClientResponse, policy: str, count: int) -> int:
    """Return for how many seconds a limit asks its caller to wait, after checking the refusal."""
    assert await refusal(answer) == LIMITED
    assert (await answer.json())["error"]["retryable"] is True
    wait_s = answer.headers["Retry-After"]
    assert answer.headers["RateLimit-Policy"] == f'"{policy}";q={count};w=60'
    assert answer.headers["RateLimit"] == f'"{policy}";r=0;t={wait_s}'
    assert answer.headers["Access-Control-Allow-Origin"] == LINK
    return int(wait_s)


async def test_genuine_calls_of_a_sign_in_share_a_window(
    serve: Serve, time_machine: TimeMachine, redis: Redis
) -> None:
    async with serve(limit_calls=2) as bridge:
        token = (await bridge.init())["access_token"]
        for route in SIGN_IN:
            assert (await call(bridge, route, token)).status not in (401, 429)
        for route in SIGN_IN:
            assert 55 <= await limited_by(await call(bridge, route, token), "calls", 2) <= 60

        elsewhere = await call(bridge, "request-otp", token, "198.51.100.2")
        assert elsewhere.status != LIMITED[0]
        await until_told(redis, "calls", 3)
        await time_machine.forward(60 * SECOND_MS)
        assert (await call(bridge, "verify-otp", token)).status != LIMITED[0]


async def test_a_session_has_a_bound_of_its_own_wherever_it_calls_from(serve: Serve) -> None:
    """One guest cannot use up what a whole network has."""
    async with serve(limit_session_calls=3, limit_calls=4) as bridge:
        first, second = [(await bridge.init())["access_token"] for _ in range(2)]
        for route in ("request-otp", "verify-otp", "request-otp"):
            assert (await call(bridge, route, first)).status not in (401, 429)
        for address in ("198.51.100.1", "198.51.100.2"):
            await limited_by(await call(bridge, "verify-otp", first, address), "session_calls", 3)
        assert (await call(bridge, "request-otp", second)).status != LIMITED[0]
        await limited_by(await call(bridge, "request-otp", second), "calls", 4)


async def test_no_address_limits_a_logout(serve: Serve) -> None:
    """Whoever wants to leave may, whatever others behind the address have done."""
    async with serve(limit_calls=1, limit_refused_calls=1) as bridge:
        frames = [await bridge.init() for _ in range(3)]
        for route in ("request-otp", "request-otp", *BODIES):
            await call(bridge, route, frames[0]["access_token"])
            await call(bridge, route)
        for frame in frames[1:]:
            done = await call(bridge, "logout", frame["access_token"])
            assert await granted(done) == {"revoked": 1}


async def test_refused_tokens_share_a_window_that_costs_redis_nothing(
    serve: Serve, redis: Redis, time_machine: TimeMachine
) -> None:
    async with serve(limit_refused_calls=3) as bridge:
        await redis.config_resetstat()
        for route in BODIES:
            assert await refusal(await call(bridge, route)) == (401, "TOKEN_INVALID")
        for route in BODIES:
            assert 55 <= await limited_by(await call(bridge, route), "refused_calls", 3) <= 60
        assert "cmdstat_evalsha" not in await redis.info("commandstats")
        assert (await call(bridge, "logout", address="198.51.100.2")).status == 401
        await time_machine.forward(60 * SECOND_MS)
        assert (await call(bridge, "logout")).status == 401


async def test_a_flood_of_refused_tokens_takes_nothing_from_the_good_ones(
    serve: Serve, redis: Redis
) -> None:
    async with serve(limit_refused_calls=2) as bridge:
        token = (await bridge.init())["access_token"]
        for _ in range(10):
            await call(bridge, "verify-otp")
        assert not [key for key in await keys_of_limits(redis) if "calls" in key]
        for route in SIGN_IN:
            assert (await call(bridge, route, token)).status not in (401, 429)


async def test_an_ipv6_caller_is_its_64(serve: Serve) -> None:
    async with serve(limit_refused_calls=1) as bridge:
        addresses = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
        answers = [await call(bridge, "logout", address=address) for address in addresses]
        assert [answer.status for answer in answers] == [401, 429, 401]


@pytest.mark.parametrize("body", [{}, {"no": "field"}])
async def test_a_body_that_is_no_request_does_not_count(serve: Serve, body: Json) -> None:
    async with serve(limit_calls=1) as bridge:
        token = (await bridge.init())["access_token"]
        headers = {"X-Forwarded-For": "198.51.100.1"}
        for route in BODIES:
            bad = await bridge.post(route, body, key=new_key(), headers=headers, token=token)
            assert await refusal(bad) == (400, "VALIDATION_ERROR")
        assert (await call(bridge, "request-otp", token)).status != LIMITED[0]


async def test_other_routes_do_not_count(serve: Serve) -> None:
    async with serve(limit_calls=1) as bridge:
        headers = {"X-Forwarded-For": "198.51.100.1"}
        grant = await bridge.init()
        body = {"refresh_token": grant["refresh_token"]}
        await granted(await bridge.post("refresh", body, key=new_key(), headers=headers))
        assert (await call(bridge, "request-otp", grant["access_token"])).status != LIMITED[0]


async def test_a_flood_of_refused_tokens_hides_nothing_from_a_genuine_one(
    serve: Serve, time_machine: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """An expired one is to be refreshed, a wrong clock gets its nonce, a stolen one is reported."""
    async with serve(limit_refused_calls=2) as bridge:
        key = FrameKey()
        bound = replace(bridge, frame_key=key)
        token, plain = (await bound.init())["access_token"], (await bridge.init())["access_token"]
        for _ in range(3):
            flooded = await call(bridge, "logout")
        assert flooded.status == LIMITED[0]

        stale = {"iat": int(time.time()) - 3600}  # noqa: TID251  # a frame has its own clock
        headers = {
            "X-Forwarded-For": "198.51.100.1",
            "DPoP": key.proof(url_of("logout"), token=token, claims=stale),
        }
        wrong_clock = await bound.post("logout", BODIES["logout"], token=token, headers=headers)
        assert (401, "USE_DPOP_NONCE") == await refusal(wrong_clock)
        stolen = await call(bridge, "logout", token)
        assert (401, "INVALID_DPOP_PROOF") == await refusal(stolen)
        assert "dpop_downgrade" in [getattr(record, "event", None) for record in caplog.records]

        await time_machine.forward(320 * SECOND_MS)
        for _ in range(3):
            flooded = await call(bridge, "logout")
        assert flooded.status == LIMITED[0]
        assert (401, "TOKEN_EXPIRED") == await refusal(await call(bridge, "verify-otp", plain))


async def noted_proofs(redis: Redis) -> int:
    """Return how many DPoP proofs the store holds."""
    return len([key async for key in redis.scan_iter("*:dpop:*")])


async def test_a_session_logs_out_so_often_and_no_oftener(serve: Serve, redis: Redis) -> None:
    """Each logout notes its proof; a token that is free to anybody must not fill the store."""
    async with serve() as bridge:
        frame = replace(bridge, frame_key=FrameKey())
        token = (await frame.init())["access_token"]
        other = (await frame.init())["access_token"]
        answers = [await frame.post("logout", BODIES["logout"], token=token) for _ in range(30)]
        assert {answer.status for answer in answers} == {200}
        before = await noted_proofs(redis)
        for _ in range(10):
            limited = await frame.post("logout", BODIES["logout"], token=token)
            await limited_by(limited, "logouts", 30)
        assert await noted_proofs(redis) == before
        assert await granted(await frame.post("logout", BODIES["logout"], token=other)) == {
            "revoked": 1
        }
