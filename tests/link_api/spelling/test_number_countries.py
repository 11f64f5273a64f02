"""A number goes where its country says: in each call that takes one, to nobody's stranger."""

from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from link_api.settings import Settings
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.enrolment.test_enroll_and_link_order import PATH, SHOP, WHOLE
from tests.support.clients.bridge_client import configure
from tests.support.clients.link_client import (
    SERVER,
    Asking,
    Customer,
    LinkClient,
    customers_in,
    data_of,
    granted,
    new_address,
    new_key,
    refusal,
)
from tests.support.servers.databases import sqlite_in

REQUIRED: Final = "country_required"
ABIDJAN: Final = {"contact": "0501234567", "contact_type": "phone"}
WALLET: Final = {"provider": "mtn", "phone_number": "0501234567"}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def why(response: ClientResponse) -> dict[str, Any]:
    """Return the details of a body that was refused."""
    assert await refusal(response) == (400, "VALIDATION_ERROR")
    details: dict[str, Any] = (await response.json())["error"]["details"]
    return details


def named(field: str, reason: str) -> dict[str, Any]:
    """Return the details that name one field and what is wrong with it."""
    return {"fields": [field], "reasons": {field: reason}}


@pytest.fixture(autouse=True)
async def shop(redis: Redis) -> None:
    """A business that orders may be of."""
    await configure(RedisBusinesses(redis), business_id=SHOP, mode="test")


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer."""
    return await link.sign_in()


@pytest.mark.parametrize(
    ("contact", "country", "sent_to"),
    [
        ("0712345678", "KE", "+254712345678"),
        ("0110123456", "KE", "+254110123456"),
        ("254712345678", None, "+254712345678"),
        ("0501234567", "CI", "+2250501234567"),
        ("0501234567", "GH", "+233501234567"),
        ("0201234567", "GH", "+233201234567"),
        ("024 123 4567", None, "+233241234567"),
        ("024\u2212123\u22124567,", None, "+233241234567"),
        ("+225 05 01 23 45 67", "GH", "+2250501234567"),
        ("060 123 4567", "GH", "+233601234567"),
    ],
)
async def test_a_code_goes_to_the_number_of_the_country_said(
    link: LinkClient, settings: Settings, contact: str, country: str | None, sent_to: str
) -> None:
    """And the login is that number's, however it is written when the code is entered."""
    said = {} if country is None else {"country": country}
    body = {"contact": contact, "contact_type": "phone", **said}
    await granted(await link.post("request-otp", body))
    assert [contact.address for contact, _ in link.outbox.sent] == [sent_to]
    code = link.outbox.code

    key = new_key()
    first = await granted(
        await link.post("verify-otp", {**body, "otp_code": code}, Asking(key=key))
    )
    plain = {"contact": sent_to, "contact_type": "phone", "otp_code": code}
    again = await granted(await link.post("verify-otp", plain, Asking(key=key)))
    assert again == first
    assert [phone for _, phone, _ in await customers_in(_url(settings))] == [sent_to]


@pytest.mark.parametrize(
    ("contact", "country", "field", "reason"),
    [
        ("0712345678", None, "contact", REQUIRED),
        ("0110123456", None, "contact", REQUIRED),
        ("0501234567", None, "contact", REQUIRED),
        ("0201234567", None, "contact", REQUIRED),
        ("060 123 4567", None, "contact", REQUIRED),
        ("0201234567", "KE", "contact", "not_mobile"),
        ("0241234567", "ZZ", "country", "unknown_country"),
    ],
)
async def test_a_number_of_several_countries_is_refused_until_one_is_said(
    link: LinkClient, contact: str, country: str | None, field: str, reason: str
) -> None:
    """By each call that takes a contact, and no message goes out."""
    said = {"contact": contact, "country": country}
    typed = {**said, "contact_type": "phone"}
    asking = Asking(address=new_address())
    answers = [
        await link.post("request-otp", typed),
        await link.post("verify-otp", {**typed, "otp_code": "123456"}),
        await link.call("POST", "check-status", said, asking),
        await (await link.sign_in()).call("POST", "enroll", said),
    ]

    assert [await why(answer) for answer in answers] == [named(field, reason)] * 4
    assert len(link.outbox.sent) == 1  # of the login that enrols


