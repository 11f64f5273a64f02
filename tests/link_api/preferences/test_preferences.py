"""Preferences: there from the enrolment on, changed by the field."""

from typing import Any

import pytest

from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.link_api.test_round_trips import kinds
from tests.support.clients.link_client import Customer, LinkClient, new_key, new_phone, refusal
from tests.support.servers.statements import sent_to_the_database

VIEW = {
    *("customer_id", "enrolled_at", "enrollment_business_id", "preferred_order_type"),
    *("notify_on_order", "notify_on_payment", "default_address_id", "default_mobile_money_id"),
    *("created_at", "updated_at"),
}


async def enrolled(link: LinkClient) -> Customer:
    """Return a new customer who is enrolled."""
    phone = new_phone()
    customer = await link.sign_in(phone)
    await customer.post("enroll", {"contact": phone})
    return customer


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """An enrolled customer."""
    return await enrolled(link)


async def test_there_are_none_before_the_enrolment(link: LinkClient) -> None:
    """404 for the read and for the change, and nothing is made by asking."""
    kofi = await link.sign_in()
    for _ in range(2):
        assert await refusal(await kofi.call("GET", "preferences")) == (404, "NOT_ENROLLED")
        answer = await kofi.call("POST", "preferences", {"notify_on_order": False}, key=new_key())
        assert await refusal(answer) == (404, "NOT_ENROLLED")


async def test_they_begin_with_every_notice_and_nothing_chosen(ama: Customer) -> None:
    """All fields are there, `null` for what is not chosen."""
    preferences = await ama.get("preferences")

    assert set(preferences) == VIEW
    assert preferences["customer_id"] == ama.id
    assert preferences["notify_on_order"] is True
    assert preferences["notify_on_payment"] is True
    assert preferences["preferred_order_type"] is None
    assert preferences["enrollment_business_id"] is None
    assert preferences["default_address_id"] is None
    assert preferences["default_mobile_money_id"] is None
    assert preferences["enrolled_at"].endswith("Z")


async def test_a_field_left_out_stays_and_null_clears(ama: Customer) -> None:
    """An update says only what changes."""
    before = await ama.get("preferences")
    chosen = await ama.post("preferences", {"preferred_order_type": "dine-in"})
    quiet = await ama.post("preferences", {"notify_on_order": False})
    cleared = await ama.post("preferences", {"preferred_order_type": None})

    later = {"updated_at": chosen["updated_at"]}
    assert chosen == {**before, "preferred_order_type": "dine-in", **later}
    assert (quiet["preferred_order_type"], quiet["notify_on_order"]) == ("dine-in", False)
    assert (cleared["preferred_order_type"], cleared["notify_on_order"]) == (None, False)
    assert cleared["notify_on_payment"] is True
    assert await ama.get("preferences") == cleared


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"notify_on_order": None}, "notify_on_order"),
        ({"notify_on_payment": None}, "notify_on_payment"),
        ({"notify_on_order": 1}, "notify_on_order"),
        ({"notify_on_order": "false"}, "notify_on_order"),
        ({"preferred_order_type": "drone"}, "preferred_order_type"),
        ({"preferred_order_type": ""}, "preferred_order_type"),
        ({"default_address_id": None}, "default_address_id"),
        ({"default_mobile_money_id": ""}, "default_mobile_money_id"),
        ({"customer_id": "cus_0123456789abcdef"}, "unknown field"),
    ],
)
async def test_a_bad_update_names_its_fields_and_changes_nothing(
    ama: Customer, body: dict[str, Any], field: str
) -> None:
    """`null` clears the order type alone."""
    before = await ama.get("preferences")
    answer = await ama.call("POST", "preferences", body)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": [field]}
    assert await ama.get("preferences") == before


