"""Signing in and out, as a customer and as a shop."""

import re

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from link_dev.stack import Stack
from tests.support.browser.sign_in import (
    ask_for_code,
    code_for,
    enter_code,
    link_token,
    sign_in_by_code,
)
from tests.support.browser.visitor import Visitor
from tests.support.time_machine import MovableClock, TimeMachine

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "ama@example.com"
MASKED = "a•••@example.com"
MOST_TRIES = 5
AFTER_A_CODE_MS = 31_000


async def test_a_customer_signs_in_by_code_inside_the_frame(visitor: Visitor, stack: Stack) -> None:
    """A wrong code shows a message; the right one starts another, authenticated session."""
    visitor.expect_error("status of 422")
    shop = await visitor.shop("payment")
    element = shop.element()
    await ask_for_code(element, CONTACT)
    code = code_for(stack, CONTACT)

    await enter_code(element, "111111" if code == "000000" else "000000")
    await expect(element.get_by_role("alert")).to_have_text(
        "That code is not right. Check it and try again."
    )
    assert [] == await shop.told("authenticated")

    await enter_code(element, code)
    await shop.hear("authenticated")
    await expect(element.get_by_text(MASKED, exact=True)).to_be_visible()
    assert "authenticated" == await shop.state()
    init, *_ = visitor.servers.calls("init")  # the others are the hidden element's
    *_, verified = await visitor.servers.called("verify-otp", 2)
    assert init["session"]["id"] != verified["session"]["id"]
    assert (["otp"], "authenticated") == (verified["claims"]["amr"], verified["session"]["state"])
    assert {"expires_in": 300} == await shop.command("refresh")


async def test_too_many_wrong_codes_end_in_a_new_one(
    visitor: Visitor, stack: Stack, redis: Redis, clock: MovableClock
) -> None:
    """After the last try the customer is told, can have another code, and gets in by it."""
    visitor.expect_error("status of 422")
    await visitor.take_clock()
    shop = await visitor.shop("auth")
    element = shop.element()
    await ask_for_code(element, CONTACT)
    code = code_for(stack, CONTACT)
    for number in range(MOST_TRIES):
        await enter_code(element, str((int(code) + number + 1) % 1_000_000).zfill(6))
        await visitor.servers.called("verify-otp", number + 1)
    await enter_code(element, code)
    await expect(element.get_by_role("alert")).to_have_text(
        "Too many wrong tries. Ask for a code again; it may be the same one."
    )

    await TimeMachine(clock, redis).forward(AFTER_A_CODE_MS)
    await visitor.context.clock.fast_forward(AFTER_A_CODE_MS)
    await element.get_by_role("button", name="Send code again", exact=True).click()
    await expect(element.get_by_text(re.compile("^in [0-9]+ seconds$"))).to_be_visible()
    await expect(element.get_by_role("alert")).to_have_text("The code was sent again.")
    await enter_code(element, code_for(stack, CONTACT))
    await shop.hear("authenticated")


async def test_a_phone_number_is_a_contact_too(visitor: Visitor, stack: Stack) -> None:
    """A number typed with spaces gets a code; only its last digits are shown afterwards."""
    shop = await visitor.shop("auth")
    element = shop.element()
    await ask_for_code(element, "+233 24 123 4567")

    await enter_code(element, code_for(stack, "+233241234567"))

    await shop.hear("authenticated")
    await expect(element.get_by_text("+233 •• ••• 4567", exact=True)).to_be_visible()


async def test_what_is_no_contact_is_not_sent(visitor: Visitor) -> None:
    """A malformed contact is reported at once, without a call."""
    shop = await visitor.shop("auth")
    element = shop.element()

    await element.get_by_label("Phone number or e-mail").fill("ama at example")
    await element.get_by_role("button", name="Send code").click()

    await expect(element.get_by_role("alert")).to_have_text("Enter a phone number or e-mail.")
    assert [] == visitor.asked("request-otp")


async def test_the_shop_hands_its_login_over(visitor: Visitor) -> None:
    """A `lnk_` of the shop's page: authenticated from the start, by `bootstrap`, not by `otp`."""
    handed_over = await link_token(visitor.servers, CONTACT)

    shop = await visitor.shop("payment", link_token=handed_over)

    await shop.hear("authenticated")
    assert [{"state": "authenticated"}] == [e.payload for e in await shop.told("initialized")]
    [init] = await visitor.servers.called("init")
    assert ["bootstrap"] == init["claims"]["amr"]
    assert "profile wallets:read" == init["claims"]["scope"]
    await expect(shop.element().get_by_text("Not you?")).to_be_visible()


async def test_an_ended_login_is_never_a_silent_guest(visitor: Visitor) -> None:
    """An unknown `lnk_`: `link_session_ended`, and no session."""
    visitor.expect_error("status of 401")

    shop = await visitor.shop("payment", link_token="lnk_" + "A" * 43)

    failure = await shop.failure()
    assert ("link_session_ended", False) == (failure["code"], failure["retryable"])
    assert [] == visitor.asked("init")


async def test_the_shop_signs_the_customer_out(
    visitor: Visitor, stack: Stack, redis: Redis
) -> None:
    """The handle's logout ends this element's session; the other element's lives on."""
    handed_over = await link_token(visitor.servers, CONTACT)
    shop = await visitor.shop("payment", "address", link_token=handed_over)
    await shop.hear("authenticated", 2)

    assert {} == await shop.command("logout", 0)

    assert [0] == [event.index for event in await shop.hear("logout_complete")]
    assert ["ended", "authenticated"] == [await shop.state(index) for index in range(2)]
    await expect(shop.element(0).get_by_text("You are signed out of Link.").first).to_be_visible()
    [logout] = await visitor.servers.called("logout")
    assert 1 == logout["revoked"]
    assert {"expires_in": 300} == await shop.command("refresh", 1)
    assert {"code": "not_connected"} == await shop.command("refresh", 0)


async def test_the_customer_signs_out_and_in_again(visitor: Visitor, stack: Stack) -> None:
    """The frame's own button: `logout_complete`; 'Sign in' makes a new session, a guest's."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, CONTACT)
    element = shop.element()

    await element.get_by_role("button", name="Sign out").click()
    await shop.hear("logout_complete")
    assert "ended" == await shop.state()
    await expect(element.get_by_text(MASKED)).to_have_count(0)

    await element.get_by_role("button", name="Sign in").click()
    await shop.hear("initialized", 2)
    assert "guest" == await shop.state()
    first, *_, last = await visitor.servers.called("init", 2)
    assert first["session"]["id"] != last["session"]["id"]


async def test_verify_answer_lost(visitor: Visitor, stack: Stack) -> None:
    """The code is accepted and the answer lost: the retry signs in once, without a new code."""
    visitor.expect_error("Failed to load resource: net::")
    shop = await visitor.shop("payment")
    await ask_for_code(shop.element(), CONTACT)
    visitor.servers.stack.faults.add("/v1/link/elements/verify-otp", "lose")

    await enter_code(shop.element(), code_for(stack, CONTACT))

    await shop.hear("authenticated")
    answered = [call["session"]["id"] for call in await visitor.servers.called("verify-otp", 2)]
    assert 1 == len(set(answered))
    assert [] == visitor.asked("refresh")
