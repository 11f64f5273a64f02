"""Forms of addresses and wallets: what stands first, what may be left out, what is told of it."""

import re

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import (
    STREET,
    accessibility_faults,
    button,
    fill_address,
    radio_button,
    read_saved_data,
    tab_to,
)
from tests.support.browser.sign_in import link_token, open_in_country, sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.browser_code import STATIC

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_form_says_what_to_do_and_helps_to_fill_in(visitor: Visitor) -> None:
    """A problem stands for the hint; chips name the address; Enter goes on to what is lacking."""
    token = await link_token(visitor.servers, "forms@example.com")
    shop = await visitor.shop("address", link_token=token)
    element, keyboard = shop.element(), shop.page.keyboard
    await expect(button(element, "Add an address")).to_be_visible()
    await shop.grown()
    await button(element, "Add an address").click()
    await shop.grown()
    fields = element.locator(".field")
    name = element.get_by_label("Save as")
    hint = "Or a name of your own. Without one, it is called by its city."
    assert "Save as (optional)" == (await fields.last.locator("label").inner_text())
    await expect(name).to_have_accessible_description(hint)
    phone = element.get_by_label("Phone for delivery")

    await phone.fill("1")
    await button(element, "Save address").click()
    await expect(phone).to_have_accessible_description(re.compile("Enter a phone number, such as"))
    await expect(element.get_by_text("For the courier to call.")).to_have_count(0)
    await phone.fill("")
    work = element.get_by_role("button", name="Work", exact=True)
    await work.click()
    await expect(name).to_have_value("Work")
    await expect(work).to_have_attribute("aria-pressed", "true")
    await expect(name).to_have_accessible_description(hint)
    await name.fill("Shop")
    await expect(work).to_have_attribute("aria-pressed", "false")

    for label, text in (("Street address", STREET), ("City", "Tema"), ("Region", "Accra")):
        field = element.get_by_label(label, exact=True)
        await field.focus()
        hinted = "done" if label == "Region" else "next"
        await expect(field).to_have_attribute("enterkeyhint", hinted)
        await keyboard.type(text)
        await keyboard.press("Enter")
    await expect(radio_button(element, "Shop")).to_be_checked()
    await tab_to(shop, "Edit: Shop")


async def test_browsers_and_keyboards_are_told_what_each_field_takes(visitor: Visitor) -> None:
    """Autofill of a whole address, and the digits' keyboard for numbers."""
    token = await link_token(visitor.servers, "autofill@example.com")
    shop = await visitor.shop("address", link_token=token)
    await expect(button(shop.element(), "Add an address")).to_be_visible()
    await shop.grown()
    await button(shop.element(), "Add an address").click()
    read = """(form) => Object.fromEntries([...form.elements].filter(({ name }) => name)
      .map((one) => [one.name, `${one.type} ${one.inputMode} ${one.autocomplete}`]))"""

    assert await shop.element().locator("form.item-form").evaluate(read) == {
        "street_address": "text  shipping address-line1",
        "apartment": "text  shipping address-line2",
        "city": "text  shipping address-level2",
        "region": "text  shipping address-level1",
        "country": "select-one  shipping country",
        "phone_for_delivery": "tel tel shipping tel",
        "delivery_instructions": "textarea  off",
        "label": "text  off",
    }


async def test_an_address_begins_with_its_country_and_its_number_is_one_of_there(
    visitor: Visitor,
) -> None:
    """Until the customer chooses another beside it; one that was typed keeps what it said."""
    await open_in_country(visitor, "GH 233 0")
    token = await link_token(visitor.servers, "wangari@example.com")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await button(element, "Add an address").click()
    labels = await element.locator(".field label").all_inner_texts()
    assert ["Country", "Street address"] == labels[:2]
    await expect(element.get_by_label("Street address")).to_be_focused()
    await fill_address(element)
    phone, line = element.get_by_label("Phone for delivery"), element.locator(".field .number")
    await expect(button(element, "GH +233")).to_be_visible()

    await element.locator("#field-country").select_option("KE")
    await expect(button(element, "KE +254")).to_be_visible()
    await phone.fill("0712 345678")
    await expect(line).to_have_text(re.compile(r"^\+254\D712\D345\D?678, Kenya$"))
    await element.locator("#field-country").select_option("NG")
    await expect(line).to_contain_text("Kenya")
    assert [] == await accessibility_faults(shop)
    await button(element, "Save address").click()

    await expect(radio_button(element, "Home")).to_be_checked()
    [saved] = (await read_saved_data(visitor.servers, token))["addresses"]
    assert ("NG", "+254712345678") == (saved["country"], saved["phone_for_delivery"])
    await button(element, "Edit: Home").click()
    await expect(phone).to_have_value("+254712345678")
    await button(element, "Cancel").click()
    await button(element, "Sign out").click()
    await expect(element.locator("#country")).to_have_text("GH +233")


