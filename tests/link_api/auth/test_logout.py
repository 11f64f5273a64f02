"""`POST logout`: ends the session of a `lnk_` token and the elements sessions made from it."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.store import SessionStore
from tests.support.clients.link_client import (
    COOKIE,
    OTHER_SHOP,
    SHOP,
    Asking,
    LinkClient,
    granted,
    refusal,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_logout_ends_the_session_and_expires_the_cookie(
    link: LinkClient, redis: Redis
) -> None:
    """Every generation's `lnk_` stands for nobody afterwards."""
    first = await link.log_in(asking=Asking(origin=SHOP))
    second = await granted(await link.refresh(first["refresh_token"]))
    answer = await link.logout(second["session_token"], Asking(origin=SHOP))

    body = await granted(answer)
    assert set(body) == {"success", "message"}
    assert answer.headers["Set-Cookie"] == (
        f"{COOKIE}=; Secure; HttpOnly; SameSite=None; Partitioned; Path=/; Max-Age=0"
    )
    for token in (first["session_token"], second["session_token"]):
        assert await SessionStore(redis).find_link_session(token) is None
    assert not await redis.exists(redis_keys.link_token(second["session_token"]))
    assert not await redis.exists(redis_keys.session_index(first["customer_id"]))


async def test_a_second_logout_finds_an_unknown_token(link: LinkClient) -> None:
    """What was ended is ended; the second call says that nobody is signed in."""
    body = await link.log_in()
    await granted(await link.logout(body["session_token"]))

    answer = await link.logout(body["session_token"])
    assert await refusal(answer) == (401, "UNAUTHENTICATED")
    assert "WWW-Authenticate" in answer.headers


async def test_a_logout_leaves_the_customers_other_sessions(
    link: LinkClient, redis: Redis, time_machine: TimeMachine
) -> None:
    """One shop's logout is not another's."""
    here = await link.log_in()
    await time_machine.forward(60_000)
    there = await link.log_in()
    await granted(await link.logout(here["session_token"]))

    assert await SessionStore(redis).find_link_session(there["session_token"])
    assert (await link.refresh(there["refresh_token"])).status == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer lnk_unknown", "Bearer", "Basic bG5rOng=", "Bearer rfr_abc", "Bearer a b"],
)
async def test_without_a_live_token_nobody_is_logged_out(
    link: LinkClient, authorization: str | None
) -> None:
    """No credential, a wrong one, or one of another kind."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await link.logout(None, Asking(headers=headers))

    assert await refusal(answer) == (401, "UNAUTHENTICATED")


async def test_a_refresh_token_in_the_header_does_not_log_out(link: LinkClient) -> None:
    """Tokens in each other's place are refused."""
    body = await link.log_in()

    answer = await link.logout(body["refresh_token"])
    assert await refusal(answer) == (401, "UNAUTHENTICATED")
    assert (await link.refresh(body["session_token"])).status == 401


async def test_a_logout_needs_no_body(link: LinkClient, redis: Redis) -> None:
    """As the published page calls it."""
    login = await link.log_in()
    token = login["session_token"]

    await granted(await link.call("POST", "auth/logout", asking=Asking(token=token)))
    assert await SessionStore(redis).find_link_session(token) is None


@pytest.mark.parametrize("generation", [0, 1])
async def test_any_genuine_refresh_token_logs_out_and_may_again(
    link: LinkClient, redis: Redis, generation: int
) -> None:
    """The newest and one that was spent; nothing is left of the login."""
    logins = [await link.log_in()]
    logins.append(await granted(await link.refresh(logins[0]["refresh_token"])))
    body = {"refresh_token": logins[generation]["refresh_token"]}

    for _ in range(2):
        await granted(await link.post("logout", body))
    for login in logins:
        assert await SessionStore(redis).find_link_session(login["session_token"]) is None


async def test_a_cookie_logs_out_from_the_login_s_origin_alone(
    link: LinkClient, redis: Redis
) -> None:
    """Another shop's page, or no page, ends nothing."""
    login = await link.log_in(asking=Asking(origin=SHOP))
    cookie = login["refresh_token"]
    for origin in (OTHER_SHOP, None):
        answer = await link.call("POST", "auth/logout", asking=Asking(cookie=cookie, origin=origin))
        assert await refusal(answer) == (403, "ORIGIN_NOT_ALLOWED")
    assert await SessionStore(redis).find_link_session(login["session_token"])

    own = Asking(cookie=cookie, origin=SHOP)
    await granted(await link.call("POST", "auth/logout", asking=own))
    assert await SessionStore(redis).find_link_session(login["session_token"]) is None


async def test_a_forged_refresh_token_logs_nobody_out(link: LinkClient, redis: Redis) -> None:
    """Its MAC is checked before anything is read."""
    login = await link.log_in()
    answer = await link.post("logout", {"refresh_token": login["refresh_token"][:-4] + "AAAA"})

    assert await refusal(answer) == (401, "REFRESH_TOKEN_INVALID")
    assert await SessionStore(redis).find_link_session(login["session_token"])
