"""A customer's contacts and account in the `auth` element: add, remove, take along, leave."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from link_dev.stack import Stack
from tests.support.browser.own_account import (
    add_contact,
    ask_for_code,
    begin,
    code_to,
    enter_code,
    open_account,
)
from tests.support.browser.saved_items import (
    accessibility_faults,
    button,
    read_saved_data,
    save_address,
)
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import ask_for_code as ask_to_sign_in
from tests.support.browser.sign_in import enter_code as enter_sign_in_code
from tests.support.browser.sign_in import link_token, sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.time_machine import MovableClock, TimeMachine

pytestmark = pytest.mark.asyncio(loop_scope="session")

AFTER_A_CODE_MS: Final = 31_000
ACCOUNT: Final = "/v1/link/account"
TAKEN: Final = "This contact belongs to another Link account."


async def signed_in(visitor: Visitor, stack: Stack, contact: str, *elements: str) -> ShopPage:
    """Sign in by a code in the first of a shop's elements."""
    shop = await visitor.shop(*elements)
    await shop.hear("initialized", len(elements))
    await sign_in_by_code(shop, stack, contact)
    await shop.hear("authenticated", len(elements))
    return shop


async def heard(shop: ShopPage) -> str:
    """Return all that the page received."""
    return json.dumps(await shop.messages(), ensure_ascii=False)


async def test_a_second_contact_is_added_and_every_element_shows_it(
    visitor: Visitor, stack: Stack
) -> None:
    """Two codes; only after the second is another customer's refused; the page hears nothing."""
    visitor.expect_error("status of 409")
    first, second, others = (
        "yaw.two@example.com",
        "yaw.second@example.com",
        "abla.second@example.com",
    )
    await link_token(visitor.servers, others)
    token = await link_token(visitor.servers, first)
    await save_address(visitor.servers, token, "Home")
    shop = await signed_in(visitor, stack, first, "auth", "address")
    auth, address = shop.element(0), shop.element(1)
    told = len(await shop.told())
    await open_account(auth)
    await add_contact(auth, stack, first, others)
    await expect(auth.locator("#account-problem")).to_contain_text(TAKEN)
    await button(auth, "Cancel").click()
    await add_contact(auth, stack, first, second)

    await expect(auth.locator(".contacts .title")).to_have_text(["y•••@example.com"] * 2)
    both = "y•••@example.com, y•••@example.com"
    for element in (auth, address):
        await expect(element.locator("#owner")).to_have_text(both)
    assert {"height_change", "step"} >= {event.type for event in (await shop.told())[told:]}
    steps = [event.payload["name"] for event in await shop.told("step") if event.index == 0]
    assert ["contact", "code", "done"] == steps
    for secret in ("example.com", "•••", "con_", "add_contact"):
        assert secret not in await heard(shop)
    again = await link_token(visitor.servers, second)
    [saved] = (await read_saved_data(visitor.servers, again))["addresses"]
    assert "Home" == saved["label"]


async def test_a_contact_goes_at_once_by_its_own_code_and_by_another_in_a_week(
    visitor: Visitor, stack: Stack
) -> None:
    """The last one stays; one that waits is shown with its day, and a sign-in by it keeps it."""
    first, second = "esi.removing@example.com", "kojo.removed@example.com"
    shop = await signed_in(visitor, stack, first, "auth")
    element = shop.element()
    await open_account(element)
    await expect(button(element, "Remove")).to_have_count(0)
    await add_contact(element, stack, first, second)
    await expect(button(element, "Remove")).to_have_count(2)

    await begin(element, "remove", "k•••")
    await expect(element.locator("#account-when")).to_contain_text("at once")
    await ask_for_code(element, "e•••@example.com")
    await enter_code(element, code_to(stack, first))
    await expect(element.get_by_text(re.compile("^Goes on "))).to_be_visible()
    await expect(button(element, "Remove")).to_have_count(0)
    await link_token(visitor.servers, second)
    await button(element, "Go back").click()
    await open_account(element)
    await expect(button(element, "Remove")).to_have_count(2)

    path = await _path_of(shop, "k•••")
    visitor.servers.stack.faults.add(path, "lose")
    await begin(element, "remove", "k•••")
    await ask_for_code(element)
    await enter_code(element, code_to(stack, second))
    await expect(button(element, "Remove")).to_have_count(0)
    await expect(element.locator(".contacts .title")).to_have_text(["e•••@example.com"])
    _, lost, again = visitor.servers.seen("DELETE", path)
    assert ("lose", 200) == (lost["fault"], again["status"])


