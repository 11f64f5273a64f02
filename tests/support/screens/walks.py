"""Walks through the states of the elements; each begins as a new customer on the real stack."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from playwright.async_api import expect

from tests.support.browser.saved_items import save_address, save_item, save_wallet
from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import code_for, link_token
from tests.support.browser.slow import SLOW_MS, connecting_shop
from tests.support.screens.walker import Walker, said, visible

Walk = Callable[[Walker], Coroutine[Any, Any, None]]

_AFTER_A_CODE_MS: Final = 31_000
_DATA: Final = "**/v1/link/data*"
_TOO_MANY: Final = "OTP_ATTEMPTS_EXCEEDED"
_LONG: Final = "The house of the grandmother behind the market"
_LONG_CONTACT: Final = "nana.akosua.agyemang-prempeh.the.elder@customers.of.kejetia.example.com"


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
    await visitor.wait(_AFTER_A_CODE_MS)
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


async def addresses(walker: Walker) -> None:
    """From no address to a chosen one."""
    visitor = walker.visitor
    token = await link_token(visitor.servers, "adwoa.screens@example.com")
    async with walker.holding(_DATA, "GET") as held:
        shop = await visitor.shop("address", link_token=token)
        await held.request()
        element = shop.element()
        await expect(element.locator("#wallet-loading")).to_have_css("overflow", "hidden")
        await walker.look("list-loading", shop)
    await walker.listed(element)
    await walker.look("empty-address", shop)
    await walker.press(element, "add")
    await walker.look("form-address", shop)
    await walker.press(element, "save")
    await said(visible(element, "#items .problem:not(:empty)").first)
    await walker.look("form-problems", shop)

    typed = {"label": "Home", "street_address": "12 Ring Road East", "city": "Accra"}
    for name, text in {**typed, "region": "Greater Accra"}.items():
        await element.locator(f"[name={name}]").fill(text)
    async with walker.holding("**/v1/link/addresses*", "POST") as held:
        await walker.press(element, "save")
        await held.request()
        await walker.look("saving", shop)
    await expect(element.get_by_role("radio")).to_have_count(1)
    await walker.look("list-one", shop)

    await save_address(visitor.servers, token, "Work", "Kumasi", "Ashanti")
    await save_address(visitor.servers, token, "Market stall", "Takoradi", "Western")
    await shop.open(f"/embed?element=address&link_token={token}")
    await _items(walker, shop)


async def _items(walker: Walker, shop: ShopPage) -> None:
    element = shop.element()
    await expect(element.get_by_role("radio")).to_have_count(3)
    await walker.look("list-address", shop)
    await element.get_by_role("radio", checked=False).first.check()
    await walker.look("item-open", shop)
    await walker.press(element, "remove")
    await expect(visible(element, "[data-key^='confirm ']")).to_have_count(1)
    await walker.look("removing", shop)
    await walker.press(element, "keep")
    await walker.press(element, "edit")
    await expect(element.locator("[name=city]")).to_be_visible()
    await walker.look("edit-address", shop)
    await walker.press(element, "cancel")
    await walker.press(element, "use")
    await shop.hear("selected")
    await walker.look("chosen", shop)


async def lists_that_do_not_come(walker: Walker) -> None:
    """The saved addresses cannot be loaded."""
    token = await link_token(walker.visitor.servers, "yaa.screens@example.com")
    await walker.lose(_DATA)
    shop = await walker.visitor.shop("address", link_token=token)
    await expect(shop.element().locator("#unreachable")).to_be_visible()
    await walker.look("list-unreachable", shop)


async def long_values(walker: Walker) -> None:
    """An address with as much in it as is allowed."""
    servers, contact = walker.visitor.servers, _LONG_CONTACT
    token = await link_token(servers, contact)
    body = {
        "label": f"{_LONG} again and again"[:50],
        "street_address": f"{_LONG}, opposite the second junction after the old station",
        "apartment": f"Block C, flat 12, {_LONG}"[:60],
        "city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        "region": "Greater Accra and the whole of the Eastern Region",
        "country": "GH",
        "delivery_instructions": f"{_LONG}. Ring twice, then wait at the blue gate.",
    }
    await save_item(servers, token, "addresses", body)
    shop = await walker.visitor.shop("address", link_token=token)
    await expect(shop.element().get_by_role("radio")).to_have_count(1)
    await walker.look("long-values", shop)


async def wallets(walker: Walker) -> None:
    """A customer whom the shop signed in, without wallets and with them."""
    visitor = walker.visitor
    token = await link_token(visitor.servers, "kofi.screens@example.com")
    shop = await visitor.shop("payment", link_token=token)
    await walker.listed(shop.element())
    await walker.look("empty-payment", shop)
    await walker.press(shop.element(), "add")
    await expect(shop.element().locator("#step-up")).to_be_visible()
    await walker.look("step-up", shop)
    for number in ("+233247651111", "+233247652222"):
        await save_wallet(visitor.servers, token, number)
    await shop.open(f"/embed?element=payment&link_token={token}")
    await expect(shop.element().get_by_role("radio")).to_have_count(2)
    await walker.look("list-payment", shop)


async def form_of_a_wallet(walker: Walker) -> None:
    """A customer who proved their contact by a code adds a wallet."""
    shop = await walker.visitor.shop("payment")
    await walker.sign_in(shop.element(), "esi.screens@example.com")
    await walker.press(shop.element(), "add")
    await expect(shop.element().locator("[name=phone_number]")).to_be_visible()
    await walker.look("form-payment", shop)


async def three_elements(walker: Walker) -> None:
    """All three on one page."""
    shop = await walker.visitor.shop("auth", "address", "payment")
    await shop.hear("initialized", 3)
    await walker.look("three-guest", shop)
    await walker.sign_in(shop.element(), "abena.screens@example.com")
    for index in (1, 2):
        await walker.listed(shop.element(index))
    await walker.look("three", shop)


async def ends(walker: Walker) -> None:
    """A session, and the ways out of it."""
    visitor = walker.visitor
    visitor.expect_error("status of 4")
    token = await link_token(visitor.servers, "yaw.screens@example.com")
    shop = await visitor.shop("auth", link_token=token)
    element = shop.element()
    await walker.sees(element, "authenticated")
    await walker.look("signed-in", shop)
    await visitor.context.set_offline(True)
    visitor.expect_error("ERR_INTERNET_DISCONNECTED")
    await element.locator("#sign-out").click()
    await said(element.get_by_role("alert").filter(visible=True, has_text=" ").first)
    await visitor.context.set_offline(False)
    await walker.look("sign-out-failed", shop)
    await element.locator("#sign-out").click()
    await walker.sees(element, "stopped")
    await walker.look("signed-out", shop)

    await shop.open(f"/embed?element=auth&link_token={token}")
    await walker.sees(element, "authenticated")
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{visitor.origin('api')}/v1/link/auth/logout"
    async with visitor.http.post(url, json={}, headers=headers) as response:
        assert response.status == 200, await response.text()
    await shop.command("refresh")
    await walker.sees(element, "stopped")
    await walker.look("session-ended", shop)


async def not_allowed(walker: Walker) -> None:
    """A page outside the list, in a browser without `frame-ancestors`: others show nothing."""
    visitor = walker.visitor
    visitor.expect_error("status of 403")
    await visitor.take_clock()
    await visitor.without_frame_ancestors()
    shop = await visitor.shop("auth", host="evil")
    await shop.failure()
    await _until_stopped(walker, shop)
    await walker.look("not-allowed", shop)


async def outage(walker: Walker) -> None:
    """No call of the frame is answered."""
    await walker.visitor.take_clock()
    await walker.lose("**/elements/init*")
    shop = await walker.visitor.shop("auth")
    await _until_stopped(walker, shop)
    await walker.look("outage", shop)


async def offline(walker: Walker) -> None:
    """The connection is lost between the document and the session."""
    visitor = walker.visitor
    visitor.expect_error("ERR_INTERNET_DISCONNECTED")
    await visitor.take_clock()
    held = await visitor.hold("init")
    shop = await visitor.shop("auth")
    await held.request()
    await visitor.context.set_offline(True)
    await held.release()
    await _until_stopped(walker, shop)
    await walker.look("offline", shop)


async def unsupported(walker: Walker) -> None:
    """The frame lacks what every newer browser has."""
    await walker.visitor.context.add_init_script(
        "if (parent !== window) delete Crypto.prototype.subtle"
    )
    shop = await walker.visitor.shop("auth")
    await walker.sees(shop.element(), "stopped")
    await walker.look("unsupported", shop)


async def _until_stopped(walker: Walker, shop: ShopPage) -> None:
    """Let the time of all tries pass, beyond the words of what takes long."""
    stopped = shop.element().locator("html:not([data-state=slow]) [data-view=stopped]")
    for _ in range(int(DEADLINE_S)):
        if await stopped.is_visible():
            return
        await walker.visitor.wait(5_000)
    await expect(stopped).to_be_visible()


WALKS: Final[tuple[Walk, ...]] = (
    guest_and_code,
    addresses,
    lists_that_do_not_come,
    long_values,
    wallets,
    form_of_a_wallet,
    three_elements,
    ends,
    not_allowed,
    outage,
    offline,
    unsupported,
)