async def test_an_address_needs_no_name_and_says_what_the_courier_is_told(
    visitor: Visitor,
) -> None:
    """It is called by its city; instructions are named as such, in the form and in the list."""
    token = await link_token(visitor.servers, "nameless@example.com")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    for name in ("Accra", "Accra 2"):
        await button(element, "Add an address").click()
        await fill_address(element, label="")
        told = element.get_by_label("Delivery instructions (optional)")
        await expect(told).to_have_accessible_description(re.compile("such as a landmark"))
        await expect(told).to_have_attribute("autocomplete", "off")
        await told.fill("Blue gate")
        await button(element, "Save address").click()
        await expect(radio_button(element, f"{name} ").last).to_be_checked()

    await expect(element.get_by_text("Instructions: Blue gate")).to_have_count(2)
    await button(element, "Use this address").click()
    [chosen] = await shop.hear("selected")
    assert "Accra 2, Accra" == chosen.payload["label"]
    assert STREET not in str(await shop.messages())


async def test_what_a_field_says_is_not_said_again_below(visitor: Visitor) -> None:
    """The number is refused beside its field, and once."""
    visitor.expect_error("status of 400")
    token = await link_token(visitor.servers, "told.once@example.com")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await button(element, "Add an address").click()
    await fill_address(element)
    phone = element.get_by_label("Phone for delivery")
    await phone.fill("+233 11 111 1111")
    await button(element, "Save address").click()

    told = re.compile(r"This is not a valid number\. Check its digits\.$")
    await expect(phone).to_have_accessible_description(told)
    await expect(phone).to_be_focused()
    await expect(element.locator(".item-form .problem:not(:empty)")).to_have_count(1)


async def test_a_region_is_called_what_its_country_calls_it(visitor: Visitor) -> None:
    """In its label and in its problem."""
    token = await link_token(visitor.servers, "county@example.com")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await button(element, "Add an address").click()
    for code, word in (("KE", "County"), ("NG", "State"), ("GH", "Region")):
        await element.get_by_label("Country", exact=True).select_option(code)
        region = element.get_by_label(word, exact=True)
        await expect(region).to_have_attribute("name", "region")
        await button(element, "Save address").click()
        await expect(region).to_have_accessible_description(f"Enter the {word.lower()}.")


async def test_a_wallet_begins_with_its_number_and_no_provider_is_chosen_for_the_customer(
    visitor: Visitor, stack: Stack
) -> None:
    """A number that says nothing of its provider is not saved before the customer does."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, "no.provider@example.com")
    element, keyboard = shop.element(), shop.page.keyboard
    await button(element, "Add a wallet").click()
    number, provider = element.get_by_label("Wallet number"), element.get_by_label("Provider")
    await expect(number).to_be_focused()
    await expect(provider).to_have_value("")

    await number.fill("0302221111")
    await keyboard.press("Enter")
    await expect(provider).to_be_focused()
    await button(element, "Save wallet").click()
    await expect(provider).to_have_accessible_description("Choose the provider of this wallet.")
    await expect(provider).to_be_focused()
    assert [] == visitor.servers.seen("POST", "/v1/link/mobile-money")


async def test_a_frame_of_the_release_before_opens_the_form_of_these_lists(
    visitor: Visitor,
) -> None:
    """During a rollout it comes from elsewhere, and gives the lists less: a number's field only."""
    gives = "(parts) => new PhoneField(parts, phones), phones)"
    assert gives in (STATIC / "frame/elements/wallet.js").read_text("utf-8")
    await visitor.change_source(
        "frame/elements/wallet.js",
        lambda code: code.replace(gives, "(parts) => new PhoneField(parts, phones))"),
    )
    token = await link_token(visitor.servers, "rollout@example.com")
    shop = await visitor.shop("address", link_token=token)
    await button(shop.element(), "Add an address").click()
    await fill_address(shop.element(), label="Of before")
    await button(shop.element(), "Save address").click()
    await expect(radio_button(shop.element(), "Of before")).to_be_checked()
