"""Limits of bootstrap and init: by address, business and route (docs/protocol.md#limits)."""

import pytest
from redis.asyncio import Redis

from tests.support.clients.bridge_client import BUSINESS, LINK, SECOND_MS, SHOP, refusal
from tests.support.clients.limited_calls import (
    LIMITED,
    OTHER,
    Serve,
    bootstrap,
    init,
    keys_of_limits,
    statuses,
    until_told,
)
from tests.support.link_login import LinkLogin
from tests.support.time_machine import TimeMachine


async def test_a_bootstrap_too_many_in_a_minute_is_429_and_the_shop_can_read_why(
    serve: Serve, time_machine: TimeMachine, redis: Redis
) -> None:
    """The window moves, and the answer says how."""
    async with serve(limit_bootstrap=30) as bridge:
        first = [await bootstrap(bridge) for _ in range(15)]
        await until_told(redis, "bootstrap", 15)
        await time_machine.forward(40 * SECOND_MS)
        second = [await bootstrap(bridge) for _ in range(15)]
        assert await statuses([*first, *second]) == [200] * 30

        limited = await bootstrap(bridge)

        assert await refusal(limited) == LIMITED
        assert (await limited.json())["error"]["retryable"] is True
        wait_s = int(limited.headers["Retry-After"])
        assert 15 <= wait_s <= 20
        assert limited.headers["RateLimit-Policy"] == '"bootstrap";q=30;w=60'
        assert limited.headers["RateLimit"] == f'"bootstrap";r=0;t={wait_s}'
        assert limited.headers["Access-Control-Allow-Origin"] == SHOP
        assert limited.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"

        # One second more: Redis, which was told a moment after the calls, must have forgotten too.
        await until_told(redis, "bootstrap", 30)
        await time_machine.forward((wait_s + 1) * SECOND_MS)
        again = [await bootstrap(bridge) for _ in range(16)]
        assert (await statuses(again)).count(200) == 15


async def test_an_init_too_many_is_429_and_spends_no_token(
    serve: Serve, time_machine: TimeMachine, redis: Redis
) -> None:
    async with serve(limit_init=2) as bridge:
        bodies = [await bridge.init_body() for _ in range(3)]
        assert [(await init(bridge, body)).status for body in bodies[:2]] == [200, 200]

        limited = await init(bridge, bodies[2])
        assert await refusal(limited) == LIMITED
        assert limited.headers["RateLimit-Policy"] == '"init";q=2;w=60'
        assert limited.headers["Access-Control-Allow-Origin"] == LINK

        assert (await init(bridge, bodies[2], "198.51.100.2")).status == 200
        await until_told(redis, "init", 3)
        await time_machine.forward(60 * SECOND_MS)
        assert (await init(bridge, await bridge.init_body())).status == 200


async def test_windows_are_of_one_address_one_business_and_one_route(serve: Serve) -> None:
    async with serve(limit_bootstrap=1, limit_init=1) as bridge:
        body = await bridge.init_body()  # from 127.0.0.1
        assert await statuses([await bootstrap(bridge, "127.0.0.1")]) == [429]

        assert (await bootstrap(bridge, "198.51.100.1")).status == 200
        assert (await bootstrap(bridge, "198.51.100.2")).status == 200
        assert (await bootstrap(bridge, "127.0.0.1", business_id=OTHER)).status == 200
        assert (await init(bridge, body, "127.0.0.1")).status == 200
        assert await statuses([await bootstrap(bridge, "198.51.100.1")]) == [429]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 429),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 200),
        ("198.51.100.1", "::ffff:198.51.100.1", 429),
        ("198.51.100.1", "198.51.100.2", 200),
    ],
)
async def test_ipv6_counts_by_64_and_ipv4_by_address(
    serve: Serve, first: str, second: str, status: int
) -> None:
    async with serve(limit_bootstrap=1) as bridge:
        assert (await bootstrap(bridge, first)).status == 200
        assert (await bootstrap(bridge, second)).status == status


async def test_attack_50_a_forged_address_counts_for_nothing(serve: Serve) -> None:
    """Without a trusted proxy the connection's address counts, with one only what it wrote."""
    async with serve(limit_bootstrap=2, trusted_proxies="") as bridge:
        answers = [await bootstrap(bridge, f"198.51.100.{step}") for step in range(3)]
        assert await statuses(answers) == [200, 200, 429]

    async with serve(limit_bootstrap=2) as bridge:
        answers = [await bootstrap(bridge, f"192.0.2.{step}, 198.51.100.1") for step in range(3)]
        assert await statuses(answers) == [200, 200, 429]