async def test_a_customer_is_known_by_the_number_of_the_country_said(link: LinkClient) -> None:
    """Not by the same digits in another."""
    await granted(await link.post("request-otp", {**ABIDJAN, "country": "CI"}))
    code = {**ABIDJAN, "country": "CI", "otp_code": link.outbox.code}
    login = await granted(await link.post("verify-otp", code))
    customer = Customer(link, login["session_token"], login["customer_id"])

    for country, is_known in (("CI", True), ("GH", False)):
        said = {"contact": ABIDJAN["contact"], "country": country}
        answer = await link.call("POST", "check-status", said, Asking(address=new_address()))
        assert (await data_of(answer))["is_link_customer"] is is_known
        assert (await customer.call("POST", "enroll", said)).status == (201 if is_known else 409)


async def test_a_country_says_nothing_of_an_e_mail_address(link: LinkClient) -> None:
    body = {"contact": "ama@example.com", "contact_type": "email", "country": "ZZ"}
    assert (await link.post("request-otp", body, SERVER)).status == 200


async def test_a_wallet_of_two_countries_is_filed_as_neithers(
    link: LinkClient, settings: Settings, ama: Customer
) -> None:
    """Nor is a stranger's account verified: it is saved with its country, or not at all."""
    assert await why(await ama.call("POST", "mobile-money", WALLET)) == named(
        "phone_number", REQUIRED
    )
    order = {**WHOLE, "mobile_money": WALLET}
    assert await why(await ama.call("POST", PATH, order)) == named(
        "mobile_money.phone_number", REQUIRED
    )
    assert await ama.get("mobile-money") == []

    key = new_key()
    saved = await ama.post("mobile-money", {**WALLET, "country": "CI"}, key=key)
    assert saved["phone_number"] == "+2250501234567"
    other = await ama.call("POST", "mobile-money", {**WALLET, "country": "GH"}, key=key)
    assert await refusal(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    ghanas = await ama.post("mobile-money", {**WALLET, "country": "GH"})
    assert ghanas["phone_number"] == "+233501234567"
    assert len(await ama.get("mobile-money")) == 2


@pytest.mark.parametrize(
    ("part", "field", "reason"),
    [
        ({"phone_number": "030 212 3456"}, "phone_number", "not_mobile"),
        ({"phone_number": "+254712345678"}, "phone_number", "country_not_served"),
        ({"phone_number": "024-MTN-MOMO"}, "phone_number", "not_a_number"),
        ({"phone_number": "060 123 4567", "country": "GH"}, "phone_number", "unknown_range"),
        ({"phone_number": "024 123 4567", "country": "ZZ"}, "country", "unknown_country"),
    ],
)
async def test_what_is_wrong_with_a_wallet_is_named_also_in_an_order(
    ama: Customer, part: dict[str, str], field: str, reason: str
) -> None:
    wallet = {**WALLET, **part}
    assert await why(await ama.call("POST", "mobile-money", wallet)) == named(field, reason)
    answer = await ama.call("POST", PATH, {**WHOLE, "mobile_money": wallet})
    assert await why(answer) == named(f"mobile_money.{field}", reason)
    assert await ama.get("mobile-money") == await ama.get("addresses") == []


async def test_what_is_wrong_with_a_delivery_number_is_named_also_in_an_order(
    ama: Customer,
) -> None:
    """A national one is of the address's country."""
    order = {**WHOLE, "address": {**HOME, "phone_for_delivery": "999999"}}
    assert await why(await ama.call("POST", PATH, order)) == named(
        "address.phone_for_delivery", "too_short"
    )


def _url(settings: Settings) -> str:
    return settings.database_url.get_secret_value()