async def _path_of(shop: ShopPage, shown: str) -> str:
    """Return the path of a contact that is listed."""
    row = shop.element().locator(".contacts li", has_text=shown)
    key = await row.locator("[data-key^=remove]").get_attribute("data-key")
    return f"/v1/link/contacts/{str(key).split()[1]}"


async def test_who_leaves_is_signed_out_of_every_element_and_the_shop_hears_a_sign_out(
    visitor: Visitor, stack: Stack
) -> None:
    """The lost answer is asked for again; who comes back by the contact finds nothing."""
    contact = "kwesi.leaving@example.com"
    token = await link_token(visitor.servers, contact)
    await save_address(visitor.servers, token, "Home")
    shop = await signed_in(visitor, stack, contact, "auth", "address", "payment")
    auth = shop.element()
    await open_account(auth)
    await begin(auth, "close_account")
    await expect(auth.get_by_text("This cannot be undone.")).to_be_visible()
    await ask_for_code(auth)
    visitor.servers.stack.faults.add(ACCOUNT, "lose")
    await enter_code(auth, code_to(stack, contact))

    await shop.hear("logout_complete", 3)
    await expect(auth.locator("#stopped-text")).to_contain_text("Your Link account is closed.")
    await expect(auth.locator("#start-again")).to_be_focused()
    lost, again = visitor.servers.seen("DELETE", ACCOUNT)
    assert ("lose", 200) == (lost["fault"], again["status"])
    assert [] == await shop.told("error")
    for secret in ("example.com", "•••", "close", "cus_"):
        assert secret not in await heard(shop)
    async with visitor.http.get(
        f"{visitor.origin('api')}/v1/link/data", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        assert 401 == response.status
    anew = await link_token(visitor.servers, contact)
    assert [] == (await read_saved_data(visitor.servers, anew))["addresses"]


async def test_each_view_can_be_read_at_320_px_and_left_by_a_key(
    visitor: Visitor, stack: Stack
) -> None:
    """No fault of labels, sizes or contrasts; the focus stays inside; Escape goes a step back."""
    visitor.expect_error("status of 4")
    shop = await signed_in(visitor, stack, "efe.views@example.com", "auth")
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    element, faults = shop.element(), dict[str, Any]()
    await button(element, "Contacts and account").wait_for()
    faults["door"] = await accessibility_faults(shop)
    await button(element, "Contacts and account").focus()
    await shop.page.keyboard.press("Enter")
    await expect(element.get_by_role("heading", name="Contacts and account")).to_be_focused()
    faults["home"] = await accessibility_faults(shop)
    for task in ("export_account", "close_account", "add_contact"):
        await begin(element, task)
        faults[task] = await accessibility_faults(shop)
        await expect(element.locator("h2")).to_be_focused()
        await shop.page.keyboard.press("Escape")
        await expect(element.get_by_role("heading", name="Contacts and account")).to_be_focused()
    await begin(element, "add_contact")
    await ask_for_code(element)
    field = element.locator("#account-code")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile("code sent to .*e•••@"))
    await enter_code(element, "000000")
    await expect(element.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    await expect(element.locator("#account-code")).to_be_focused()
    assert "000000" == await (await shop.frame()).evaluate("getSelection().toString()")
    faults["code"] = await accessibility_faults(shop)
    await enter_code(element, code_to(stack, "efe.views@example.com"))
    field = element.get_by_label("New phone number or e-mail")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile("^We send a second code"))
    faults["new"] = await accessibility_faults(shop)
    await shop.page.keyboard.press("Escape")
    await expect(element.get_by_role("heading", name="Contacts and account")).to_be_focused()
    await shop.page.keyboard.press("Escape")
    await expect(button(element, "Contacts and account")).to_be_focused()

    assert {} == {view: found for view, found in faults.items() if found}


