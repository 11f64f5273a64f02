"""The store of link sessions: safe to send twice, and final where it says so."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from redis.asyncio import Redis

from link_api.auth.records import (
    Caller,
    NewLinkSession,
    OpenCodeOutcome,
    PresentedRefresh,
    RotateLinkOutcome,
)
from link_api.auth.storage import RedisLinkSessions
from link_api.customers.service import Customer
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.store import SessionStore

CALLER = Caller(ip_address("198.51.100.1"), "browser", "https://shop.example")


@pytest.fixture
def sessions(redis: Redis) -> RedisLinkSessions:
    """The store on the real Redis."""
    return RedisLinkSessions(redis)


def a_session() -> NewLinkSession:
    """A session of a customer of its own."""
    customer = Customer(new_id("cus"), new_id("acc"))
    return NewLinkSession(new_id("lses"), customer, "a•••@example.com", "made", 1, CALLER)


def presented(session: NewLinkSession, generation: int, key_hash: str) -> PresentedRefresh:
    """A genuine token of this generation."""
    return PresentedRefresh(
        session.id, session.customer.id, generation, 1, key_hash, by_cookie=False, caller=CALLER
    )


async def test_creating_a_session_twice_finds_the_first(sessions: RedisLinkSessions) -> None:
    """Field by field."""
    new = a_session()
    opening, first = await sessions.create(new)
    again, second = await sessions.create(new)

    assert (opening, again) == (OpenCodeOutcome.CREATED, OpenCodeOutcome.REPEATED)
    assert first is not None
    assert second is not None
    assert first.expires_at == second.expires_at
    assert first.customer == second.customer == new.customer


async def test_an_ended_session_is_never_made_again(
    sessions: RedisLinkSessions, redis: Redis
) -> None:
    """Nor one that was ended before its creation was resent."""
    new = a_session()
    await sessions.create(new)
    await SessionStore(redis).end_link_session(new.customer.id, new.id)

    for _ in range(2):
        assert await sessions.create(new) == (OpenCodeOutcome.ENDED, None)
    assert not await redis.exists(redis_keys.link_session(new.customer.id, new.id))


async def test_a_rotation_sent_twice_rotates_once(sessions: RedisLinkSessions) -> None:
    """The resent command finds the successor that it made itself."""
    new = a_session()
    await sessions.create(new)
    rotation = presented(new, 0, "first")

    outcomes = [await sessions.rotate(rotation) for _ in range(3)]
    assert [outcome for outcome, _ in outcomes] == [
        RotateLinkOutcome.ROTATED,
        RotateLinkOutcome.REPLAYED,
        RotateLinkOutcome.REPLAYED,
    ]
    assert {session.generation for _, session in outcomes if session} == {1}


async def test_a_reuse_sent_twice_is_reuse_twice(sessions: RedisLinkSessions) -> None:
    """And anything else of that session has ended."""
    new = a_session()
    await sessions.create(new)
    await sessions.rotate(presented(new, 0, "first"))
    reuse = presented(new, 0, "thief")

    for _ in range(2):
        assert await sessions.rotate(reuse) == (RotateLinkOutcome.REUSED, None)
    assert await sessions.rotate(presented(new, 1, "next")) == (RotateLinkOutcome.ENDED, None)
    assert await sessions.create(new) == (OpenCodeOutcome.ENDED, None)


async def test_no_origin_is_not_the_origin_of_a_servers_login(sessions: RedisLinkSessions) -> None:
    """Two empty texts are not the same page."""
    new = replace(a_session(), caller=replace(CALLER, origin=""))
    await sessions.create(new)
    by_cookie = replace(presented(new, 0, "k"), by_cookie=True, caller=new.caller)

    assert await sessions.rotate(by_cookie) == (RotateLinkOutcome.FOREIGN_ORIGIN, None)


async def test_a_session_of_another_secret_is_not_touched(
    sessions: RedisLinkSessions, redis: Redis
) -> None:
    """A token's version must be its session's."""
    new = a_session()
    await sessions.create(new)
    await redis.hset(redis_keys.link_session(new.customer.id, new.id), "secret_version", "2")

    assert await sessions.rotate(presented(new, 0, "k")) == (RotateLinkOutcome.FOREIGN_SECRET, None)
