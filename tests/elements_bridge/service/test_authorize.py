"""Forward-auth: 200 with the caller, or 401, 403 or 503; an unknown state is never a 200."""

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    BUSINESS,
    MINUTE_MS,
    SHOP,
    claims_of,
    granted,
    refusal,
    settings_for,
)
from tests.support.clients.internal_client import (
    IDENTITY,
    INTERNAL_TOKEN,
    RunningBridge,
    running_both_listeners,
    signed_in,
)
from tests.support.link_login import LinkLogin, log_in
from tests.support.time_machine import MovableClock, TimeMachine
from tests.support.waiting import until


async def test_who_calls_stands_in_every_header(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    grant = await signed_in(both_listeners, login)

    answer = await both_listeners.authorize(grant["access_token"], query="scope=addresses")

    assert answer.status == 200
    assert {name: answer.headers[name] for name in IDENTITY} == {
        "X-Link-Customer-Id": login.customer_id,
        "X-Link-Account-Id": claims_of(grant)["account_id"],
        "X-Link-Business-Id": BUSINESS,
        "X-Link-Session-Id": grant["session"]["id"],
        "X-Link-Parent-Origin": SHOP,
        "X-Link-Scope": "addresses profile",
    }
    assert answer.headers["X-Link-Account-Id"] == grant["session"]["account_id"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert await answer.read() == b""


async def test_a_guest_passes_only_where_the_gateway_says_so(both_listeners: RunningBridge) -> None:
    token = (await both_listeners.public.init())["access_token"]

    assert (403, "INSUFFICIENT_SCOPE") == await refusal(await both_listeners.authorize(token))
    assert (403, "INSUFFICIENT_SCOPE") == await refusal(
        await both_listeners.authorize(token, query="guest=1&max_age=3600")
    )
    answer = await both_listeners.authorize(token, query="guest=1")
    assert answer.status == 200
    assert [answer.headers[name] for name in IDENTITY[:2]] == ["", ""]
    assert answer.headers["X-Link-Scope"] == "otp"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("scope=profile,addresses", 200),
        ("scope=profile+addresses&amr=bootstrap", 200),
        ("scope=wallets", 403),
        ("scope=addresses+wallets:read", 403),
        ("amr=otp", 403),
        ("amr=bootstrap,otp", 403),
        ("max_age=60", 200),
    ],
)
async def test_scope_amr_and_max_age_are_all_asked(
    both_listeners: RunningBridge, login: LinkLogin, query: str, status: int
) -> None:
    token = (await signed_in(both_listeners, login))["access_token"]
    answer = await both_listeners.authorize(token, query=query)
    assert answer.status == status
    if status == 403:
        missing = (await answer.json())["error"]["details"]["missing"]
        assert missing == query.rpartition("&")[2].partition("=")[0]
    assert ("X-Link-Customer-Id" in answer.headers) == (status == 200)


async def test_a_wider_scope_covers_the_narrower_one_and_not_the_other_way(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    read_only = (await both_listeners.public.init(element="payment", token=login.token))[
        "access_token"
    ]
    assert (await both_listeners.authorize(read_only, query="scope=wallets:read")).status == 200
    assert (await both_listeners.authorize(read_only, query="scope=wallets")).status == 403
    assert (await both_listeners.authorize(read_only, query="scope=wallet")).status == 403


async def test_a_sign_in_that_is_too_long_ago_does_not_pass_however_fresh_the_token(
    both_listeners: RunningBridge, login: LinkLogin, redis: Redis, clock: MovableClock
) -> None:
    await redis.hset(login.key, "created_at", str(clock.now_ms() - 10 * MINUTE_MS))
    grant = await signed_in(both_listeners, login)
    token = (await granted(await both_listeners.public.refresh(grant["refresh_token"])))[
        "access_token"
    ]

    assert (await both_listeners.authorize(token, query="max_age=660")).status == 200
    assert (await both_listeners.authorize(token, query="max_age=599")).status == 403


@pytest.mark.parametrize(
    "query",
    [
        *("scopes=x", "max_age=-1", "max_age=x", "guest=yes", "scope=a&scope=b", "x="),
        *("scope=", "scope=+", "scope=,", "amr=", "max_age=", "guest="),
    ],
)
async def test_a_gateway_with_a_wrong_configuration_lets_nobody_through(
    both_listeners: RunningBridge, login: LinkLogin, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = (await signed_in(both_listeners, login))["access_token"]
    assert (await both_listeners.authorize(token, query=query)).status == 403
    assert "gateway_misconfigured" in caplog.messages


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Method": ""},
        {"X-Forwarded-Method": "get"},
        {"X-Forwarded-Uri": ""},
        {"X-Forwarded-Uri": "https://api.cimplify.io/"},
        {"X-Forwarded-Uri": "/a b"},
    ],
)
async def test_a_gateway_that_does_not_say_what_it_was_asked_lets_nobody_through(
    both_listeners: RunningBridge, login: LinkLogin, headers: dict[str, str]
) -> None:
    token = (await signed_in(both_listeners, login))["access_token"]
    assert (await both_listeners.authorize(token, headers=headers)).status == 403


