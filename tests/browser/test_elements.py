"""The three elements, from a guest to a chosen address and wallet."""

import json
import re

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from link_dev.stack import Stack
from tests.support.browser.saved_items import (
    NUMBER,
    STREET,
    WALLET,
    add_address,
    add_wallet,
    button,
    fill_address,
    radio_button,
    read_saved_data,
    save_address,
    save_wallet,
)
from tests.support.browser.sign_in import (
    LINK_AUTH,
    ask_for_code,
    code_for,
    enter_code,
    link_token,
    sign_in_by_code,
)
from tests.support.browser.visitor import Visitor
from tests.support.time_machine import MovableClock, TimeMachine

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "efua@example.com"
MASKED = "e•••@example.com"
OPAQUE = re.compile(r"(addr|momo)_[0-9A-Za-z]{16,32}")
AFTER_A_CODE_MS = 31_000
UNKNOWN_NUMBER = "+233 24 765 0000"
UNKNOWN_WALLET = "MTN •• 0000"
ADDRESSES = "/v1/link/addresses"
DATA = "/v1/link/data"


async def test_from_guest_to_a_chosen_address_and_wallet(visitor: Visitor, stack: Stack) -> None:
    """One code for three elements; the shop gets two opaque ids with masked labels."""
    shop = await visitor.shop("auth", "address", "payment")
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, stack, CONTACT)
    await shop.hear("authenticated", 3)
    _, address, payment = (shop.element(index) for index in range(3))
    for index in range(3):
        await expect(shop.element(index).get_by_text(MASKED, exact=True)).to_be_visible()
        await expect(button(shop.element(index), "Sign out")).to_be_visible()

    await add_address(address)
    await button(payment, "Add a wallet").click()
    await add_wallet(payment)
    await expect(radio_button(payment, WALLET)).to_be_checked()
    assert [] == await shop.told("selected")
    await button(address, "Use this address").click()
    await button(payment, "Use this wallet").click()

    first, second = [event.payload for event in await shop.hear("selected", 2)]
    assert ("address", "Home, Accra") == (first["element"], first["label"])
    assert ("payment", WALLET) == (second["element"], second["label"])
    assert all(OPAQUE.fullmatch(str(told["id"])) for told in (first, second))
    await expect(address.get_by_text("Chosen address", exact=True)).to_be_visible()
    await expect(payment.get_by_text("Chosen wallet", exact=True)).to_be_visible()
    heard = json.dumps(await shop.messages(), ensure_ascii=False)
    digits = re.sub(r"\D", "", NUMBER)
    for secret in (CONTACT, MASKED, STREET, digits, digits[3:], "lnk_", "elr_", "cus_", "eyJ"):
        assert secret not in heard


async def test_the_server_of_the_shop_fetches_what_was_chosen(visitor: Visitor) -> None:
    """The Link API knows the id that the page got, and has counted its use."""
    token = await link_token(visitor.servers, "akua@example.com")
    await save_address(visitor.servers, token, "Mine")
    shop = await visitor.shop("address", link_token=token)
    await expect(button(shop.element(), "Use this address")).to_be_visible()
    await shop.grown()

    async with shop.page.expect_response(re.compile("track-usage$")) as tracked:
        await button(shop.element(), "Use this address").click()
    [chosen] = await shop.hear("selected")

    assert 200 == (await tracked.value).status
    [address] = (await read_saved_data(visitor.servers, token))["addresses"]
    assert (chosen.payload["id"], STREET, 1) == (
        address["id"],
        address["street_address"],
        address["usage_count"],
    )


