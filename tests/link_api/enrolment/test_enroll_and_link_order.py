"""Enrolment together with an order: an order is one customer's, and once for each order type."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses as Businesses
from link_api.enrolment.businesses import RedisBusinesses
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.errors import StoreUnavailable
from link_kernel.redis.connection import connect
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.bridge_client import configure
from tests.support.clients.link_client import Customer, LinkClient, new_key, refusal

SHOP = "bus_0123456789abcdef"
OTHER_SHOP = "bus_fedcba9876543210"
PATH = "enroll-and-link-order"
ORDER = {"business_id": SHOP, "order_id": "order-1"}
WHOLE = {**ORDER, "address": HOME, "mobile_money": MTN, "order_type": "delivery"}


@pytest.fixture(autouse=True)
async def shops(redis: Redis) -> None:
    """Two businesses of this deployment's mode."""
    for business_id in (SHOP, OTHER_SHOP):
        await configure(Businesses(redis), business_id=business_id, mode="test")


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer who is not enrolled."""
    return await link.sign_in()


async def test_all_of_it_is_there_at_once(ama: Customer) -> None:
    """201 with the enrolment, the order, and the address and the wallet as the defaults."""
    answer = await ama.call("POST", PATH, WHOLE)
    data = (await answer.json())["data"]

    assert answer.status == 201
    assert set(data) == {"customer", "preferences", "order", "address", "mobile_money"}
    assert data["customer"]["id"] == ama.id
    assert data["preferences"]["enrollment_business_id"] == SHOP
    assert data["order"] == {
        "order_id": "order-1",
        "business_id": SHOP,
        "order_type": "delivery",
        "linked_at": data["order"]["linked_at"],
    }
    assert await ama.get("addresses") == [data["address"]]
    assert await ama.get("mobile-money") == [data["mobile_money"]]
    assert data["address"]["is_default"]
    assert data["mobile_money"]["is_default"]
    assert await ama.get("preferences") == data["preferences"]
    assert data["preferences"]["default_address_id"] == data["address"]["id"]
    assert data["preferences"]["default_mobile_money_id"] == data["mobile_money"]["id"]


async def test_an_order_alone_is_enough(ama: Customer) -> None:
    """Neither an address nor a wallet need come with it; it is a delivery unless said."""
    data = await ama.post(PATH, {**ORDER, "address": None})

    assert (data["address"], data["mobile_money"]) == (None, None)
    assert data["order"]["order_type"] == "delivery"
    assert await ama.get("addresses") == []


async def test_a_repeat_is_200_and_nothing_is_new(ama: Customer) -> None:
    """The same address and wallet come back, whatever the repeat brings."""
    first = await ama.post(PATH, WHOLE)
    again = await ama.call("POST", PATH, WHOLE)
    other = await ama.call("POST", PATH, {**WHOLE, "address": {**HOME, "city": "Tema"}})
    bare = await ama.call("POST", PATH, ORDER)

    for answer in (again, other, bare):
        assert (answer.status, (await answer.json())["data"]) == (200, first)
    assert len(await ama.get("addresses")) == len(await ama.get("mobile-money")) == 1


async def test_the_next_order_saves_nothing_twice(ama: Customer) -> None:
    """An address and a wallet that are saved already are linked as they are; another is saved."""
    first = await ama.post(PATH, WHOLE)
    second = await ama.post(PATH, {**WHOLE, "order_id": "order-2"})
    third = await ama.post(
        PATH, {**WHOLE, "order_id": "order-3", "address": {**HOME, "label": "Work"}}
    )

    assert second["address"] == first["address"]
    assert second["mobile_money"] == first["mobile_money"]
    assert third["address"]["id"] != first["address"]["id"]
    assert not third["address"]["is_default"]
    assert third["preferences"]["enrolled_at"] == first["preferences"]["enrolled_at"]


async def test_an_enrolment_before_stays_as_it_was(link: LinkClient) -> None:
    """The order's business is not made the one of the enrolment."""
    ama = await link.sign_in("+233241234567")
    before = await ama.post("enroll", {"contact": "+233241234567", "name": "Ama"})
    answer = await ama.call("POST", PATH, ORDER)
    data = (await answer.json())["data"]

    assert answer.status == 201
    assert data["customer"] == before["customer"]
    assert data["preferences"] == before["preferences"]


async def test_an_order_is_linked_once_for_each_type_and_business(ama: Customer) -> None:
    """Another type, or another business's order of this name, is another link."""
    for body in (
        ORDER,
        {**ORDER, "order_type": "pickup"},
        {**ORDER, "order_type": "dine-in"},
        {**ORDER, "business_id": OTHER_SHOP},
    ):
        assert [(await ama.call("POST", PATH, body)).status for _ in range(2)] == [201, 200]


async def test_anothers_order_is_a_conflict(link: LinkClient, ama: Customer) -> None:
    """Of whatever type; and nothing of the call is kept."""
    first = await ama.post(PATH, WHOLE)
    kofi = await link.sign_in()
    for order_type in ("delivery", "pickup"):
        answer = await kofi.call("POST", PATH, {**WHOLE, "order_type": order_type}, key=new_key())
        assert await refusal(answer) == (409, "CONFLICT")
        assert (await answer.json())["error"]["details"] == {"fields": ["order_id"]}

    assert await refusal(await kofi.call("GET", "preferences")) == (404, "NOT_ENROLLED")
    assert await kofi.get("addresses") == await kofi.get("mobile-money") == []
    assert await ama.post(PATH, ORDER) == first


