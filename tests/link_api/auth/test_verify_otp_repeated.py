"""`POST verify-otp` repeated: lost responses, concurrent calls, stores that fail half-way."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from tests.support.clients.link_client import (
    Asking,
    LinkClient,
    cookie_of,
    customers_in,
    granted,
    new_binding,
    new_key,
    refusal,
    wrong,
)
from tests.support.time_machine import TimeMachine

MINUTE = 60_000


async def test_the_same_key_gives_the_same_login_while_the_code_lives(
    link: LinkClient, time_machine: TimeMachine, redis: Redis
) -> None:
    """A lost answer costs nothing; tokens are computed, not stored."""
    asking = Asking(key=new_key())
    code = await link.code_for()
    first = await granted(await link.verify_otp(code, asking=asking))
    await time_machine.forward(9 * MINUTE)
    again = await granted(await link.verify_otp(code, asking=asking))
    assert again == first
    assert await redis.zcard(redis_keys.session_index(first["customer_id"])) == 1

    await time_machine.forward(MINUTE)
    assert await refusal(await link.verify_otp(code, asking=asking)) == (422, "OTP_EXPIRED")


@pytest.mark.parametrize("key", [None, new_key()], ids=["no key", "another key"])
async def test_a_spent_code_is_nothing_to_another_key(link: LinkClient, key: str | None) -> None:
    """Whoever saw the code too late, or sends no key, gets no second login."""
    code = await link.code_for()
    await granted(await link.verify_otp(code, asking=Asking(key=key)))

    for other in (None, new_key()):
        answer = await link.verify_otp(code, asking=Asking(key=other))
        assert await refusal(answer) == (422, "OTP_EXPIRED")


async def test_a_key_spent_for_one_code_is_refused_for_another(link: LinkClient) -> None:
    """A careless client learns it in development."""
    asking = Asking(key=new_key())
    code = await link.code_for()
    await granted(await link.verify_otp(code, asking=asking))

    answer = await link.verify_otp(wrong(code), asking=asking)
    assert await refusal(answer) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_fifty_at_once_with_one_key_are_one_session(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """And one customer, though it is the first login."""
    asking = Asking(key=new_key())
    code = await link.code_for()
    answers = await asyncio.gather(*(link.verify_otp(code, asking=asking) for _ in range(50)))

    bodies = [await granted(answer) for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert len([key async for key in redis.scan_iter("*:session:*")]) == 1
    assert len(await customers_in(database_url)) == 1


async def test_of_fifty_at_once_with_their_own_keys_one_wins(link: LinkClient) -> None:
    """A code makes one login."""
    code = await link.code_for()
    answers = await asyncio.gather(
        *(link.verify_otp(code, asking=Asking(key=new_key())) for _ in range(50))
    )

    assert Counter(answer.status for answer in answers) == {200: 1, 422: 49}


async def test_first_logins_at_once_make_one_customer(
    link: LinkClient, time_machine: TimeMachine, database_url: str
) -> None:
    """Several frames of one page may sign in the same new contact together."""
    codes = []
    for wait in (30_000, MINUTE, 2 * MINUTE):
        asking = Asking(binding=new_binding())
        codes.append((await link.code_for(asking=asking), asking))
        await time_machine.forward(wait)
    answers = await asyncio.gather(
        *(link.verify_otp(code, asking=asking) for code, asking in codes)
    )

    assert len({(await granted(answer))["customer_id"] for answer in answers}) == 1
    assert len(await customers_in(database_url)) == 1


async def test_a_repeat_after_a_refresh_hands_out_no_spent_token(link: LinkClient) -> None:
    """Its `rfr_` would end the session of the honest customer who moved on."""
    asking = Asking(key=new_key())
    code = await link.code_for()
    first = await granted(await link.verify_otp(code, asking=asking))
    moved_on = await granted(await link.refresh(first["refresh_token"]))

    assert await refusal(await link.verify_otp(code, asking=asking)) == (422, "OTP_EXPIRED")
    assert (await link.refresh(moved_on["refresh_token"])).status == 200


async def test_a_repeat_after_a_logout_stays_logged_out(link: LinkClient) -> None:
    """A logout is final, whatever is still under way."""
    asking = Asking(key=new_key())
    code = await link.code_for()
    body = await granted(await link.verify_otp(code, asking=asking))
    await granted(await link.logout(body["session_token"]))

    answer = await link.verify_otp(code, asking=asking)
    assert await refusal(answer) == (422, "OTP_EXPIRED")
    assert cookie_of(answer) is None


async def test_a_database_that_fails_loses_no_code(
    link: LinkClient,
    break_database: Callable[[], Awaitable[None]],
    mend_database: Callable[[], Awaitable[None]],
) -> None:
    """503, and with the same key the login goes on where it stopped."""
    asking = Asking(key=new_key())
    code = await link.code_for()
    await break_database()
    answer = await link.verify_otp(code, asking=asking)
    assert await refusal(answer) == (503, "STORE_UNAVAILABLE")
    await mend_database()

    assert (await link.verify_otp(code, asking=asking)).status == 200


async def test_a_repeat_from_another_binding_is_no_repeat(link: LinkClient) -> None:
    """The same key, contact and code, but not the page it was asked for on."""
    mine = Asking(binding=new_binding(), key=new_key())
    code = await link.code_for(asking=mine)
    await granted(await link.verify_otp(code, asking=mine))

    for foreign in (replace(mine, binding=new_binding()), replace(mine, binding=None)):
        answer = await link.verify_otp(code, asking=foreign)
        assert await refusal(answer) == (422, "OTP_EXPIRED")
