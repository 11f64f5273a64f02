"""Codes that arrive late, are asked for again, or are tried by strangers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from link_api.settings import Settings
from link_kernel.ids import new_id
from tests.support.clients.link_client import (
    PHONE,
    SHOP,
    Asking,
    LinkClient,
    granted,
    new_binding,
    new_key,
    refusal,
    running_link_api,
    wrong,
)
from tests.support.time_machine import MovableClock, TimeMachine

SECOND = 1000
MINUTE = 60 * SECOND
FRAME = Asking(binding=f"bus_0123456789abcdefABCD {SHOP}", asker=new_id("els"), address="192.0.2.7")


def another_frame(address: str = "192.0.2.7") -> Asking:
    """A frame of the same page: a reloaded one, another tab, another element, a stranger's."""
    return Asking(binding=FRAME.binding, asker=new_id("els"), address=address)


async def test_asked_again_within_five_minutes_the_same_code_goes_out(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """By another frame or channel too; its ten minutes run from its first message."""
    code = await link.code_for(asking=FRAME)
    await time_machine.forward(4 * MINUTE)
    answer = await granted(await link.request_otp(asking=another_frame()))

    assert link.outbox.code == code
    assert 355 <= answer["expires_in"] <= 360
    assert link.outbox.sent[-1][1].expires_in_s == answer["expires_in"]


async def test_a_code_that_comes_late_is_still_right_beside_a_newer_one(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """After five minutes a new one goes out, and the older is good to its end."""
    early = await link.code_for(asking=FRAME)
    await time_machine.forward(5 * MINUTE)
    late = await link.code_for(asking=FRAME)
    assert late != early  # but once in a million

    await time_machine.forward(4 * MINUTE)
    assert (await link.verify_otp(early, asking=FRAME)).status == 200


async def test_the_older_code_ends_after_ten_minutes_and_the_newer_lives_on(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Each counts from its own first message."""
    early = await link.code_for(asking=FRAME)
    await time_machine.forward(5 * MINUTE)
    late = await link.code_for(asking=FRAME)
    await time_machine.forward(5 * MINUTE)

    assert await refusal(await link.verify_otp(early, asking=FRAME)) == (422, "OTP_INVALID")
    assert (await link.verify_otp(late, asking=FRAME)).status == 200


async def test_any_session_of_the_shop_and_page_may_spend_a_code(link: LinkClient) -> None:
    """The page was reloaded while the customer read the message; a reload lengthens no wait."""
    code = await link.code_for(asking=FRAME)

    assert (await link.verify_otp(code, asking=another_frame())).status == 200


@pytest.mark.parametrize(
    "foreign",
    [
        Asking(binding=new_binding()),
        Asking(binding="bus_0123456789abcdefABCD https://other.example"),
        Asking(),
        Asking(origin=SHOP),
    ],
    ids=["another shop", "another page", "a server", "a page of our own"],
)
async def test_a_code_is_nothing_elsewhere(link: LinkClient, foreign: Asking) -> None:
    """Nor do tries elsewhere cost any here."""
    code = await link.code_for(asking=FRAME)
    for _ in range(6):
        answer = await link.verify_otp(code, asking=foreign)
        assert await refusal(answer) == (422, "OTP_EXPIRED")

    assert (await link.verify_otp(code, asking=FRAME)).status == 200


async def test_of_two_tabs_one_signs_in_and_the_other_hears_that_the_code_was_used(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Two elements likewise; it asks again, at once, and gets another code."""
    other = another_frame()
    code = await link.code_for(asking=FRAME)
    await time_machine.forward(30 * SECOND)
    assert await link.code_for(asking=other) == code
    assert (await link.verify_otp(code, asking=FRAME)).status == 200

    assert await refusal(await link.verify_otp(code, asking=other)) == (422, "OTP_EXPIRED")
    newer = await link.code_for(asking=other)
    assert await refusal(await link.verify_otp(code, asking=other)) == (422, "OTP_EXPIRED")
    assert (await link.verify_otp(newer, asking=other)).status == 200


async def test_strangers_take_no_try_of_a_page_loaded_anew_at_home(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Its session asked for nothing, but it stands where the contact was proved."""
    await link.log_in(asking=another_frame())
    await time_machine.forward(11 * 60_000)
    code = await link.code_for(asking=another_frame())
    for number in range(4):
        await link.verify_otp(wrong(code), asking=another_frame(f"198.51.{number}.1"))
    away = await link.verify_otp(code, asking=another_frame("203.0.113.1"))
    assert await refusal(away) == (422, "OTP_ATTEMPTS_EXCEEDED")

    home = another_frame()
    for _ in range(4):
        answer = await link.verify_otp(wrong(code), asking=home)
        assert await refusal(answer) == (422, "OTP_INVALID")
    assert (await link.verify_otp(code, asking=another_frame())).status == 200


async def test_a_stranger_sends_1000_wrong_codes_and_the_askers_right_one_is_taken(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """From frames that did not ask, and from one that did; here and on a page of its own."""
    code = await link.code_for(asking=FRAME)
    await time_machine.forward(30 * SECOND)
    asked = another_frame("203.0.113.9")
    assert await link.code_for(asking=asked) == code
    strangers = [asked, Asking(address="203.0.113.9")]
    strangers += [another_frame(f"203.0.113.{step}") for step in range(18)]
    codes = []
    for start in range(0, 1000, 20):
        batch = (link.verify_otp(wrong(code), asking=stranger) for stranger in strangers)
        codes += [(await refusal(answer))[1] for answer in await asyncio.gather(*batch)]
        assert start < 1000

    assert codes.count("OTP_INVALID") == 5 + 3
    assert codes.count("OTP_ATTEMPTS_EXCEEDED") + codes.count("OTP_EXPIRED") == 1000 - 8
    assert (await link.verify_otp(code, asking=FRAME)).status == 200


async def test_five_wrong_codes_are_the_askers_own_and_asking_again_gives_five_more(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """The same code: it was not given away by them."""
    code = await link.code_for(asking=FRAME)
    for _ in range(5):
        assert (await refusal(await link.verify_otp(wrong(code), asking=FRAME)))[1] == "OTP_INVALID"
    answer = await link.verify_otp(code, asking=FRAME)
    assert await refusal(answer) == (422, "OTP_ATTEMPTS_EXCEEDED")

    await time_machine.forward(30 * SECOND)
    assert await link.code_for(asking=FRAME) == code
    for _ in range(4):
        assert (await refusal(await link.verify_otp(wrong(code), asking=FRAME)))[1] == "OTP_INVALID"
    assert (await link.verify_otp(code, asking=FRAME)).status == 200


async def test_a_failover_that_loses_the_code_is_an_expired_one(
    link: LinkClient, redis: Redis
) -> None:
    """And asking again works as ever: what was lost holds nothing back."""
    code = await link.code_for(asking=FRAME)
    await redis.flushall()

    assert await refusal(await link.verify_otp(code, asking=FRAME)) == (422, "OTP_EXPIRED")
    assert (await link.log_in(asking=FRAME))["success"]


async def test_codes_of_a_replica_of_the_release_before_are_expired(
    link: LinkClient, redis: Redis
) -> None:
    """Its keys have other names; they neither sign in nor hold anything back."""
    code = await link.code_for(asking=FRAME)
    [key] = [str(key) async for key in redis.scan_iter("*:otp-codes:*")]
    contact = key.split(":otp-codes:")[0]
    await redis.delete(key)
    await redis.hset(f"{contact}:otp:", mapping={"id": "i", "code_mac": "m", "wrong_tries": 0})
    await redis.pexpire(f"{contact}:otp:", 5 * MINUTE)
    await redis.zadd(f"{contact}:otp-sent", {f"id{step} network": 1 for step in range(30)})
    await redis.pexpire(f"{contact}:otp-sent", 5 * MINUTE)

    assert await refusal(await link.verify_otp(code, asking=FRAME)) == (422, "OTP_EXPIRED")
    other = Asking(binding=FRAME.binding, asker=FRAME.asker, address="203.0.113.77")
    assert (await refusal(await link.request_otp(asking=other)))[0] == 429  # 30 s after the first


@pytest.fixture
async def replicas(
    settings: Settings, clock: MovableClock
) -> AsyncIterator[tuple[LinkClient, LinkClient]]:
    """Two processes on one Redis and one database."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running_link_api(settings, clock))
        yield first, await stack.enter_async_context(running_link_api(settings, clock))


async def test_two_replicas_hold_the_same_codes(
    replicas: tuple[LinkClient, LinkClient], time_machine: TimeMachine
) -> None:
    """Asked for here, again there, and entered at both at once with one key."""
    first, second = replicas
    code = await first.code_for(asking=FRAME)
    await time_machine.forward(30 * SECOND)
    assert await second.code_for(asking=FRAME) == code
    asking = Asking(binding=FRAME.binding, asker=FRAME.asker, key=new_key())
    answers = await asyncio.gather(
        *(replica.verify_otp(code, PHONE, asking) for replica in (first, second, first, second))
    )

    logins = [await granted(answer) for answer in answers]
    assert all(login == logins[0] for login in logins)