async def test_addresses_are_kept_in_the_frame(visitor: Visitor) -> None:
    """Edit, make default, remove: the Link API shows each change afterwards."""
    token = await link_token(visitor.servers, "adwoa@example.com")
    await save_address(visitor.servers, token, "Home")
    await save_address(visitor.servers, token, "Work", "Kumasi", "Ashanti")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await expect(button(element, "Edit: Home")).to_be_visible()
    await expect(radio_button(element, "Home")).to_be_checked()
    await shop.grown()

    await button(element, "Edit: Home").click()
    await element.get_by_label("City").fill("Tema")
    await button(element, "Save address").click()
    await expect(element.get_by_text("Tema, Greater Accra, Ghana")).to_be_visible()
    await radio_button(element, "Work").check()
    await button(element, "Make default: Work").click()
    await expect(radio_button(element, "Work Default")).to_be_checked()
    await button(element, "Remove: Work").click()
    await button(element, "Keep Work").click()
    await expect(radio_button(element, "Work")).to_have_count(1)
    await button(element, "Remove: Work").click()
    await button(element, "Remove Work for good").click()
    await expect(radio_button(element, "Work")).to_have_count(0)

    [left] = (await read_saved_data(visitor.servers, token))["addresses"]
    assert ("Home", "Tema", True) == (left["label"], left["city"], left["is_default"])
    await expect(radio_button(element, "Home")).to_be_checked()
    await expect(element.get_by_text("Default", exact=True)).to_have_count(0)


async def test_a_handed_over_login_takes_a_code_before_a_wallet_changes(
    visitor: Visitor, stack: Stack, redis: Redis, clock: MovableClock
) -> None:
    """Picking takes none; adding does, and goes on where it was; the shop hears nothing of it."""
    contact, masked = "ekow@example.com", "e•••@example.com"
    token = await link_token(visitor.servers, contact)
    await save_wallet(visitor.servers, token, "+233241112223")
    await TimeMachine(clock, redis).forward(AFTER_A_CODE_MS)
    shop = await visitor.shop("payment", link_token=token)
    element = shop.element()
    await expect(element.get_by_text(masked, exact=True)).to_be_visible()
    await shop.grown()
    await button(element, "Use this wallet").click()
    await shop.hear("selected")
    await button(element, "Change").click()

    await button(element, "Add a wallet").click()
    await expect(element.get_by_text(f"prove by a code that you are {masked}")).to_be_visible()
    await button(element, "Go back").click()
    await expect(radio_button(element, "MTN •• 2223")).to_be_visible()
    await button(element, "Add a wallet").click()
    await ask_for_code(element, contact)
    await enter_code(element, code_for(stack, contact))
    await add_wallet(element)

    await expect(radio_button(element, WALLET)).to_be_checked()
    wallets = (await read_saved_data(visitor.servers, token))["mobile_money"]
    assert ["+233241112223", "+233247654321"] == sorted(one["phone_number"] for one in wallets)
    assert 1 == len(await shop.told("authenticated"))
    [verified] = await visitor.servers.called("verify-otp")
    assert "profile wallets" == verified["claims"]["scope"]


async def test_a_code_that_cannot_be_sent_yet_is_not_spoken_of_as_sent(visitor: Visitor) -> None:
    """A second code at once is refused: one that came can be typed, and when to ask is said."""
    visitor.expect_error(".*429.*")
    contact = "adwoa@example.com"
    url = f"{visitor.servers.origin('api')}{LINK_AUTH}/request-otp"
    claim = {"contact": contact, "contact_type": "email"}
    async with visitor.http.post(url, json=claim) as response:
        assert 200 == response.status
    shop = await visitor.shop("payment")
    element = shop.element()
    await ask_for_code(element, contact)

    await expect(element.get_by_role("alert")).to_have_text(
        "Another code cannot be sent yet. If you have one, enter it."
    )
    await expect(button(element, "Send code again")).to_have_attribute("aria-disabled", "true")