async def test_they_name_the_defaults_as_they_are(ama: Customer) -> None:
    """Whatever was promoted or deleted since."""
    home = await ama.post("addresses", HOME)
    work = await ama.post("addresses", {**HOME, "label": "Work"})
    wallet = await ama.post("mobile-money", MTN)
    first = await ama.get("preferences")
    await ama.post(f"addresses/{work['id']}/default")
    await ama.delete(f"mobile-money/{wallet['id']}")
    then = await ama.get("preferences")

    assert first["default_address_id"] == home["id"]
    assert first["default_mobile_money_id"] == wallet["id"]
    assert (then["default_address_id"], then["default_mobile_money_id"]) == (work["id"], None)


async def test_a_change_promotes_what_it_names(ama: Customer) -> None:
    """Both at once, with the other fields, and one alone leaves the other as it is."""
    await ama.post("addresses", HOME)
    work = await ama.post("addresses", {**HOME, "label": "Work"})
    first = await ama.post("mobile-money", MTN)
    second = await ama.post("mobile-money", {**MTN, "provider": "vod"})
    chosen = {"default_address_id": work["id"], "default_mobile_money_id": second["id"]}
    both = await ama.post("preferences", {**chosen, "notify_on_order": False}, key="order-1234")
    assert {**both, **chosen, "notify_on_order": False} == both
    assert await ama.get("preferences") == both

    one = await ama.post("preferences", {"default_mobile_money_id": first["id"]})
    data = await ama.get("data")
    assert one == data["preferences"]
    assert data["default_address"]["id"] == work["id"]
    assert data["default_mobile_money"]["id"] == first["id"]


@pytest.mark.parametrize(
    ("field", "path", "item"),
    [
        ("default_address_id", "addresses", HOME),
        ("default_mobile_money_id", "mobile-money", MTN),
    ],
)
async def test_somebody_elses_item_is_promoted_by_nobody(
    link: LinkClient, ama: Customer, field: str, path: str, item: dict[str, str]
) -> None:
    """404, and nothing else of the change is made."""
    theirs = await (await enrolled(link)).post(path, item)
    await ama.post(path, item)
    before = await ama.get("preferences")
    answer = await ama.call("POST", "preferences", {field: theirs["id"], "notify_on_order": False})

    assert await refusal(answer) == (404, "NOT_FOUND")
    assert await ama.get("preferences") == before


async def test_a_change_is_five_messages_to_postgresql(ama: Customer, database_url: str) -> None:
    """Lock, stored response, preferences with both items, all writes, commit."""
    home = await ama.post("addresses", HOME)
    wallet = await ama.post("mobile-money", MTN)
    body = {"default_address_id": home["id"], "default_mobile_money_id": wallet["id"]}
    with sent_to_the_database() as sent:
        await ama.post("preferences", body, key=new_key())

    expected = ["BEGIN; SELECT", "SELECT", "SELECT", "WITH", "COMMIT"]
    if database_url.startswith("sqlite"):
        expected = ["BEGIN", *["SELECT"] * 3, "UPDATE", *["INSERT"] * 2, "COMMIT"]
    assert kinds(sent) == expected


async def test_nobody_elses_preferences_are_read_or_changed(
    link: LinkClient, ama: Customer
) -> None:
    """They have no id, so a stranger can but reach their own."""
    before = await ama.get("preferences")
    kofi = await enrolled(link)
    await kofi.post("preferences", {"notify_on_order": False, "preferred_order_type": "pickup"})

    assert await ama.get("preferences") == before


async def test_a_change_sent_again_is_answered_as_the_first_time(ama: Customer) -> None:
    """Also after another change."""
    key, body = new_key(), {"preferred_order_type": "pickup"}
    first = await ama.call("POST", "preferences", body, key=key)
    await ama.post("preferences", {"preferred_order_type": "delivery"})
    again = await ama.call("POST", "preferences", body, key=key)

    assert await first.read() == await again.read()
    assert (await ama.get("preferences"))["preferred_order_type"] == "delivery"
