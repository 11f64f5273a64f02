"""All that a customer has, in one round trip to the database."""

import pytest

from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.link_client import Asking, Customer, LinkClient, refusal
from tests.support.servers.statements import sent_to_the_database

AMA = "+233241234567"
PARTS = {
    *("customer", "addresses", "mobile_money", "preferences"),
    *("default_address", "default_mobile_money"),
}


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer."""
    return await link.sign_in(AMA)


async def test_a_newcomer_has_but_themselves(ama: Customer) -> None:
    """Every part is there, empty or null."""
    data = await ama.get("data")

    assert set(data) == PARTS
    assert (data["addresses"], data["mobile_money"]) == ([], [])
    assert data["preferences"] is None
    assert data["default_address"] is None
    assert data["default_mobile_money"] is None
    assert data["customer"] == {
        "id": ama.id,
        "account_id": data["customer"]["account_id"],
        "name": None,
        "phone": AMA,
        "email": None,
        "contact_masked": "+233 •• ••• 4567",
        "contacts_masked": ["+233 •• ••• 4567"],
        "created_at": data["customer"]["created_at"],
    }


@pytest.mark.parametrize(("addresses", "wallets"), [(0, 0), (1, 0), (0, 2), (3, 2), (2, 5)])
async def test_it_is_what_each_route_says(ama: Customer, addresses: int, wallets: int) -> None:
    """In their order, nothing twice; before the enrolment and after it."""
    for n in range(addresses):
        last = await ama.post("addresses", {**HOME, "label": f"No {n}"})
        await ama.post(f"addresses/{last['id']}/default")
    for n in range(wallets):
        await ama.post("mobile-money", {**MTN, "phone_number": f"+23324123456{n}"})
    before = await ama.get("data")
    enrolled = await ama.post("enroll", {"contact": AMA, "name": "Ama"})
    data = await ama.get("data")

    assert data["addresses"] == await ama.get("addresses")
    assert data["mobile_money"] == await ama.get("mobile-money")
    assert {**enrolled, "preferences": data["preferences"]} == {
        "customer": data["customer"],
        "preferences": await ama.get("preferences"),
    }
    assert [data["default_address"]] == [a for a in data["addresses"] if a["is_default"]] or [None]
    wallet = next((held for held in data["mobile_money"] if held["is_default"]), None)
    assert data["default_mobile_money"] == wallet
    assert before == {
        **data,
        "preferences": None,
        "customer": {**data["customer"], "name": None},
    }


async def test_it_is_one_round_trip(ama: Customer) -> None:
    """One statement, and no transaction around it."""
    for label in ("Home", "Work"):
        await ama.post("addresses", {**HOME, "label": label})
    await ama.post("mobile-money", MTN)
    await ama.post("enroll", {"contact": AMA})
    await ama.get("data")
    with sent_to_the_database() as written:
        await ama.post("preferences", {"notify_on_order": False})
    with sent_to_the_database() as sent:
        data = await ama.get("data")

    assert written[0].startswith("BEGIN")
    assert written[-1].startswith("COMMIT")
    assert len(sent) == 1
    assert sent[0].startswith("SELECT customers.id")
    assert len(data["addresses"]) == 2


async def test_nothing_of_it_is_anybody_elses(link: LinkClient, ama: Customer) -> None:
    """A stranger's own wallet is empty, however full others are."""
    await ama.post("addresses", HOME)
    await ama.post("mobile-money", MTN)
    await ama.post("enroll", {"contact": AMA, "name": "Ama"})
    kofi = await link.sign_in("+233241234568")
    await kofi.post("addresses", {**HOME, "label": "Kofi's"})
    theirs, hers = await kofi.get("data"), await ama.get("data")

    assert theirs["customer"]["id"] == kofi.id
    assert [held["label"] for held in theirs["addresses"]] == ["Kofi's"]
    assert (theirs["mobile_money"], theirs["preferences"]) == ([], None)
    assert [held["label"] for held in hers["addresses"]] == ["Home"]


async def test_nobody_reads_without_a_login(link: LinkClient) -> None:
    """401, and no word of anybody."""
    for token in (None, "lnk_unknown"):
        answer = await link.call("GET", "data", None, Asking(token=token))
        assert (await refusal(answer))[0] == 401
