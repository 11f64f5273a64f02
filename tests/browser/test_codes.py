"""The code of a sign-in: read from its message, sent before a reload, sent another way."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.async_api import FrameLocator, Route, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import MESSAGES, ask_for_code, code_for, enter_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: Final = "+233241234568"
FIELD: Final = "Phone number or e-mail"
WAIT_MS: Final = 30_000


def code_field(element: FrameLocator) -> Any:  # noqa: ANN401
    """Return the field that takes the code."""
    return element.get_by_label("Code", exact=True)


async def test_a_code_is_read_from_its_message_and_sent_by_the_customer(
    visitor: Visitor, stack: Stack
) -> None:
    """WebOTP fills the field in the frame, which the shop's page allows, and sends nothing."""
    await visitor.context.add_init_script(MESSAGES)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await ask_for_code(element, PHONE)
    assert ["sms"] == await frame.evaluate("window.otp[0].transport")
    await expect(code_field(element)).to_have_attribute("autocomplete", "one-time-code")

    await frame.evaluate("code => window.otp[0].arrive(code)", code_for(stack, PHONE))

    await expect(code_field(element)).to_have_value(code_for(stack, PHONE))
    await expect(element.get_by_role("status")).to_have_text(
        "The code from your messages is filled in."
    )
    assert [] == visitor.asked("verify-otp")
    await button(element, "Continue").click()
    await shop.hear("authenticated")


async def test_the_wait_for_a_message_ends_with_the_form(visitor: Visitor) -> None:
    """And an e-mail address begins none."""
    await visitor.context.add_init_script(MESSAGES)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await ask_for_code(element, PHONE)

    await element.get_by_role("button", name="Change").click()

    assert [True] == await frame.evaluate("window.otp.map(({ isOver }) => isOver)")
    await ask_for_code(element, "kwaku@example.com")
    assert 1 == await frame.evaluate("window.otp.length")


async def test_a_code_that_is_filled_in_is_not_called_wrong(visitor: Visitor, stack: Stack) -> None:
    """The complaint was about the code before."""
    visitor.expect_error("status of 422")
    await visitor.context.add_init_script(MESSAGES)
    await visitor.context.route("**/verify-otp", refuse("OTP_INVALID"))
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await ask_for_code(element, PHONE)
    await enter_code(element, "123456")
    await expect(element.get_by_role("alert")).to_contain_text("not right")

    await frame.evaluate("code => window.otp[0].arrive(code)", code_for(stack, PHONE))

    await expect(code_field(element)).to_have_value(code_for(stack, PHONE))
    await expect(element.get_by_role("alert")).to_have_text("")
    await expect(code_field(element)).to_have_attribute("aria-invalid", "false")


async def test_a_message_is_read_although_the_next_one_was_not_sent(
    visitor: Visitor, stack: Stack
) -> None:
    """The network is gone for the second request, and the first message comes late."""
    visitor.expect_error("ERR_CONNECTION_FAILED")
    await visitor.take_clock()
    await visitor.context.add_init_script(MESSAGES)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await ask_for_code(element, PHONE)
    await visitor.context.clock.run_for(WAIT_MS)
    await visitor.context.route("**/request-otp", lambda route: route.abort("connectionfailed"))
    await button(element, "Send code again").click()
    await expect(element.get_by_role("alert")).to_contain_text("We cannot reach Link right now")

    await frame.evaluate("code => window.otp.at(-1).arrive(code)", code_for(stack, PHONE))

    await expect(code_field(element)).to_have_value(code_for(stack, PHONE))


@pytest.mark.parametrize("way", ["Send code", "I have a code"])
async def test_a_message_on_its_way_is_read_when_no_other_is_sent(
    visitor: Visitor, stack: Stack, way: str
) -> None:
    """The customer went back to look at the number, and comes again before the message does."""
    await visitor.context.add_init_script(MESSAGES)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await ask_for_code(element, PHONE)
    await element.get_by_role("button", name="Change").click()
    await button(element, way).click()
    await expect(code_field(element)).to_be_visible()

    await frame.evaluate("code => window.otp.at(-1).arrive(code)", code_for(stack, PHONE))

    await expect(code_field(element)).to_have_value(code_for(stack, PHONE))
    assert 1 == len(visitor.asked("request-otp"))


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\uff10"])
async def test_a_code_is_typed_in_the_digits_of_any_script(
    visitor: Visitor, stack: Stack, zero: str
) -> None:
    """As a number is: Arabic, Persian and full-width keyboards."""
    shop = await visitor.shop("auth")
    await ask_for_code(shop.element(), PHONE)
    code = code_for(stack, PHONE)

    await enter_code(shop.element(), "".join(chr(ord(zero) + int(digit)) for digit in code))

    await shop.hear("authenticated")


