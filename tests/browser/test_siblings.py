"""An element where the customer signed in signs in the guests beside it; the shop sees nothing."""

import json

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from elements_bridge.storage import RedisBusinesses, StoredBusiness
from link_kernel import keyspace
from tests.browser.sign_in import sign_in_by_code
from tests.browser.visit import Visit
from tests.browser.wiretap import Wiretap

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "ama@example.com"
MASKED = "a•••@example.com"
TWIN = "bus_00000000000000twin"


async def test_one_code_signs_in_all_elements_of_the_page(visit: Visit) -> None:
    """Three guests, one code: three sessions of one customer, and no message more for the page."""
    wiretap = Wiretap.of(visit.context)
    shop = await visit.shop("auth", "address", "payment")
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, visit.servers.stack, CONTACT)

    await shop.hear("authenticated", 3)

    for index in range(3):
        await expect(shop.element(index).get_by_text(MASKED, exact=True)).to_be_visible()
    link = visit.origin("link")
    handed = [call for call in visit.servers.calls("bootstrap") if call["origin"] == link]
    assert [(200, True)] * 2 == [(call["status"], call["dpop"]) for call in handed]
    claims = [call["claims"] for call in await visit.servers.called("init", 5)][3:]
    assert [["otp"]] * 2 == [one["amr"] for one in claims]
    assert (1, 2) == (len({one["sub"] for one in claims}), len({one["sid"] for one in claims}))
    messages = await shop.messages()
    window = [message["data"]["type"] for message in messages if message["via"] == "window"]
    assert {"ready"} == set(window)
    text = json.dumps(messages)
    assert [] == [secret for secret in wiretap.secrets() if secret in text]


async def test_an_element_mounted_later_is_signed_in(visit: Visit) -> None:
    """A guest asks who is signed in; after its own sign-out it stays out, whoever is signed in."""
    shop = await visit.shop("payment")
    await sign_in_by_code(shop, visit.servers.stack, CONTACT)
    await shop.mount("auth")
    await shop.hear("authenticated", 2)

    assert {} == await shop.command("logout", 1)
    await shop.mount("address")
    await shop.hear("authenticated", 3)

    assert "ended" == await shop.state(1)


async def test_another_business_on_the_page_is_left_alone(visit: Visit, redis: Redis) -> None:
    """Its frame stays a guest while that of the same business is signed in."""
    origins = (visit.origin("shop"),)
    await RedisBusinesses(redis).put(StoredBusiness(TWIN, "Twin", "enabled", "test", origins))
    shop = await visit.shop("payment", "auth")
    stranger = await shop.mount("auth", businessId=TWIN)
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, visit.servers.stack, CONTACT)

    signed_in = await shop.hear("authenticated", 2)

    await redis.delete(keyspace.business(TWIN))
    assert {0, 1} == {event.index for event in signed_in}
    assert "guest" == await shop.state(stranger)
    assert [] == [call for call in visit.servers.calls("bootstrap") if call["error"] is not None]
