"""`POST refresh` by cookie: the tabs of one browser race, and none of them is logged out."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from link_kernel.observability.security_events import SecurityEvent
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.store import SessionStore
from tests.support.clients.link_client import (
    OTHER_SHOP,
    SHOP,
    Asking,
    LinkClient,
    cookie_of,
    granted,
    new_key,
    refusal,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

MINUTE = 60_000
PAGE = Asking(origin=SHOP)


def with_cookie(value: str | None, origin: str | None = SHOP) -> Asking:
    """A page's call with the cookie a browser would add."""
    return Asking(origin=origin, cookie=value)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_two_tabs_at_once_stay_signed_in(
    link: LinkClient, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """One cookie, two keys: both are granted, and what either got goes on working."""
    body = await link.log_in(asking=PAGE)
    cookie = with_cookie(body["refresh_token"])
    answers = await asyncio.gather(*(link.refresh(None, asking=cookie) for _ in range(2)))

    for answer in answers:
        login = await granted(answer)
        assert await SessionStore(redis).find_link_session(login["session_token"])
        again = await link.refresh(None, asking=with_cookie(cookie_of(answer)))
        assert again.status == 200
    assert SecurityEvent.REFRESH_TOKEN_REUSED not in caplog.text


async def test_a_page_left_while_refreshing_loses_nothing(link: LinkClient) -> None:
    """The next page has the cookie from before and a key of its own."""
    body = await link.log_in(asking=PAGE)
    cookie = with_cookie(body["refresh_token"])
    await granted(await link.refresh(None, asking=cookie))  # nobody reads this answer
    answer = await link.refresh(None, asking=cookie)

    assert cookie_of(answer) == (await granted(answer))["refresh_token"]
    assert (await link.refresh(None, asking=with_cookie(cookie_of(answer)))).status == 200


async def test_a_cookie_of_any_age_rotates(link: LinkClient, time_machine: TimeMachine) -> None:
    """A tab restored from long ago; each rotation is of the newest generation, not of its own."""
    body = await link.log_in(asking=PAGE)
    seen = {body["refresh_token"]}
    for _ in range(8):
        await time_machine.forward(60 * MINUTE)
        cookie = with_cookie(body["refresh_token"])
        seen.add((await granted(await link.refresh(None, asking=cookie)))["refresh_token"])

    assert len(seen) == 9


@pytest.mark.parametrize("cookie_arrived", [False, True])
async def test_the_same_key_again_is_a_replay(link: LinkClient, *, cookie_arrived: bool) -> None:
    """Also where the answer's cookie reached the jar and its body did not reach the page."""
    body, key = await link.log_in(asking=PAGE), new_key()
    first = await link.refresh(None, key, with_cookie(body["refresh_token"]))
    held = cookie_of(first) if cookie_arrived else body["refresh_token"]
    second = await link.refresh(None, key, with_cookie(held))

    assert await granted(first) == await granted(second)
    assert cookie_of(first) == cookie_of(second)


async def test_by_body_the_strict_rule_stays(link: LinkClient) -> None:
    """A spent token in a body is reuse, in the login's own page too."""
    body = await link.log_in(asking=PAGE)
    await granted(await link.refresh(None, asking=with_cookie(body["refresh_token"])))

    answer = await link.refresh(body["refresh_token"], asking=PAGE)
    assert await refusal(answer) == (401, "REFRESH_TOKEN_REUSED")
    by_cookie = await link.refresh(None, asking=with_cookie(body["refresh_token"]))
    assert await refusal(by_cookie) == (401, "SESSION_REVOKED")


async def test_an_ended_login_is_not_reuse_by_cookie(link: LinkClient) -> None:
    """Even for the token and key of the reuse that ended it: no cookie is ever called stolen."""
    body, key = await link.log_in(asking=PAGE), new_key()
    await granted(await link.refresh(body["refresh_token"]))
    reused = await link.refresh(body["refresh_token"], key)
    assert await refusal(reused) == (401, "REFRESH_TOKEN_REUSED")

    by_cookie = await link.refresh(None, key, with_cookie(body["refresh_token"]))
    assert await refusal(by_cookie) == (401, "SESSION_REVOKED")


async def test_an_old_cookie_is_nothing_to_another_page(link: LinkClient) -> None:
    """The origin is asked before the generation; the login is unharmed."""
    body = await link.log_in(asking=PAGE)
    await granted(await link.refresh(None, asking=with_cookie(body["refresh_token"])))
    for origin in (OTHER_SHOP, None):
        answer = await link.refresh(None, asking=with_cookie(body["refresh_token"], origin))
        assert await refusal(answer) == (403, "ORIGIN_NOT_ALLOWED")

    assert (await link.refresh(None, asking=with_cookie(body["refresh_token"]))).status == 200


async def test_an_old_cookie_heals_a_store_that_lost_writes(link: LinkClient, redis: Redis) -> None:
    """Ahead of the store is ahead, however the token came."""
    body = await link.log_in(asking=PAGE)
    newest = body["refresh_token"]
    for _ in range(3):
        newest = (await granted(await link.refresh(None, asking=with_cookie(newest))))[
            "refresh_token"
        ]
    found = await SessionStore(redis).find_link_session(body["session_token"])
    assert found is not None
    stored = redis_keys.link_session(body["customer_id"], found.id)
    await redis.hset(stored, "generation", "1")

    await granted(await link.refresh(None, asking=with_cookie(newest)))
    assert await redis.hget(stored, "generation") == "4"


async def test_logout_ends_what_a_cookie_is_worth(link: LinkClient) -> None:
    """Every generation at once, the copied ones included."""
    body = await link.log_in(asking=PAGE)
    answer = await link.refresh(None, asking=with_cookie(body["refresh_token"]))
    newest = await granted(answer)
    await granted(await link.logout(newest["session_token"]))
    for token in (body["refresh_token"], newest["refresh_token"]):
        refused = await link.refresh(None, asking=with_cookie(token))
        assert await refusal(refused) == (401, "SESSION_REVOKED")