async def test_the_frame_may_read_codes_and_no_other_credential(visitor: Visitor) -> None:
    """As the browser sees it: the SDK's `allow` and the document's policy together."""
    shop = await visitor.shop("auth")
    frame = await shop.frame()

    allowed = await frame.evaluate(
        """['otp-credentials', 'publickey-credentials-get', 'identity-credentials-get', 'camera']
             .filter((name) => document.featurePolicy.allowsFeature(name))"""
    )

    assert ["otp-credentials"] == allowed
    assert "otp-credentials" == await shop.iframe().get_attribute("allow")


async def test_a_reloaded_frame_takes_a_code_without_another_message(
    visitor: Visitor, stack: Stack
) -> None:
    """A small phone discards the tab while the customer reads the SMS."""
    shop = await visitor.shop("auth")
    await ask_for_code(shop.element(), PHONE)
    await shop.open("/embed?element=auth")
    await shop.hear("initialized")
    element = shop.element()

    await element.get_by_label(FIELD).fill(PHONE)
    await button(element, "I have a code").click()

    await expect(code_field(element)).to_be_visible()
    await expect(element.locator("#code-contact")).to_have_text("+233 24 123 4568, Ghana")
    await expect(button(element, "Send code again")).to_have_attribute("aria-disabled", "false")
    await enter_code(element, code_for(stack, PHONE))
    await shop.hear("authenticated")
    assert 1 == len(visitor.asked("request-otp"))


async def test_a_reloaded_frame_that_asks_again_waits_no_longer(
    visitor: Visitor, stack: Stack
) -> None:
    """What is left of the first wait is counted down, and the code form is shown meanwhile."""
    visitor.expect_error("status of 429")
    shop = await visitor.shop("auth")
    await ask_for_code(shop.element(), PHONE)
    for _ in range(3):
        await shop.open("/embed?element=auth")
        await shop.hear("initialized")
        await ask_for_code(shop.element(), PHONE)
    resend = button(shop.element(), "Send code again")

    await expect(shop.element().get_by_text(re.compile("^in [0-9]+ seconds$"))).to_be_visible()
    await expect(resend).to_have_attribute("aria-disabled", "true")
    *_, refused = visitor.asked("request-otp")
    response = await refused.response()
    assert response is not None
    assert 429 == response.status
    assert int(response.headers["retry-after"]) * 1000 <= WAIT_MS


async def test_a_code_is_sent_another_way_after_the_wait_that_the_answer_names(
    visitor: Visitor,
) -> None:
    """The button is there where the answer names a second channel, and names that channel."""
    await visitor.take_clock()
    await visitor.context.route(
        "**/request-otp", answer({"ask_again_in": 12, "channels": ["sms", "whatsapp"]})
    )
    shop = await visitor.shop("auth")
    element = shop.element()
    await ask_for_code(element, PHONE)
    other = button(element, "Send it by WhatsApp")
    await expect(other).to_have_attribute("aria-disabled", "true")
    await expect(element.get_by_text("in 12 seconds", exact=True)).to_be_visible()

    await visitor.context.clock.run_for(12_000)
    async with shop.page.expect_request("**/request-otp") as sent:
        await other.click()
    news = element.get_by_text("The code was sent again.")
    await expect(news).to_be_visible()
    wait = element.locator("#resend-wait")
    quiet = await wait.evaluate("(part) => getComputedStyle(part).color")
    await expect(news).to_have_css("color", quiet)  # and not a problem's

    expected = {"contact": PHONE, "contact_type": "phone", "channel": "whatsapp", "locale": "en"}
    assert expected == (await sent.value).post_data_json


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("OTP_INVALID", "That code is not right. Check it and try again."),
        ("OTP_EXPIRED", "That code was used or is too old. Ask for another."),
        (
            "OTP_ATTEMPTS_EXCEEDED",
            "Too many wrong tries. Ask for a code again; it may be the same one.",
        ),
    ],
)
async def test_a_refused_code_is_explained(visitor: Visitor, code: str, words: str) -> None:
    visitor.expect_error("status of 422")
    await visitor.context.route("**/verify-otp", refuse(code))
    shop = await visitor.shop("auth")
    element = shop.element()
    await ask_for_code(element, f"{code.lower()}@example.com")

    await enter_code(element, "123456")

    await expect(element.get_by_role("alert")).to_have_text(words)


Answer = Callable[[Route], Any]


def answer(data: dict[str, Any]) -> Answer:
    """Answer as a bridge that sends codes by several channels."""

    async def fulfill(route: Route) -> None:
        await route.fulfill(
            content_type="application/json", body=json.dumps({"success": True, "data": data})
        )

    return fulfill


def refuse(code: str) -> Answer:
    """Refuse with an error code."""

    async def fulfill(route: Route) -> None:
        error = {"code": code, "message": "No.", "retryable": False}
        body = json.dumps({"success": False, "error": error})
        await route.fulfill(status=422, content_type="application/json", body=body)

    return fulfill