async def test_another_customers_code_shows_their_wallet_and_changes_nothing(
    visitor: Visitor, stack: Stack
) -> None:
    """The step-up ends in another customer: their list, told as a sign-in; nothing was removed."""
    token = await link_token(visitor.servers, "araba@example.com")
    await save_wallet(visitor.servers, token, "+233241112224")
    shop = await visitor.shop("payment", link_token=token)
    element = shop.element()

    await expect(button(element, "Remove: MTN •• 2224")).to_be_visible()
    await shop.grown()
    await button(element, "Remove: MTN •• 2224").click()
    await ask_for_code(element, "kwame@example.com")
    await enter_code(element, code_for(stack, "kwame@example.com"))

    await expect(element.get_by_text("k•••@example.com", exact=True)).to_be_visible()
    await expect(element.get_by_text("You have no saved wallets yet.")).to_be_visible()
    assert 2 == len(await shop.hear("authenticated", 2))
    wallets = (await read_saved_data(visitor.servers, token))["mobile_money"]
    assert "+233241112224" in [one["phone_number"] for one in wallets]


async def test_a_wallet_is_verified_or_the_customer_is_told_why_not(
    visitor: Visitor, stack: Stack
) -> None:
    """A badge where the provider knows it; words beside it where it does not; it stays saved."""
    visitor.expect_error("status of 422")
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, "yaw@example.com")
    element = shop.element()
    for number in (NUMBER, UNKNOWN_NUMBER):
        await button(element, "Add a wallet").click()
        await add_wallet(element, number)

    await button(element, f"Verify: {UNKNOWN_WALLET}").click()
    problem = element.locator(".item").get_by_role("alert").filter(has_text=UNKNOWN_WALLET)
    await expect(problem).to_contain_text("The provider knows no wallet")
    await radio_button(element, WALLET).check()
    await button(element, f"Verify: {WALLET}").click()

    await expect(radio_button(element, f"{WALLET} Verified")).to_be_checked()
    await expect(radio_button(element, UNKNOWN_WALLET)).to_be_visible()


async def test_a_number_that_is_no_wallet_is_marked_in_its_field(
    visitor: Visitor, stack: Stack
) -> None:
    """The API refuses it; the form says where, and keeps what was typed."""
    visitor.expect_error("status of 400")
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, "nii@example.com")
    element = shop.element()
    await button(element, "Add a wallet").click()

    await add_wallet(element, "+233 30 222 1111")

    field = element.get_by_label("Wallet number")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("+233 30 222 1111")


async def test_an_answer_lost_on_saving_leaves_one_address(visitor: Visitor) -> None:
    """The address is saved, the answer lost: a retry with the same key leaves one address."""
    visitor.expect_error("Failed to load resource: net::")
    token = await link_token(visitor.servers, "abena@example.com")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await button(element, "Add an address").click()
    await fill_address(element)
    visitor.servers.stack.faults.add(ADDRESSES, "lose")

    await button(element, "Save address").click()

    await expect(radio_button(element, "Home")).to_be_checked()
    assert 1 == len((await read_saved_data(visitor.servers, token))["addresses"])
    first, *others = visitor.servers.seen("POST", ADDRESSES)
    assert ("lose", [201]) == (first["fault"], [entry["status"] for entry in others])


async def test_what_cannot_be_loaded_is_said_and_tried_again(visitor: Visitor) -> None:
    """503 on every try: a message and a button, then the list. The session stays alive."""
    visitor.expect_error("status of 503")
    token = await link_token(visitor.servers, "kojo@example.com")
    await save_address(visitor.servers, token, "Home")
    visitor.servers.stack.faults.add(DATA, "unavailable", times=3)
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()

    await expect(element.get_by_role("alert").first).to_contain_text(
        "We cannot load your addresses"
    )
    await button(element, "Try again").click()

    await expect(radio_button(element, "Home")).to_be_checked()
    assert ("authenticated", []) == (await shop.state(), await shop.told("error"))


async def test_signing_out_leaves_nothing_of_the_customer(visitor: Visitor, stack: Stack) -> None:
    """No address, contact or number stays in the document."""
    shop = await visitor.shop("address")
    await sign_in_by_code(shop, stack, "esi@example.com")
    element = shop.element()
    await add_address(element)

    await button(element, "Sign out").click()
    await shop.hear("logout_complete")

    frame = await shop.frame()
    left = await frame.evaluate("document.body.textContent")
    assert not [text for text in (STREET, "Accra", "e•••", "example.com") if text in left]
