"""Calls with an access token are limited per address, before the token is verified."""

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from elements_bridge.http.presented import Presented
from tests.bridge_client import LINK, SECOND_MS, BridgeClient, granted, new_key, refusal
from tests.http.limited import LIMITED, Serve
from tests.http.sign_in import PHONE
from tests.time_machine import TimeMachine

NOBODYS = "no.access.token"
BODIES = {
    "request-otp": PHONE,
    "verify-otp": {**PHONE, "otp_code": "123456"},
    "logout": {"scope": "element"},
}


async def call(
    bridge: BridgeClient, route: str, token: str = NOBODYS, address: str = "198.51.100.1"
) -> ClientResponse:
    """Make a call from an address."""
    headers = {"X-Forwarded-For": address}
    return await bridge.post(route, BODIES[route], token=token, key=new_key(), headers=headers)


async def test_the_three_routes_share_a_window_of_their_caller(
    serve: Serve, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over it, no token is looked at, and soon Redis is not asked either."""
    async with serve(limit_calls=3) as bridge:
        answers = [await call(bridge, route) for route in BODIES]
        assert [answer.status for answer in answers] == [401, 401, 401]

        monkeypatch.delattr(Presented, "admitted")  # whoever looks at the token fails
        for route in BODIES:
            limited = await call(bridge, route)
            assert await refusal(limited) == LIMITED
            assert (await limited.json())["error"]["retryable"] is True
            wait_s = limited.headers["Retry-After"]
            assert 55 <= int(wait_s) <= 60
            assert limited.headers["RateLimit-Policy"] == '"calls";q=3;w=60'
            assert limited.headers["RateLimit"] == f'"calls";r=0;t={wait_s}'
            assert limited.headers["Access-Control-Allow-Origin"] == LINK
        await redis.config_resetstat()
        for _ in range(5):
            assert await refusal(await call(bridge, "logout")) == LIMITED
        assert "cmdstat_evalsha" not in await redis.info("commandstats")


async def test_a_logout_behind_another_address_or_a_minute_later_is_done(
    serve: Serve, time_machine: TimeMachine
) -> None:
    async with serve(limit_calls=1) as bridge:
        here, there = await bridge.init(), await bridge.init()
        await call(bridge, "logout")
        assert await refusal(await call(bridge, "logout", here["access_token"])) == LIMITED

        done = await call(bridge, "logout", there["access_token"], "198.51.100.2")
        assert await granted(done) == {"revoked": 1}
        await time_machine.forward(60 * SECOND_MS)
        done = await call(bridge, "logout", here["access_token"])
        assert await granted(done) == {"revoked": 1}


async def test_an_ipv6_caller_is_its_64(serve: Serve) -> None:
    async with serve(limit_calls=1) as bridge:
        addresses = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
        answers = [await call(bridge, "logout", address=address) for address in addresses]
        assert [answer.status for answer in answers] == [401, 429, 401]


async def test_a_body_that_is_no_request_does_not_count(serve: Serve) -> None:
    async with serve(limit_calls=1) as bridge:
        grant, headers = await bridge.init(), {"X-Forwarded-For": "198.51.100.1"}
        for route in BODIES:
            bad = await bridge.post(route, {"no": "field"}, key=new_key(), headers=headers)
            assert await refusal(bad) == (400, "VALIDATION_ERROR")
        assert (await call(bridge, "logout", grant["access_token"])).status == 200


async def test_other_routes_do_not_count(serve: Serve) -> None:
    async with serve(limit_calls=1) as bridge:
        headers = {"X-Forwarded-For": "198.51.100.1"}
        grant = await bridge.init()
        body = {"refresh_token": grant["refresh_token"]}
        await granted(await bridge.post("refresh", body, key=new_key(), headers=headers))
        assert (await call(bridge, "logout", grant["access_token"])).status == 200
