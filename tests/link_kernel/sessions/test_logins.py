"""A `lnk_` token is looked up anew at each call, in one round trip once it was seen."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from link_kernel.sessions import logins
from link_kernel.sessions.logins import Logins
from tests.support.link_login import LinkLogin, log_in
from tests.support.servers.redis_batches import batches_to_redis


@pytest.fixture
async def found(redis_url: str) -> AsyncIterator[Logins]:
    """The lookup, on the client that the services use."""
    async with connect(redis_url) as client:
        yield Logins(client)


@pytest.fixture
async def login(redis: Redis) -> LinkLogin:
    """A live login."""
    return await log_in(redis)


async def id_of(found: Logins, token: str) -> str | None:
    """Return the id of the live session that a token leads to."""
    session = await found.find(token)
    return None if session is None else session.id


async def test_a_token_seen_before_is_one_round_trip(found: Logins, login: LinkLogin) -> None:
    """Both keys at once; the first time the second key is not known yet."""
    for batches in ([1, 1], [2], [2]):
        with batches_to_redis() as sent:
            assert await id_of(found, login.token) == login.link_session_id
        assert sent == batches


async def test_a_token_seen_before_ends_with_its_session(
    found: Logins, login: LinkLogin, redis: Redis
) -> None:
    """At once, and its key is still told to whoever repeats a logout."""
    assert await found.find(login.token)
    await redis.delete(login.key)

    assert await found.find(login.token) is None
    key = await found.find_key(login.token)
    assert key is not None
    assert key.session_id == login.link_session_id


async def test_a_token_seen_before_ends_with_its_own_life(
    found: Logins, login: LinkLogin, redis: Redis
) -> None:
    """The session lives on, with another token."""
    assert await found.find(login.token)
    await redis.delete(redis_keys.link_token(login.token))

    assert await found.find(login.token) is None
    assert await found.find_key(login.token) is None


async def test_a_token_that_leads_elsewhere_is_followed(
    found: Logins, login: LinkLogin, redis: Redis
) -> None:
    """What was remembered is a guess, and what Redis says counts."""
    other = await log_in(redis)
    assert await id_of(found, login.token) == login.link_session_id
    where = f"{other.customer_id} {other.link_session_id}"
    await redis.set(redis_keys.link_token(login.token), where, px=60_000)

    for _ in range(2):
        assert await id_of(found, login.token) == other.link_session_id


async def test_the_tokens_used_longest_ago_are_forgotten_first(
    found: Logins, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forgotten one is looked up as if it were new."""
    monkeypatch.setattr(logins, "_MOST_REMEMBERED", 2)
    first, second, third = [await log_in(redis) for _ in range(3)]
    for login in (first, second, first, third):
        assert await found.find(login.token)

    with batches_to_redis() as sent:
        assert await found.find(first.token)
        assert await found.find(second.token)
    assert sent == [2, 1, 1]


async def test_a_client_that_pipelines_nothing_finds_the_same(
    redis: Redis, login: LinkLogin
) -> None:
    """The store is given redis-py's own client too."""
    found = Logins(redis)
    for _ in range(2):
        assert await id_of(found, login.token) == login.link_session_id