async def test_the_data_is_a_file_and_a_text_of_which_a_page_with_the_customers_login_gets_nothing(
    visitor: Visitor, stack: Stack, redis: Redis, clock: MovableClock, tmp_path: Path
) -> None:
    """Neither what the frame confirmed, nor the frame's code, is of use to the page's `lnk_…`."""
    contact = "nii.robbed@example.com"
    token = await link_token(visitor.servers, contact)
    await save_address(visitor.servers, token, "Grandmother")
    shop = await signed_in(visitor, stack, contact, "auth")
    element = shop.element()
    await open_account(element)
    await begin(element, "close_account")
    await ask_for_code(element)
    body = {"purpose": "close_account", "otp_code": code_to(stack, contact)}
    assert "OTP_EXPIRED" == await _refusal(visitor, token, "POST", "contacts/verify-otp", body)
    await button(element, "Cancel").click()
    await TimeMachine(clock, redis).forward(AFTER_A_CODE_MS)
    await begin(element, "export_account")
    await ask_for_code(element)
    await enter_code(element, code_to(stack, contact))
    data = json.loads(await element.locator("#account-data").input_value())
    assert (contact, "Grandmother") == (
        data["contacts"][0]["contact"],
        data["addresses"][0]["label"],
    )
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    rows = [await button(element, name).bounding_box() for name in ("Save file", "Copy text")]
    assert 1 == len({row["y"] for row in rows if row})
    assert "cimplify-link.json" == await _saved(shop, tmp_path)
    await button(element, "Copy text").click()
    await expect(element.get_by_text("The text is copied.")).to_be_visible()

    for method, path in (("GET", "account/export"), ("DELETE", "account")):
        assert "CONFIRMATION_REQUIRED" == await _refusal(visitor, token, method, path)
    # The page's command ends the session under the open data, which goes with it.
    await shop.command("logout")
    await expect(element.locator("#items")).to_be_empty()
    said = await heard(shop)
    assert "Grandmother" not in said
    assert contact not in said


async def _saved(shop: ShopPage, folder: Path) -> str:
    """Let the browser save the file, and return its name."""
    devtools = await shop.page.context.new_cdp_session(shop.page)
    await devtools.send(
        "Browser.setDownloadBehavior",
        {"behavior": "allow", "downloadPath": str(folder), "eventsEnabled": True},
    )
    async with shop.page.expect_download() as saved:
        await button(shop.element(), "Save file").click()
    return (await saved.value).suggested_filename


async def _refusal(
    visitor: Visitor, token: str, method: str, path: str, body: dict[str, str] | None = None
) -> str:
    """Call the Link API as a page with a `lnk_…` can; return the code of its refusal."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{visitor.origin('api')}/v1/link/{path}"
    async with visitor.http.request(method, url, json=body, headers=headers) as response:
        assert response.status >= 400
        return str((await response.json())["error"]["code"])


async def test_a_customer_whom_the_shop_signed_in_begins_nothing_without_a_code(
    visitor: Visitor, stack: Stack
) -> None:
    """A page that hands its own `lnk_…` over gets the masked contacts, and no further."""
    contact = "efua.handed@example.com"
    token = await link_token(visitor.servers, contact)
    shop = await visitor.shop("auth", link_token=token)
    element = shop.element()
    await open_account(element)
    await button(element, "Close account").click()
    await expect(element.locator("#lead")).to_contain_text("prove by a code that you are e•••@")
    assert 1 == len([sent for sent in stack.outbox.sent if sent.contact == contact])
    await ask_to_sign_in(element, contact)
    await enter_sign_in_code(element, code_to(stack, contact))
    await expect(element.get_by_text("This cannot be undone.")).to_be_visible()
