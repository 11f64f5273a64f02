"""Enrolment: once a customer, by a contact of their own."""

import asyncio
from typing import Any

import pytest

from tests.support.clients.link_client import (
    Asking,
    Customer,
    LinkClient,
    data_of,
    new_address,
    new_key,
    new_phone,
    refusal,
)

AMA = "+233241234567"
CUSTOMER = {
    *("id", "account_id", "name", "phone", "email", "created_at"),
    *("contact_masked", "contacts_masked"),
}


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer who is not enrolled."""
    return await link.sign_in(AMA)


async def test_the_first_enrolment_is_201_and_the_next_changes_nothing(ama: Customer) -> None:
    """The same comes back with 200, whatever name it brings."""
    first = await ama.call("POST", "enroll", {"contact": AMA, "name": " Ama Mensah "})
    again = await ama.call("POST", "enroll", {"contact": "024 123 4567", "name": "Somebody"})
    nameless = await ama.call("POST", "enroll", {"contact": AMA, "name": None})
    data = (await first.json())["data"]

    assert (first.status, again.status, nameless.status) == (201, 200, 200)
    assert set(data) == {"customer", "preferences"}
    assert set(data["customer"]) == CUSTOMER
    assert data["customer"]["name"] == "Ama Mensah"
    assert (data["customer"]["id"], data["customer"]["phone"]) == (ama.id, AMA)
    assert (data["customer"]["email"], data["customer"]["contact_masked"]) == (
        None,
        "+233 •• ••• 4567",
    )
    assert data["preferences"]["enrollment_business_id"] is None
    assert (await again.json())["data"] == (await nameless.json())["data"] == data
    assert await ama.get("preferences") == data["preferences"]


async def test_an_email_enrols_too(link: LinkClient) -> None:
    """Whoever signed in by e-mail has it for a contact."""
    login = await link.log_in("ama@example.com", Asking(address=new_address()), "email")
    ama = Customer(link, login["session_token"], login["customer_id"])
    data = await ama.post("enroll", {"contact": "Ama@Example.com"})

    assert data["customer"]["email"] == "ama@example.com"
    assert data["customer"]["name"] is None
    assert data["customer"]["contact_masked"] == "a•••@example.com"


async def test_another_contact_than_ones_own_is_refused(link: LinkClient, ama: Customer) -> None:
    """Alike whether it is another customer's or nobody's, and nobody is enrolled by it."""
    kofi = await link.sign_in("+233241234568")
    answers = [
        await ama.call("POST", "enroll", {"contact": contact})
        for contact in ("+233241234568", "+233241234569", "ama@example.com")
    ]

    assert [await refusal(answer) for answer in answers] == [(409, "CONFLICT")] * 3
    assert len({await answer.text() for answer in answers}) == 1
    for customer in (ama, kofi):
        assert await refusal(await customer.call("GET", "preferences")) == (404, "NOT_ENROLLED")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["contact"]),
        ({"contact": AMA, "name": ""}, ["name"]),
        ({"contact": AMA, "name": "a" * 101}, ["name"]),
        ({"contact": AMA, "name": "a\nb"}, ["name"]),
        ({"contact": AMA, "name": 1}, ["name"]),
        ({"contact": "ama@"}, ["contact"]),
        ({"contact": AMA, "country": "Ghana"}, ["country"]),
        ({"contact": AMA, "business_id": "bus_demo"}, ["unknown field"]),
    ],
)
async def test_a_bad_body_names_its_fields_and_enrols_nobody(
    ama: Customer, body: dict[str, Any], fields: list[str]
) -> None:
    answer = await ama.call("POST", "enroll", body)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": fields}
    assert await refusal(await ama.call("GET", "preferences")) == (404, "NOT_ENROLLED")


@pytest.mark.parametrize("keyed", [True, False])
async def test_fifty_at_once_are_one_enrolment(ama: Customer, keyed: bool) -> None:  # noqa: FBT001  # a case
    """With one key they have one answer; with none one is 201, and all say the same."""
    key = new_key() if keyed else None
    answers = await asyncio.gather(
        *(ama.call("POST", "enroll", {"contact": AMA, "name": "Ama"}, key=key) for _ in range(50))
    )
    created = 50 if keyed else 1

    assert sorted(answer.status for answer in answers) == [200] * (50 - created) + [201] * created
    assert len({await answer.read() for answer in answers}) == 1


async def test_nobody_is_enrolled_without_a_login(link: LinkClient) -> None:
    """401 before the body is looked at."""
    for token in (None, "lnk_unknown"):
        for path in ("enroll", "enroll-and-link-order"):
            answer = await link.call("POST", path, {}, Asking(token=token))
            assert (await refusal(answer))[0] == 401


async def test_an_enrolment_stays_one_customers(link: LinkClient, ama: Customer) -> None:
    """One's enrolment is nobody else's."""
    await ama.post("enroll", {"contact": AMA})
    phone = new_phone()
    kofi = await link.sign_in(phone)
    assert await refusal(await kofi.call("GET", "preferences")) == (404, "NOT_ENROLLED")

    data = await data_of(await kofi.call("POST", "enroll", {"contact": phone}))
    assert data["customer"]["id"] == data["preferences"]["customer_id"] == kofi.id