async def test_attack_40_no_other_token_is_a_customers(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    grant = await signed_in(both_listeners, login)
    bootstrap_token = await both_listeners.public.bootstrap("a" * 43)
    for other in (login.token, grant["refresh_token"], bootstrap_token, INTERNAL_TOKEN, "x.y.z"):
        assert (401, "TOKEN_INVALID") == await refusal(await both_listeners.authorize(other))
    nobody = await both_listeners.authorize(None)
    assert (401, "UNAUTHENTICATED") == await refusal(nobody)
    assert nobody.headers["WWW-Authenticate"]
    basic = await both_listeners.authorize(None, headers={"Authorization": "Basic eA=="})
    assert (401, "UNAUTHENTICATED") == await refusal(basic)


async def test_attack_49_what_a_client_sends_of_its_own_counts_for_nothing(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    token = (await signed_in(both_listeners, login))["access_token"]
    forged = dict.fromkeys(IDENTITY, "cus_somebodyelse000000")
    answer = await both_listeners.authorize(token, headers={**forged, "X-Link-Sub": "cus_x"})
    assert answer.headers["X-Link-Customer-Id"] == login.customer_id
    assert answer.headers.getall("X-Link-Customer-Id") == [login.customer_id]
    assert "X-Link-Sub" not in answer.headers


async def test_a_token_is_read_once_and_its_end_is_seen_at_every_call(
    both_listeners: RunningBridge, login: LinkLogin, time_machine: TimeMachine, redis: Redis
) -> None:
    grant = await signed_in(both_listeners, login)
    token = grant["access_token"]
    assert (await both_listeners.authorize(token)).status == 200
    await redis.config_resetstat()
    assert (await both_listeners.authorize(token)).status == 200
    assert "cmdstat_hgetall" not in await redis.info("commandstats")

    await time_machine.forward(301_000 + 10_000)
    assert (401, "TOKEN_EXPIRED") == await refusal(await both_listeners.authorize(token))


async def test_a_session_that_ended_passes_no_more_wherever_it_ended(
    both_listeners: RunningBridge, login: LinkLogin, redis: Redis
) -> None:
    ended = await signed_in(both_listeners, login)
    other = await signed_in(both_listeners, await log_in(redis))
    for grant in (ended, other):
        assert (await both_listeners.authorize(grant["access_token"])).status == 200
    token = ended["access_token"]
    await granted(await both_listeners.public.post("logout", {"scope": "element"}, token=token))
    await until(lambda: both_listeners.bridge.feed.is_revoked(ended["session"]["id"], None))

    assert (401, "SESSION_REVOKED") == await refusal(await both_listeners.authorize(token))
    assert (await both_listeners.authorize(other["access_token"])).status == 200


async def test_a_stale_feed_asks_redis_at_every_call(
    both_listeners: RunningBridge, login: LinkLogin, redis: Redis
) -> None:
    live, ended = await signed_in(both_listeners, login), await signed_in(both_listeners, login)
    for grant in (live, ended):
        assert (await both_listeners.authorize(grant["access_token"])).status == 200
    await both_listeners.bridge.feed.__aexit__(None, None, None)
    key = redis_keys.elements_session(login.customer_id, ended["session"]["id"])
    await redis.hset(key, "status", "revoked")  # as another replica would, unheard here

    assert (await both_listeners.authorize(live["access_token"])).status == 200
    refused = await both_listeners.authorize(ended["access_token"])
    assert (401, "SESSION_REVOKED") == await refusal(refused)
    await redis.delete(login.key)
    orphaned = await both_listeners.authorize(live["access_token"])
    assert (401, "SESSION_REVOKED") == await refusal(orphaned)


async def test_attack_38_with_a_stale_feed_a_dead_redis_is_503_and_never_a_yes(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(own_redis.url, keyring, internal_token=INTERNAL_TOKEN)
    async with (
        Redis.from_url(own_redis.url, decode_responses=True) as redis,
        running_both_listeners(settings, clock) as both_listeners,
    ):
        token = (await signed_in(both_listeners, await log_in(redis)))["access_token"]
        assert (await both_listeners.authorize(token)).status == 200
        await own_redis.kill()
        await until(lambda: not both_listeners.bridge.feed.is_fresh)

        dead = await both_listeners.authorize(token)
        assert (503, "STORE_UNAVAILABLE") == await refusal(dead)
        assert dead.headers["Retry-After"]
        assert (503, "STORE_UNAVAILABLE") == await refusal(await both_listeners.introspect(token))

        await own_redis.restart()
        await until(lambda: both_listeners.bridge.feed.is_fresh)
        assert (await both_listeners.authorize(token)).status == 200
