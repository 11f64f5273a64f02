"""Responses are written of plain members, without a model: these are what the contract says."""

import json
from typing import Any

import pytest

from link_api.addresses.contract import CustomerAddress
from link_api.contract.models import LinkWire
from link_api.customers.contract import LinkCustomer
from link_api.mobile_money.contract import CustomerMobileMoney
from link_api.overview.contract import LinkData
from link_api.preferences.contract import CustomerLinkPreferences
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.link_client import Customer, LinkClient, new_key

AMA = "+233241234567"
UNUSUAL = 'Ɛyɛ "me" fie \\ 🏠'


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A customer who has something of each kind, a default and another."""
    customer = await link.sign_in(AMA)
    await customer.post("enroll", {"contact": AMA, "name": UNUSUAL})
    for label in ("Home", UNUSUAL):
        address = await customer.post("addresses", {**HOME, "label": label, "latitude": 5})
    await customer.post(f"addresses/{address['id']}/track-usage")
    for number in ("0241234567", "0241234568"):
        await customer.post("mobile-money", {**MTN, "phone_number": number})
    return customer


def conforms(members: Any, model: type[LinkWire]) -> None:  # noqa: ANN401  # JSON
    """Check members against their model, which is strict and closed, and their order."""
    model.model_validate_json(json.dumps(members))
    assert list(members) == list(model.model_fields)


async def test_what_a_customer_reads_is_what_the_models_say(ama: Customer) -> None:
    """Each member has its type in both databases, SQLite's booleans and whole floats too."""
    data = await ama.get("data")

    conforms(data, LinkData)
    conforms(data["customer"], LinkCustomer)
    conforms(data["preferences"], CustomerLinkPreferences)
    for item in [*data["addresses"], data["default_address"]]:
        conforms(item, CustomerAddress)
    for item in [*data["mobile_money"], data["default_mobile_money"]]:
        conforms(item, CustomerMobileMoney)
    assert data["customer"]["name"] == data["addresses"][1]["label"] == UNUSUAL


async def test_what_a_write_answers_is_what_the_models_say(ama: Customer) -> None:
    """The first time, and when it is repeated from the stored response."""
    key = new_key()
    for _ in range(2):
        conforms(await ama.post("addresses", HOME, key=key), CustomerAddress)
    [wallet, *_] = await ama.get("mobile-money")
    conforms(await ama.post(f"mobile-money/{wallet['id']}/default"), CustomerMobileMoney)
    assert await ama.delete(f"mobile-money/{wallet['id']}") == {}
