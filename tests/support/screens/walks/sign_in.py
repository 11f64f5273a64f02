"""Walks from the first picture to a customer: the contact, its code, and what goes wrong there."""

from typing import Final

from playwright.async_api import expect

from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import code_for
from tests.support.browser.slow import SLOW_MS, connecting_shop
from tests.support.screens.walker import AFTER_A_CODE_MS, Walker, said

_READING_MS: Final = 1_000
_REQUEST_OTP: Final = "**/request-otp"
_SENT_BY_WHATSAPP: Final = {
    "expires_in": 600,
    "ask_again_in": 30,
    "channels": ["whatsapp", "sms"],
}
_TOO_MANY: Final = "OTP_ATTEMPTS_EXCEEDED"


async def guest_and_code(walker: Walker) -> None:
    """From the skeleton to a code that was tried too often."""
    visitor, contact = walker.visitor, "efua.screens@example.com"
    visitor.expect_error("status of 4")
    shop, held = await connecting_shop(visitor)
    element = shop.element()
    await walker.look("loading", shop)
    await visitor.wait(SLOW_MS)
    await walker.sees(element, "stopped")
    await walker.look("slow", shop)
    await held.release()
    await shop.hear("initialized")
    await walker.look("guest", shop)

    await element.locator("#contact").fill("+254 712 345678")
    await said(element.locator("#contact-number"))
    await walker.look("guest-number", shop)
    await element.locator("#contact").fill("")
    await element.locator("#country").click()
    await expect(element.get_by_role("option").first).to_be_visible()
    await walker.look("country-picker", shop)
    await element.get_by_role("combobox").press("Escape")
    await element.locator("#contact").fill("efua@")
    await element.locator("#request-code").click()
    await said(element.locator("#contact-problem"))
    await walker.look("guest-problem", shop)

    held = await visitor.hold("request-otp")
    await element.locator("#contact").fill(contact)
    await element.locator("#request-code").click()
    await held.request()
    await walker.look("sending", shop)
    await held.release()
    await walker.sees(element, "code")
    await walker.look("code", shop)
    await visitor.wait(AFTER_A_CODE_MS)
    await expect(element.locator("#resend")).to_have_attribute("aria-disabled", "false")
    await walker.look("code-again", shop)
    await _wrong_codes(walker, shop, code_for(walker.stack, contact))


async def _wrong_codes(walker: Walker, shop: ShopPage, right: str) -> None:
    element, wrong = shop.element(), "111111" if right == "000000" else "000000"
    tried, refusal = 0, ""
    while refusal != _TOO_MANY:
        async with shop.page.expect_response("**/verify-otp") as answered:
            await walker.enter_code(element, wrong)
        refusal = (await (await answered.value).json())["error"]["code"]
        await said(element.locator("#code-problem"))
        tried += 1
        if tried == 1:
            await walker.look("code-wrong", shop)
    await walker.look("code-used-up", shop)


async def owner_with_a_number(walker: Walker) -> None:
    """A code for a phone, one more by another way, and the customer it is of."""
    visitor, contact = walker.visitor, "+233241237788"
    await visitor.take_clock()
    shop = await visitor.shop("auth")
    element = shop.element()
    await shop.hear("initialized")
    await element.locator("#contact").fill(contact)
    await said(element.locator("#contact-number"))
    await visitor.wait(_READING_MS)
    await element.locator("#request-code").click()
    await walker.sees(element, "code")
    await walker.look("code-phone", shop)
    await visitor.wait(AFTER_A_CODE_MS)
    async with (
        walker.answering(_REQUEST_OTP, data=_SENT_BY_WHATSAPP),
        shop.page.expect_response(_REQUEST_OTP),
    ):
        await element.locator("#other-way").click()
    await expect(element.locator("#resend")).to_have_attribute("aria-disabled", "true")
    await expect(element.locator("#resend-wait")).not_to_be_empty()
    await walker.look("code-resent", shop)
    await walker.enter_code(element, code_for(walker.stack, contact))
    await walker.sees(element, "authenticated")
    await walker.look("owner-number", shop)


async def codes_that_are_not_sent(walker: Walker) -> None:
    """The service is not reached, and then sends no more codes to this contact."""
    visitor, contact = walker.visitor, "kwesi.screens@example.com"
    shop = await visitor.shop("auth")
    element = shop.element()
    await shop.hear("initialized")
    await element.locator("#contact").fill(contact)
    async with walker.losing(_REQUEST_OTP, "POST"):
        await element.locator("#request-code").click()
        await said(element.locator("#contact-problem"))
    await walker.look("send-failed", shop)

    visitor.expect_error("status of 429")
    async with walker.answering(_REQUEST_OTP, status=429, headers={"Retry-After": "4680"}):
        async with shop.page.expect_response(_REQUEST_OTP):
            await element.locator("#request-code").click()
        await said(element.locator("#contact-problem"))
    await walker.look("send-limited", shop)


async def on_without_link(walker: Walker) -> None:
    """The customer goes on without Link."""
    shop = await walker.visitor.shop("auth")
    await shop.hear("initialized")
    await shop.element().locator("#dismiss").click()
    await shop.hear("dismissed")
    await walker.sees(shop.element(), "stopped")
    await walker.look("dismissed", shop)
