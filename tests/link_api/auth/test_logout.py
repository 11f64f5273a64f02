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


@pytest.mark.parametrize("by", ["body", "cookie"])
@pytest.mark.parametrize("header", ["ended", "Bearer lnk_unknown", "Bearer", "Basic bG5rOng="])
async def test_a_dead_token_in_the_header_keeps_no_genuine_refresh_token_from_logging_out(
    link: LinkClient, redis: Redis, by: str, header: str
) -> None:
    """A page whose `lnk_` ended with its hour still has the cookie that could go on."""
    login = await link.log_in(asking=Asking(origin=SHOP))
    if header == "ended":
        header = f"Bearer {login['session_token']}"
        await redis.delete(redis_keys.link_token(login["session_token"]))
    token = login["refresh_token"]
    cookie, body = (token, None) if by == "cookie" else (None, {"refresh_token": token})
    asking = Asking(origin=SHOP, cookie=cookie, headers={"Authorization": header})

    await granted(await link.call("POST", "auth/logout", body, asking))
    assert (await link.refresh(token)).status == 401


async def test_each_genuine_credential_of_a_logout_ends_its_own_login(link: LinkClient) -> None:
    """The answer takes the cookie away: its login would live on where nobody could end it."""
    logins = [await link.log_in(f"+23324123456{step}", Asking(origin=SHOP)) for step in range(3)]
    tokens = [login["refresh_token"] for login in logins]
    asking = Asking(origin=SHOP, token=logins[0]["session_token"], cookie=tokens[2])

    await granted(await link.post("logout", {"refresh_token": tokens[1]}, asking))
    assert [(await link.refresh(token)).status for token in tokens] == [401, 401, 401]


async def test_the_cookie_of_another_pages_login_stays_with_it(link: LinkClient) -> None:
    """Two origins of one site share the jar, and that login does not end."""
    mine = await link.log_in(asking=Asking(origin=SHOP))
    others = await link.log_in("+233241234568", Asking(origin=OTHER_SHOP))
    here = Asking(origin=SHOP, cookie=others["refresh_token"])

    answer = await link.logout(mine["session_token"], here)

    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    there = Asking(token=others["session_token"])
    assert (await link.call("GET", "data", asking=there)).status == 200


async def test_what_is_refused_beside_a_genuine_token_ends_nothing(link: LinkClient) -> None:
    """A forged `rfr_`, another shop's cookie: each login is ended by its own credential alone."""
    mine = await link.log_in("+233241234567", Asking(origin=SHOP))
    others = await link.log_in("+233241234568", Asking(origin=OTHER_SHOP))
    forged = {"refresh_token": others["refresh_token"][:-4] + "AAAA"}
    asking = Asking(origin=SHOP, token=mine["session_token"], cookie=others["refresh_token"])

    await granted(await link.post("logout", forged, asking))
    assert (await link.refresh(mine["refresh_token"])).status == 401
    assert (await link.refresh(others["refresh_token"])).status == 200


async def test_a_logout_without_any_genuine_credential_is_told_of_the_first(
    link: LinkClient,
) -> None:
    """Header, body, cookie: the caller meant the first that it sent."""
    others = await link.log_in(asking=Asking(origin=OTHER_SHOP))
    asking = Asking(origin=SHOP, token="lnk_unknown", cookie=others["refresh_token"])
    forged = {"refresh_token": others["refresh_token"][:-4] + "AAAA"}

    answer = await link.post("logout", forged, asking)
    assert await refusal(answer) == (401, "UNAUTHENTICATED")
    answer = await link.post("logout", forged, Asking(origin=SHOP, cookie=asking.cookie))
    assert await refusal(answer) == (401, "REFRESH_TOKEN_INVALID")
    assert (await link.refresh(others["refresh_token"])).status == 200