async def test_an_address_is_no_part_of_a_key(serve: Serve, redis: Redis) -> None:
    """Neither in clear nor as a hash that could be tried out."""
    async with serve() as bridge:
        await bootstrap(bridge, "198.51.100.77")

    keys = await keys_of_limits(redis)
    # Of the address and business, of the business's guests, and of those of the address.
    assert len(keys) == 3
    assert not [key for key in keys if "198.51" in key]


async def test_guests_are_limited_per_business_and_signed_in_customers_are_not(
    serve: Serve, login: LinkLogin, time_machine: TimeMachine, redis: Redis
) -> None:
    async with serve(limit_guests=2) as bridge:
        guests = [await bootstrap(bridge, f"198.51.100.{step}") for step in range(3)]
        assert await statuses(guests) == [200, 200, 429]
        assert guests[2].headers["RateLimit-Policy"] == '"guests";q=2;w=60'

        assert (await bootstrap(bridge, token=login.token)).status == 200
        assert (await bootstrap(bridge, business_id=OTHER)).status == 200
        await until_told(redis, "guests", 3)
        await until_told(redis, "bootstrap", 4)  # what the guests' bound refused counts nowhere
        await time_machine.forward(60 * SECOND_MS)
        assert (await bootstrap(bridge)).status == 200


async def test_a_signed_in_customer_uses_up_no_guests(serve: Serve, login: LinkLogin) -> None:
    async with serve(limit_guests=1) as bridge:
        for _ in range(3):
            assert (await bootstrap(bridge, token=login.token)).status == 200
        assert (await bootstrap(bridge)).status == 200


async def test_an_unlisted_page_uses_up_nothing_of_the_listed_one(serve: Serve) -> None:
    """As a shop's own page that was forgotten in the list, behind one carrier's address."""
    evil = "https://evil.example"
    async with serve(limit_guests=1, limit_bootstrap=1) as bridge:
        codes = [await refusal(await bootstrap(bridge, origin=evil)) for _ in range(4)]
        assert codes == [(403, "ORIGIN_NOT_ALLOWED")] * 4

        assert (await bootstrap(bridge)).status == 200
        assert await refusal(await bootstrap(bridge)) == LIMITED


async def test_made_up_bootstrap_tokens_use_up_nothing_of_the_genuine_ones(serve: Serve) -> None:
    """Whoever knows a shop's id would else keep its customers out, a carrier's at a time."""
    async with serve(limit_init=1) as bridge:
        body = await bridge.init_body()
        made_up = {**body, "bootstrap_token": "elb_" + "A" * 43}
        for _ in range(4):
            assert (await refusal(await init(bridge, made_up)))[0] == 401

        assert (await init(bridge, body)).status == 200
        assert await refusal(await init(bridge, await bridge.init_body())) == LIMITED


async def test_unknown_businesses_share_one_window_of_an_address(
    serve: Serve, redis: Redis
) -> None:
    """Nobody makes keys of his own choice, and a business that was met is not held up by that."""
    async with serve(limit_bootstrap=3) as bridge:
        assert (await bootstrap(bridge, "198.51.100.2")).status == 200
        made_up = [f"bus_{step:016}" for step in range(5)]
        answers = [await bootstrap(bridge, business_id=business_id) for business_id in made_up]

        codes = [await refusal(answer) for answer in answers]
        assert codes == [(404, "UNKNOWN_BUSINESS")] * 3 + [LIMITED] * 2
        assert (await bootstrap(bridge)).status == 200
    # Reported when the bridge ends: of the two callers, of all unknown ids, and of the guests,
    # together and of each caller.
    assert len(await keys_of_limits(redis)) == 6


async def test_a_body_that_is_no_request_does_not_count(serve: Serve) -> None:
    async with serve(limit_bootstrap=1) as bridge:
        route = f"bootstrap?business_id={BUSINESS}"
        for _ in range(3):
            answer = await bridge.post(route, {"element": "auth"}, origin=SHOP)
            assert await refusal(answer) == (400, "VALIDATION_ERROR")
        assert (await bootstrap(bridge, "127.0.0.1")).status == 200
