"""`POST refresh`: the implicit refresh of a login, by docs/protocol.md#refresh-rule."""

import asyncio
import secrets
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from link_api.settings import Settings
from link_kernel.keys.keyring_file import SecretKeyring, new_secret
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.store import SessionStore
from tests.support.clients.link_client import (
    OTHER_SHOP,
    SHOP,
    Asking,
    Json,
    LinkClient,
    cookie_of,
    granted,
    new_key,
    refusal,
    running_link_api,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

MINUTE, DAY = 60_000, 24 * 60 * 60_000
PAGE = Asking(origin=SHOP)


def with_cookie(value: str | None, origin: str | None = SHOP) -> Asking:
    """A page's call with the cookie a browser would add."""
    return Asking(origin=origin, cookie=value)


async def session_id(redis: Redis, body: Json) -> str:
    """Return the link session a flat answer stands for."""
    found = await SessionStore(redis).find_link_session(body["session_token"])
    assert found is not None
    return found.id


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_refresh_gives_new_tokens_of_the_same_session(
    link: LinkClient, redis: Redis, time_machine: TimeMachine
) -> None:
    """`lses_` stays, and so does its end; the `lnk_` before keeps the rest of its own hour."""
    first = await link.log_in()
    born = await session_id(redis, first)
    await time_machine.forward(10 * MINUTE)
    second = await granted(await link.refresh(first["refresh_token"]))

    assert second["session_token"] != first["session_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert (second["customer_id"], second["account_id"]) == (
        first["customer_id"],
        first["account_id"],
    )
    assert await session_id(redis, second) == await session_id(redis, first) == born
    stored = await redis.hgetall(redis_keys.link_session(first["customer_id"], born))
    assert int(stored["expires_at"]) - int(stored["created_at"]) == 30 * DAY
    assert int(stored["last_used_at"]) - int(stored["created_at"]) >= 10 * MINUTE
    old_life = await redis.pttl(redis_keys.link_token(first["session_token"]))
    new_life = await redis.pttl(redis_keys.link_token(second["session_token"]))
    assert 49 * MINUTE < old_life <= 50 * MINUTE
    assert 59 * MINUTE < new_life <= 60 * MINUTE


async def test_a_lost_answer_is_given_again_at_any_age(
    link: LinkClient, time_machine: TimeMachine, redis: Redis
) -> None:
    """The same key gets the same successor, with a `lnk_` that works."""
    first, key = await link.log_in(), new_key()
    answers = []
    for wait in (0, 5_000, 2 * 60 * MINUTE, 20 * DAY):
        await time_machine.forward(wait)
        answers.append(await granted(await link.refresh(first["refresh_token"], key)))
        assert await session_id(redis, answers[-1])

    assert all(answer == answers[0] for answer in answers)
    assert (await link.refresh(answers[0]["refresh_token"])).status == 200


async def test_fifty_at_once_with_one_key_have_one_successor(link: LinkClient) -> None:
    """A page that asks too eagerly loses nothing."""
    first, key = await link.log_in(), new_key()
    answers = await asyncio.gather(*(link.refresh(first["refresh_token"], key) for _ in range(50)))

    assert len({(await granted(answer))["refresh_token"] for answer in answers}) == 1


async def test_a_spent_token_with_another_key_ends_the_session(
    link: LinkClient, redis: Redis
) -> None:
    """The holder of the current token is out too: one of the two is a thief."""
    first = await link.log_in()
    second = await granted(await link.refresh(first["refresh_token"]))
    ended = await session_id(redis, second)

    answer = await link.refresh(first["refresh_token"])
    assert await refusal(answer) == (401, "REFRESH_TOKEN_REUSED")
    assert await refusal(await link.refresh(second["refresh_token"])) == (401, "SESSION_REVOKED")
    assert await SessionStore(redis).find_link_session(second["session_token"]) is None
    assert await redis.zscore(redis_keys.session_index(first["customer_id"]), ended) is None


async def test_the_reuse_that_was_answered_once_is_answered_so_again(link: LinkClient) -> None:
    """The very same request, resent by a client or a driver, hears the same."""
    first, key = await link.log_in(), new_key()
    await granted(await link.refresh(first["refresh_token"]))

    for _ in range(3):
        answer = await link.refresh(first["refresh_token"], key)
        assert await refusal(answer) == (401, "REFRESH_TOKEN_REUSED")


async def test_at_once_with_their_own_keys_ends_the_session(link: LinkClient) -> None:
    """At most one is granted, and not for long."""
    first = await link.log_in()
    answers = await asyncio.gather(*(link.refresh(first["refresh_token"]) for _ in range(10)))

    assert Counter(answer.status for answer in answers) == {200: 1, 401: 9}


async def test_the_key_that_made_a_token_cannot_spend_it(link: LinkClient) -> None:
    """A careless client learns it in development, and its session lives."""
    key = new_key()
    code = await link.code_for()
    first = await granted(await link.verify_otp(code, asking=Asking(key=key)))
    for _ in range(2):
        answer = await link.refresh(first["refresh_token"], key)
        assert await refusal(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await link.refresh(first["refresh_token"])).status == 200


async def test_a_token_ahead_of_the_store_heals_it(link: LinkClient, redis: Redis) -> None:
    """A failover that lost a write logs nobody out."""
    first = await link.log_in()
    second = await granted(await link.refresh(first["refresh_token"]))
    third = await granted(await link.refresh(second["refresh_token"]))
    key = redis_keys.link_session(first["customer_id"], await session_id(redis, first))
    await redis.hset(key, "generation", "1")

    fourth = await granted(await link.refresh(third["refresh_token"]))
    assert await redis.hget(key, "generation") == "3"
    assert (await link.refresh(fourth["refresh_token"])).status == 200


async def test_a_login_ends_after_thirty_days_however_often_it_refreshes(
    link: LinkClient, time_machine: TimeMachine, redis: Redis
) -> None:
    """Its last `lnk_` ends with it."""
    body = await link.log_in()
    await time_machine.forward(30 * DAY - 10 * MINUTE)
    body = await granted(await link.refresh(body["refresh_token"]))
    assert await redis.pttl(redis_keys.link_token(body["session_token"])) <= 10 * MINUTE
    await time_machine.forward(10 * MINUTE)

    assert await refusal(await link.refresh(body["refresh_token"])) == (401, "SESSION_EXPIRED")


async def test_a_logged_out_session_is_revoked(link: LinkClient) -> None:
    """It can be told from one that ran out."""
    body = await link.log_in()
    await granted(await link.logout(body["session_token"]))

    assert await refusal(await link.refresh(body["refresh_token"])) == (401, "SESSION_REVOKED")


async def test_refresh_racing_logout_leaves_no_live_token(link: LinkClient, redis: Redis) -> None:
    """Whoever comes first, afterwards nobody is signed in (CVE-like: keycloak#51312)."""
    for step in range(20):
        body = await link.log_in(
            f"ama{step}@example.com", Asking(address=f"198.51.{step}.1"), contact_type="email"
        )
        answer, _ = await asyncio.gather(
            link.refresh(body["refresh_token"]), link.logout(body["session_token"])
        )
        refreshed = await answer.json()
        for token in (body["session_token"], refreshed.get("session_token", "lnk_none")):
            assert await SessionStore(redis).find_link_session(token) is None


@pytest.mark.parametrize(
    "forged",
    ["rfr_", "lnk_abc", "rfr_é", "rfr_" + "A" * 90, "elr_AAAA", "x" * 700, "rfr_AAAA=="],
)
async def test_a_forged_token_is_invalid(link: LinkClient, forged: str) -> None:
    """Without asking Redis, and without a fault of ours."""
    assert await refusal(await link.refresh(forged)) == (401, "REFRESH_TOKEN_INVALID")


async def test_a_changed_token_is_invalid(link: LinkClient) -> None:
    """Every character counts, the last one's spare bits included."""
    token = (await link.log_in())["refresh_token"]
    for _ in range(20):
        at = secrets.randbelow(len(token) - 4) + 4
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert await refusal(await link.refresh(changed)) == (401, "REFRESH_TOKEN_INVALID")
    assert (await link.refresh(token)).status == 200


async def test_removing_a_secret_ends_its_sessions(
    link: LinkClient, settings: Settings, clock: MovableClock
) -> None:
    """The emergency exit; a secret that is only retired still checks what it made."""
    body = await link.log_in()
    born = SecretKeyring.model_validate_json(settings.keyring.get_secret_value()).secrets[0]
    retired = born.model_copy(update={"state": "retired"})
    for ring, status in (((retired, new_secret(2)), 200), ((new_secret(2),), 401)):
        keyring = SecretStr(SecretKeyring(secrets=ring).model_dump_json())
        changed = settings.model_copy(update={"keyring": keyring})
        async with running_link_api(changed, clock) as other:
            answer = await other.refresh(body["refresh_token"])
            assert answer.status == status
            body = await granted(answer) if status == 200 else body


async def test_a_refresh_needs_its_idempotency_key(link: LinkClient) -> None:
    """Without one a lost answer could not be repeated."""
    token = (await link.log_in())["refresh_token"]
    for headers in ({}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "x" * 129}):
        answer = await link.post("refresh", {"refresh_token": token}, Asking(headers=headers))
        assert await refusal(answer) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert (await link.refresh(token)).status == 200


