"""`DELETE /v1/link/sessions` and `…/:id`: what a customer ends is over everywhere at once."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_api.settings import Settings
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import refusal as bridge_refusal
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.frames import Together
from tests.support.clients.internal_client import running_both_listeners
from tests.support.clients.link_client import PHONE, Customer, LinkClient, granted, refusal
from tests.support.redis_content import announced_ids, everything_but_limits
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

REVOKED = (401, "SESSION_REVOKED")
MINUTE = 60_000


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def login_of(customer: Customer) -> str:
    """Return the id of the login that a customer calls with."""
    (own,) = [session for session in await customer.get("sessions") if session["is_current"]]
    return str(own["id"])


async def test_an_element_ends_alone_and_every_bridge_refuses_it_at_once(
    together: Together, settings: Settings, keyring: KeyringFile, clock: MovableClock
) -> None:
    """The Link API writes to the shared store and its stream; no service calls the other."""
    ama = await together.link.sign_in()
    one, other = await together.handed_over(ama), await together.handed_over(ama)
    redis_url = settings.redis_url.get_secret_value()
    asked = bridge_settings_for(redis_url, keyring, mode=settings.mode)
    async with running_both_listeners(asked, clock) as there:
        one_key, other_key = one.bridge.frame_key, other.bridge.frame_key
        assert (await there.authorize(one.token, key=one_key)).status == 200
        assert await ama.delete(f"sessions/{one.session_id}") == {"revoked": 1}

        assert await bridge_refusal(await one.refresh()) == REVOKED
        await there.heard(one.session_id)
        assert await bridge_refusal(await there.authorize(one.token, key=one_key)) == REVOKED
        assert (await there.authorize(other.token, key=other_key)).status == 200
    assert (await other.refresh()).status == 200


async def test_a_login_ends_with_all_that_hangs_on_it(
    together: Together, redis: Redis, time_machine: TimeMachine
) -> None:
    """Another login of the customer, and its frames, live on."""
    here = await together.link.sign_in(PHONE)
    frames = [await together.handed_over(here, bound=False) for _ in range(2)]
    login = await login_of(here)
    await time_machine.forward(MINUTE)
    there = await together.link.sign_in(PHONE)
    kept = await together.handed_over(there, bound=False)

    assert await there.delete(f"sessions/{login}") == {"revoked": 3}
    for frame in frames:
        assert await bridge_refusal(await frame.refresh()) == REVOKED
    assert await refusal(await here.call("GET", "sessions")) == (401, "UNAUTHENTICATED")
    assert set(await announced_ids(redis)) == {login, *(frame.session_id for frame in frames)}
    assert (await kept.refresh()).status == 200
    assert len(await there.get("sessions")) == 2


async def test_all_end_the_callers_own_included(together: Together, redis: Redis) -> None:
    """In a flat answer; each is announced by name, and none is left in the index."""
    frame = await together.signed_in("address")
    named = {session["id"] for session in await frame.get("sessions")}
    answer = await frame.call("DELETE", "sessions")

    assert await granted(answer) == {"success": True, "revoked": 2}
    assert answer.headers["Cache-Control"] == "no-store"
    assert await bridge_refusal(await frame.refresh()) == REVOKED
    assert named <= set(await announced_ids(redis))
    assert await redis.keys("link:v1:{cus_*}:sessions") == []


async def test_what_was_over_does_not_count(together: Together, time_machine: TimeMachine) -> None:
    """Neither a frame that idled away nor one whose login was signed out."""
    first = await together.link.sign_in(PHONE)
    await together.handed_over(first, bound=False)
    await time_machine.forward(31 * MINUTE)
    second = await together.link.sign_in(PHONE)
    await together.handed_over(first, bound=False)
    await granted(await together.link.logout(first.token))

    ended = await granted(await second.call("DELETE", "sessions"))
    assert ended == {"success": True, "revoked": 1}


async def test_a_frame_may_end_the_login_it_hangs_on(together: Together) -> None:
    frame = await together.signed_in("address")
    (login,) = [item for item in await frame.get("sessions") if item["kind"] == "link"]
    answer = await frame.call("DELETE", f"sessions/{login['id']}")

    assert (await answer.json())["data"] == {"revoked": 2}
    assert await bridge_refusal(await frame.refresh()) == REVOKED


async def test_another_customers_ids_are_404_and_nothing_of_theirs_is_touched(
    together: Together, redis: Redis
) -> None:
    """Like ids that nobody has, of another kind, and a guest's."""
    ama, kofi = await together.link.sign_in(), await together.link.sign_in()
    frame, guest = await together.handed_over(kofi), await together.guest()
    mine = {await login_of(kofi), frame.session_id}
    ended = await together.handed_over(kofi)
    await together.signed_out(ended)
    held = await everything_but_limits(redis)
    strange = (*mine, ended.session_id, guest.session_id, kofi.id, *map(new_id, ("els", "lses")))
    for session_id in strange:
        answer = await ama.call("DELETE", f"sessions/{session_id}")
        assert await refusal(answer) == (404, "NOT_FOUND")
    assert await everything_but_limits(redis) == held
    assert {session["id"] for session in await kofi.get("sessions")} == mine


async def test_what_has_just_ended_is_0_and_is_forgotten_after_15_minutes(
    together: Together, time_machine: TimeMachine
) -> None:
    """A deletion may be repeated; nothing is said of ids that are not the customer's."""
    here = await together.link.sign_in(PHONE)
    login = await login_of(here)
    await time_machine.forward(MINUTE)
    ama = await together.link.sign_in(PHONE)
    frame = await together.handed_over(ama, bound=False)
    paths = [f"sessions/{login}", f"sessions/{frame.session_id}"]

    assert [await ama.delete(path) for path in paths] == [{"revoked": 1}] * 2
    assert [await ama.delete(path) for path in paths] == [{"revoked": 0}] * 2
    await time_machine.forward(16 * MINUTE)
    for path in paths:
        assert await refusal(await ama.call("DELETE", path)) == (404, "NOT_FOUND")


async def test_a_body_is_not_taken(link: LinkClient) -> None:
    ama = await link.sign_in()
    for path in ("sessions", f"sessions/{await login_of(ama)}"):
        answer = await ama.call("DELETE", path, {"everything": True})
        assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert len(await ama.get("sessions")) == 1
