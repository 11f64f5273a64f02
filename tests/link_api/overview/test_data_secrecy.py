"""Personal data of a customer is in SQL and in responses, never in a log or in Redis."""

import logging
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from tests.support.clients.frames import Together
from tests.support.clients.link_client import Customer, new_key
from tests.support.redis_content import everything_in

PERSONAL = {
    "label": "Auntie Efua",
    "street_address": "17 Quiet Lane",
    "city": "Takoradi",
    "region": "Western Region",
    "delivery_instructions": "Behind the blue kiosk",
    "phone_for_delivery": "+233209876543",
    "latitude": 4.897531,
    "longitude": -1.759642,
}
WALLET = {"provider": "mtn", "phone_number": "+233241357924", "label": "Susu money"}
NAME = "Efua Sutherland"
ORDER = "ORDER-4711-XYZ"


@pytest.fixture
def debug_logs(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All logs from DEBUG on, since before the services start."""
    caplog.set_level(logging.DEBUG)
    return caplog


async def call_every_route(customer: Customer, business_id: str) -> list[str]:
    """Call every route with personal data, validly and invalidly; return keys and contact."""
    keys = [new_key() for _ in range(5)]
    item = await customer.post("addresses", PERSONAL, key=keys[0])
    await customer.call("POST", "addresses", {**PERSONAL, "city": "Elmina"}, key=keys[0])
    await customer.call("POST", "addresses", {**PERSONAL, "country": "Takoradi"})
    await customer.post(f"addresses/{item['id']}", PERSONAL, key=keys[1])
    await customer.post("mobile-money", WALLET, key=keys[2])
    await customer.call("POST", "mobile-money", WALLET)
    contact = (await customer.get("data"))["customer"]["phone"]
    await customer.post("enroll", {"contact": contact, "name": NAME}, key=keys[3])
    await customer.call("POST", "enroll", {"contact": "+233209876543", "name": NAME})
    order = {"order_id": ORDER, "business_id": business_id, "address": PERSONAL}
    await customer.call("POST", "enroll-and-link-order", {**order, "mobile_money": WALLET})
    await customer.call("POST", "check-status", {"contact": contact})
    await customer.get("sessions")
    await customer.delete(f"addresses/{item['id']}", key=keys[4])
    return [*keys, contact]


async def test_no_log_and_no_redis_key_holds_what_a_customer_saves(
    debug_logs: pytest.LogCaptureFixture,
    together: Together,
    redis: Redis,
    break_database: Callable[[], Awaitable[None]],
) -> None:
    """At debug, on both databases, through refusals and a database that fails in the middle."""
    ama = await together.link.sign_in()
    secrets = await call_every_route(ama, "bus_0123456789abcdef")
    frame = await together.signed_in("address")
    headers = frame.headers("POST", "addresses", key=new_key())
    await frame.send("POST", "addresses", PERSONAL, headers)
    await break_database()
    await ama.call("POST", "addresses", PERSONAL)
    await ama.call("GET", "data")

    secrets += [ama.token, frame.token, headers["DPoP"], headers["Idempotency-Key"], NAME, ORDER]
    secrets += [str(value) for value in (*PERSONAL.values(), *WALLET.values()) if value != "mtn"]
    seen = "\n".join([await everything_in(redis), *(str(vars(one)) for one in debug_logs.records)])
    assert len(debug_logs.records) > 30
    for secret in secrets:
        assert secret not in seen
