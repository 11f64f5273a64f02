"""Ending sessions is repeatable: by its key, after a fault, by a caller that ended itself."""

from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_api.settings import Settings
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis import keys as redis_keys
from tests.link_api.sessions.test_sessions_ended import login_of
from tests.support.clients.frames import Together, running_together
from tests.support.clients.link_client import PHONE, LinkClient, granted, new_key, refusal
from tests.support.redis_content import announced_ids
from tests.support.time_machine import MovableClock, TimeMachine

UNAVAILABLE = (503, "STORE_UNAVAILABLE")
UNAUTHENTICATED = (401, "UNAUTHENTICATED")
NOTHING = {"success": True, "revoked": 0}


async def break_stream(redis: Redis) -> None:
    """Have every announcement fail while the sessions' slots can be written."""
    await redis.delete(redis_keys.REVOCATIONS)
    await redis.set(redis_keys.REVOCATIONS, "no stream", ex=100)


async def test_the_flat_answer_is_replayed_byte_for_byte_to_the_login_it_ended(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Also once the customer has signed in anew, whose new login lives on."""
    ama, key = await link.sign_in(PHONE), new_key()
    first = await ama.call("DELETE", "sessions", key=key)
    await time_machine.forward(60_000)
    anew = await link.sign_in(PHONE)
    again = await ama.call("DELETE", "sessions", key=key)

    assert await granted(first) == {"success": True, "revoked": 1}
    assert (again.status, await again.read()) == (first.status, await first.read())
    assert len(await anew.get("sessions")) == 1


async def test_a_frame_that_ended_itself_hears_the_first_answer_again(together: Together) -> None:
    """With the very proof of the first try, as a client that lost the answer sends it."""
    frame = await together.signed_in("address")
    headers = frame.headers("DELETE", "sessions", key=new_key())
    first = await frame.send("DELETE", "sessions", None, headers)
    again = await frame.send("DELETE", "sessions", None, headers)

    assert await granted(first) == {"success": True, "revoked": 2}
    assert await again.read() == await first.read()


async def test_an_ended_login_without_its_key_ends_nothing(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """All are over: 0. One lives on: whoever holds the ended token has no say in it."""
    ama = await link.sign_in(PHONE)
    own = await login_of(ama)
    await granted(await ama.call("DELETE", "sessions"))
    assert await granted(await ama.call("DELETE", "sessions", key=new_key())) == NOTHING
    assert await ama.delete(f"sessions/{own}") == {"revoked": 0}

    await time_machine.forward(60_000)
    anew = await link.sign_in(PHONE)
    for path in ("sessions", f"sessions/{await login_of(anew)}"):
        assert await refusal(await ama.call("DELETE", path, key=new_key())) == UNAUTHENTICATED
    assert await refusal(await ama.call("GET", "sessions")) == UNAUTHENTICATED
    assert len(await anew.get("sessions")) == 1


async def test_an_ended_frame_ends_nothing_either(
    together: Together, time_machine: TimeMachine
) -> None:
    frame = await together.signed_in("address", bound=False, phone=PHONE)
    await together.signed_out(frame)
    await time_machine.forward(60_000)
    logins = await (await together.link.sign_in(PHONE)).get("sessions")
    assert len(logins) == 2
    for path in ("sessions", *(f"sessions/{login['id']}" for login in logins)):
        assert await refusal(await frame.call("DELETE", path)) == (401, "SESSION_REVOKED")


async def test_all_ended_but_not_announced_is_503_and_the_repeat_announces(
    together: Together, redis: Redis
) -> None:
    """Everything was over in the store with the first try."""
    frame, key = await together.signed_in("address"), new_key()
    named = {session["id"] for session in await frame.get("sessions")}
    await break_stream(redis)
    assert await refusal(await frame.call("DELETE", "sessions", key=key)) == UNAVAILABLE

    await redis.delete(redis_keys.REVOCATIONS)
    assert await granted(await frame.call("DELETE", "sessions", key=key)) == NOTHING
    assert named == set(await announced_ids(redis))
    assert await redis.keys("link:v1:{cus_*}:sessions") == []


async def test_a_login_ended_but_not_announced_is_503_and_the_repeat_announces(
    together: Together, redis: Redis
) -> None:
    """By the login itself, which has ended, and with all that hung on it."""
    ama = await together.link.sign_in()
    login, frame = await login_of(ama), await together.handed_over(ama)
    await break_stream(redis)
    path = f"sessions/{login}"
    assert await refusal(await ama.call("DELETE", path)) == UNAVAILABLE

    await redis.delete(redis_keys.REVOCATIONS)
    assert await ama.delete(path) == {"revoked": 1}
    assert {login, frame.session_id} == set(await announced_ids(redis))


async def test_a_frame_that_ends_its_login_unannounced_may_finish_that(
    together: Together, redis: Redis
) -> None:
    frame, key = await together.signed_in("address"), new_key()
    (login,) = [item for item in await frame.get("sessions") if item["kind"] == "link"]
    path = f"sessions/{login['id']}"
    await break_stream(redis)
    assert await refusal(await frame.call("DELETE", path, key=key)) == UNAVAILABLE

    await redis.delete(redis_keys.REVOCATIONS)
    answer = await frame.call("DELETE", path, key=key)
    assert (answer.status, await answer.json()) == (
        200,
        {"success": True, "data": {"revoked": 1}},
    )
    assert {login["id"], frame.session_id} == set(await announced_ids(redis))


async def test_an_element_ended_but_not_announced_is_503_and_the_repeat_announces(
    together: Together, redis: Redis
) -> None:
    ama = await together.link.sign_in()
    frame = await together.handed_over(ama)
    await break_stream(redis)
    path = f"sessions/{frame.session_id}"
    assert await refusal(await ama.call("DELETE", path)) == UNAVAILABLE

    await redis.delete(redis_keys.REVOCATIONS)
    assert await ama.delete(path) == {"revoked": 0}
    assert await announced_ids(redis) == [frame.session_id]


async def test_sessions_end_without_the_database_and_a_key_waits_for_it(
    link: LinkClient,
    break_database: Callable[[], Awaitable[None]],
    mend_database: Callable[[], Awaitable[None]],
) -> None:
    """Whoever lost a phone must not wait for SQL; a promise to repeat the answer needs it."""
    ama, kofi, key = await link.sign_in(), await link.sign_in(), new_key()
    await break_database()
    assert await granted(await ama.call("DELETE", "sessions")) == {"success": True, "revoked": 1}
    assert await refusal(await kofi.call("DELETE", "sessions", key=key)) == UNAVAILABLE
    await mend_database()
    answer = await kofi.call("DELETE", "sessions", key=key)
    assert await granted(answer) == {"success": True, "revoked": 1}


async def test_a_redis_that_hangs_is_503_and_its_return_is_enough(
    own_redis: EmbeddedRedis, settings: Settings, keyring: KeyringFile, clock: MovableClock
) -> None:
    asked = settings.model_copy(update={"redis_url": type(settings.redis_url)(own_redis.url)})
    async with running_together(asked, keyring, clock) as together:
        ama = await together.link.sign_in()
        frame = await together.handed_over(ama)
        own_redis.pause()
        for method in ("GET", "DELETE"):
            answer = await ama.call(method, "sessions")
            assert await refusal(answer) == UNAVAILABLE
            assert int(answer.headers["Retry-After"]) >= 1
        own_redis.resume()
        assert len(await ama.get("sessions")) == 2
        assert await granted(await ama.call("DELETE", "sessions")) == {
            "success": True,
            "revoked": 2,
        }
        assert (await frame.refresh()).status == 401