async def test_of_customers_who_want_one_order_at_once_one_has_it(link: LinkClient) -> None:
    """The others hear 409, and nothing of theirs is kept."""
    crowd = [await link.sign_in() for _ in range(8)]
    for round_ in range(5):
        body = {**WHOLE, "order_id": f"contested-{round_}"}
        answers = await asyncio.gather(*(one.call("POST", PATH, body) for one in crowd))
        statuses = [answer.status for answer in answers]
        assert sorted(statuses) == [201] + [409] * (len(crowd) - 1)
        for customer, status in zip(crowd, statuses, strict=True):
            again = await customer.call("POST", PATH, body)
            assert again.status == (200 if status == 201 else 409)


async def test_fifty_at_once_are_one_order(ama: Customer) -> None:
    """One is 201, and one address and one wallet are saved."""
    answers = await asyncio.gather(*(ama.call("POST", PATH, WHOLE) for _ in range(50)))

    assert sorted(answer.status for answer in answers) == [200] * 49 + [201]
    assert len({await answer.read() for answer in answers}) == 1
    assert len(await ama.get("addresses")) == len(await ama.get("mobile-money")) == 1


async def test_an_address_or_a_wallet_of_an_order_may_be_deleted(ama: Customer) -> None:
    """The order stays linked, without it."""
    first = await ama.post(PATH, WHOLE)
    await ama.delete(f"addresses/{first['address']['id']}")
    without = await ama.post(PATH, ORDER)
    await ama.delete(f"mobile-money/{first['mobile_money']['id']}")
    bare = await ama.post(PATH, WHOLE)

    assert (without["address"], without["mobile_money"]) == (None, first["mobile_money"])
    assert (bare["address"], bare["mobile_money"], bare["order"]) == (None, None, first["order"])
    assert await ama.get("addresses") == []


async def test_a_business_that_is_not_served_here_is_unknown(redis: Redis, ama: Customer) -> None:
    """One that nobody wrote, one of the other mode, one that is disabled."""
    live, disabled = "bus_1111111111111111", "bus_2222222222222222"
    await configure(Businesses(redis), business_id=live, mode="live")
    await configure(Businesses(redis), business_id=disabled, state="disabled", mode="test")
    for business_id in ("bus_3333333333333333", live, disabled):
        answer = await ama.call("POST", PATH, {**WHOLE, "business_id": business_id})
        assert await refusal(answer) == (404, "UNKNOWN_BUSINESS")

    assert await refusal(await ama.call("GET", "preferences")) == (404, "NOT_ENROLLED")


async def test_a_kept_answer_outlives_its_business(redis: Redis, ama: Customer) -> None:
    """What was done is answered as it was, whoever left since."""
    key = new_key()
    first = await ama.call("POST", PATH, WHOLE, key=key)
    await configure(Businesses(redis), business_id=SHOP, state="disabled", mode="test")
    again = await ama.call("POST", PATH, WHOLE, key=key)

    assert (again.status, await again.read()) == (first.status, await first.read())
    assert await refusal(await ama.call("POST", PATH, WHOLE)) == (404, "UNKNOWN_BUSINESS")


async def test_without_redis_no_business_is_called_unknown(own_redis: EmbeddedRedis) -> None:
    """It is not known whether it is: 503."""
    async with connect(own_redis.url) as client:
        await own_redis.stop()
        with pytest.raises(StoreUnavailable):
            await RedisBusinesses(client, "test").serves(SHOP)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"order_id": ""}, ["order_id"]),
        ({"order_id": "a b"}, ["order_id"]),
        ({"order_id": "a\n"}, ["order_id"]),
        ({"order_id": "a" * 101}, ["order_id"]),
        ({"order_id": 7}, ["order_id"]),
        ({"business_id": "shop"}, ["business_id"]),
        ({"order_type": None}, ["order_type"]),
        ({"order_type": "drone"}, ["order_type"]),
        (
            {"address": {"label": "Home"}},
            ["address.city", "address.region", "address.street_address"],
        ),
        ({"address": {**HOME, "customer_id": "cus_0123456789abcdef"}}, ["address.unknown field"]),
        ({"mobile_money": {**MTN, "provider": "visa"}}, ["mobile_money.provider"]),
        ({"mobile_money": {**MTN, "country": ""}}, ["mobile_money.country"]),
        ({"customer_id": "cus_0123456789abcdef"}, ["unknown field"]),
    ],
)
async def test_a_bad_body_names_its_fields_and_keeps_nothing(
    ama: Customer, change: dict[str, Any], fields: list[str]
) -> None:
    """Not even of the parts that are well."""
    answer = await ama.call("POST", PATH, {**WHOLE, **change})

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": fields}
    assert await refusal(await ama.call("GET", "preferences")) == (404, "NOT_ENROLLED")
    assert await ama.get("addresses") == await ama.get("mobile-money") == []


async def test_a_full_wallet_keeps_the_whole_order_out(ama: Customer) -> None:
    """409 with the limit, and no address either."""
    for n in range(20):
        await ama.post("mobile-money", {**MTN, "phone_number": f"+2332412345{n + 10}"})
    asked = {**WHOLE, "mobile_money": {**MTN, "phone_number": "+233541234567"}}
    answer = await ama.call("POST", PATH, asked)

    assert await refusal(answer) == (409, "CONFLICT")
    assert (await answer.json())["error"]["details"] == {"limit": 20}
    assert await ama.get("addresses") == []
    assert await refusal(await ama.call("GET", "preferences")) == (404, "NOT_ENROLLED")


async def test_the_same_key_with_another_order_is_refused(ama: Customer) -> None:
    """And links nothing."""
    key = new_key()
    await ama.post(PATH, WHOLE, key=key)
    answer = await ama.call("POST", PATH, {**WHOLE, "order_id": "order-2"}, key=key)

    assert await refusal(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await ama.call("POST", PATH, {**WHOLE, "order_id": "order-2"})).status == 201