async def test_without_any_token_nobody_is_authenticated(link: LinkClient) -> None:
    """Neither body nor cookie."""
    assert await refusal(await link.refresh(None)) == (401, "UNAUTHENTICATED")


async def test_the_cookie_works_for_the_page_that_logged_in(link: LinkClient) -> None:
    """And is replaced by its successor."""
    body = await link.log_in(asking=PAGE)
    answer = await link.refresh(None, asking=with_cookie(body["refresh_token"]))
    refreshed = await granted(answer)

    assert cookie_of(answer) == refreshed["refresh_token"]
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize("origin", [OTHER_SHOP, None])
async def test_the_cookie_is_nothing_to_another_page(link: LinkClient, origin: str | None) -> None:
    """Else one shop could obtain another's `lnk_`. The session is unharmed."""
    body = await link.log_in(asking=PAGE)
    answer = await link.refresh(None, asking=with_cookie(body["refresh_token"], origin))

    assert await refusal(answer) == (403, "ORIGIN_NOT_ALLOWED")
    assert cookie_of(answer) is None
    again = await link.refresh(None, asking=with_cookie(body["refresh_token"]))
    assert again.status == 200


async def test_a_servers_login_has_no_page_to_refresh_it_by_cookie(link: LinkClient) -> None:
    """A login without an origin belongs to no page."""
    body = await link.log_in()

    answer = await link.refresh(None, asking=with_cookie(body["refresh_token"]))
    assert await refusal(answer) == (403, "ORIGIN_NOT_ALLOWED")


async def test_the_body_comes_before_the_cookie(link: LinkClient) -> None:
    """And the cookie follows, so that it is never left a generation behind."""
    body = await link.log_in(asking=PAGE)
    answer = await link.refresh(body["refresh_token"], asking=with_cookie("rfr_stale"))

    assert cookie_of(answer) == (await granted(answer))["refresh_token"]


async def test_a_server_is_set_no_cookie_at_refresh(link: LinkClient) -> None:
    """Nor is a page that did not log in itself."""
    body = await link.log_in(asking=PAGE)
    answer = await link.refresh(body["refresh_token"])
    assert cookie_of(answer) is None

    token = (await granted(answer))["refresh_token"]
    elsewhere = await link.refresh(token, asking=Asking(origin=OTHER_SHOP))
    assert elsewhere.status == 200
    assert cookie_of(elsewhere) is None
