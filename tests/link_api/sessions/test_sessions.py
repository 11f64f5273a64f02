"""`GET /v1/link/sessions`: a customer sees their own live sessions."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from link_api.sessions.service import MOST_SHOWN
from link_api.sessions.storage import RedisSessions
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import SHOP
from tests.support.clients.frames import Together
from tests.support.clients.link_client import PHONE, Asking, Customer, LinkClient, granted, refusal
from tests.support.link_login import log_in
from tests.support.redis_content import everything_in
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

MINUTE = 60_000
FORBIDDEN = (403, "INSUFFICIENT_SCOPE")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def scripts_run(redis: Redis) -> int:
    """Return how many scripts Redis has been asked to run."""
    stats = await redis.info("commandstats")
    return int(stats["cmdstat_evalsha"]["calls"])


async def test_a_login_is_shown_with_where_it_was_made(link: LinkClient) -> None:
    """A network, never an address; a page where one made it."""
    asking = Asking(origin=SHOP, address="198.51.100.23", headers={"User-Agent": "Ama's phone"})
    login = await link.log_in(PHONE, asking)
    (shown,) = await Customer(link, login["session_token"], login["customer_id"]).get("sessions")

    created_at, session_id, expires_at = (
        shown.pop(name) for name in ("created_at", "id", "expires_at")
    )
    assert session_id.startswith("lses_")
    assert created_at < expires_at
    assert shown == {
        "kind": "link",
        "is_current": True,
        "last_used_at": created_at,
        "user_agent": "Ama's phone",
        "ip": "198.51.100.0/24",
        "origin": SHOP,
        "element": None,
        "business_id": None,
        "used_from": [],
    }


async def test_an_element_is_shown_with_its_shop(together: Together) -> None:
    ama = await together.link.sign_in()
    frame = await together.handed_over(ama, "address")
    shown, _ = await ama.get("sessions")

    session = frame.grant["session"]
    assert shown == {
        "id": frame.session_id,
        "kind": "element",
        "is_current": False,
        "created_at": session["created_at"],
        "last_used_at": session["created_at"],
        "expires_at": session["expires_at"],
        "user_agent": None,
        "ip": None,
        "origin": SHOP,
        "element": "address",
        "business_id": session["business_id"],
        "used_from": [],
    }


async def test_the_newest_is_first_and_each_caller_knows_its_own(
    together: Together, time_machine: TimeMachine
) -> None:
    """A frame's own is its elements session, not the login that it hangs on."""
    frame = await together.signed_in("address", bound=False, phone=PHONE)
    await time_machine.forward(MINUTE)
    ama = await together.link.sign_in(PHONE)
    by_login, by_frame = await ama.get("sessions"), await frame.get("sessions")

    assert [session["kind"] for session in by_login] == ["link", "element", "link"]
    assert [session["id"] for session in by_login] == [session["id"] for session in by_frame]
    assert [session["is_current"] for session in by_login] == [True, False, False]
    assert [session["is_current"] for session in by_frame] == [False, True, False]


async def test_a_session_was_used_when_it_was_refreshed_last(
    together: Together, time_machine: TimeMachine
) -> None:
    """Once or many times; that moves no end."""
    frame = await together.signed_in("address", bound=False)
    (_, before) = sorted(await frame.get("sessions"), key=lambda session: session["kind"] != "link")
    used = [before["last_used_at"]]
    for _ in range(3):
        await time_machine.forward(MINUTE)
        frame = await frame.refreshed()
        (own,) = [session for session in await frame.get("sessions") if session["is_current"]]
        used.append(own["last_used_at"])
        assert own["id"] == before["id"]
    assert own["last_used_at"] > own["created_at"]
    assert own["expires_at"] < before["expires_at"]  # the time machine moved what is stored


async def test_what_is_over_is_not_shown(together: Together, time_machine: TimeMachine) -> None:
    """Neither a frame that idled away nor one whose login was signed out."""
    first = await together.link.sign_in(PHONE)
    idle = await together.handed_over(first, bound=False)
    await time_machine.forward(31 * MINUTE)
    second = await together.link.sign_in(PHONE)
    hanging = await together.handed_over(first, bound=False)
    assert len(await second.get("sessions")) == 3
    await granted(await together.link.logout(first.token))

    (left,) = await second.get("sessions")
    assert left["id"] not in {idle.session_id, hanging.session_id}
    assert left["is_current"]


async def test_nobody_has_no_sessions(redis: Redis) -> None:
    assert await RedisSessions(redis).live(new_id("cus"), most=MOST_SHOWN) == []


async def test_reading_is_one_script_that_writes_nothing(link: LinkClient, redis: Redis) -> None:
    ama = await link.sign_in()
    await ama.get("sessions")
    before, held = await scripts_run(redis), await everything_in(redis)
    await RedisSessions(redis).live(ama.id, most=MOST_SHOWN)

    assert await scripts_run(redis) == before + 1
    assert await everything_in(redis) == held


async def test_the_newest_fifty_of_each_kind_are_shown_and_all_end(
    together: Together, redis: Redis
) -> None:
    """A customer has 50 elements sessions, and any number of logins."""
    ama = await together.link.sign_in()
    for _ in range(MOST_SHOWN + 5):
        await log_in(redis, customer_id=ama.id)
    frames = [await together.handed_over(ama, bound=False) for _ in range(MOST_SHOWN + 5)]
    shown = await ama.get("sessions")

    elements = [session["id"] for session in shown if session["kind"] == "element"]
    assert len(shown) == 2 * MOST_SHOWN
    assert len(elements) == MOST_SHOWN
    assert set(elements) == {frame.session_id for frame in frames[5:]}
    ended = await granted(await ama.call("DELETE", "sessions"))
    assert ended == {"success": True, "revoked": 2 * MOST_SHOWN + 6}


@pytest.mark.parametrize("element", ["auth", "address", "payment"])
async def test_a_frame_needs_a_code_of_its_own_to_see_or_end_sessions(
    together: Together, element: str
) -> None:
    """A shop that handed over its own `lnk_` shall end nothing; a guest has nothing."""
    ama = await together.link.sign_in()
    for frame in (await together.handed_over(ama, element), await together.guest(element)):
        for method, path in (
            ("GET", "sessions"),
            ("DELETE", "sessions"),
            ("DELETE", f"sessions/{frame.session_id}"),
        ):
            assert await refusal(await frame.call(method, path)) == FORBIDDEN
    assert len(await ama.get("sessions")) == 2


async def test_without_a_credential_nothing_is_shown(link: LinkClient) -> None:
    for method in ("GET", "DELETE"):
        assert await refusal(await link.call(method, "sessions")) == (401, "UNAUTHENTICATED")
