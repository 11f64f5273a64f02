"""A sign-in in one element signs in the page's other elements; the shop learns nothing of it."""

import json

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.redis import keys as redis_keys
from tests.support.browser.attacker import Attacker
from tests.support.browser.merchant import Merchant, init
from tests.support.browser.recorded_calls import RecordedCalls
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "afi@example.com"
MASKED = "a•••@example.com"
TWIN = "bus_00000000000000twin"


async def test_one_code_signs_in_all_elements_of_the_page(visitor: Visitor) -> None:
    """Three guests and the hidden element, one code: a session each of one customer."""
    calls = RecordedCalls.of(visitor.context)
    shop = await visitor.shop("auth", "address", "payment")
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT)

    await shop.hear("authenticated", 3)

    for index in range(3):
        await expect(shop.element(index).get_by_text(MASKED, exact=True)).to_be_visible()
    link = visitor.origin("link")
    inits = await visitor.servers.called("init", 4 + 3)
    handed = [call for call in visitor.servers.calls("bootstrap") if call["origin"] == link]
    assert [(200, True)] * 3 == [(call["status"], call["dpop"]) for call in handed]
    claims = [call["claims"] for call in inits if call["session"]["state"] == "authenticated"]
    assert [["otp"]] * 3 == [one["amr"] for one in claims]
    assert (1, 3) == (len({one["sub"] for one in claims}), len({one["sid"] for one in claims}))
    messages = await shop.messages()
    window = [message["data"]["type"] for message in messages if message["via"] == "window"]
    assert {"ready"} == set(window)
    text = json.dumps(messages)
    assert [] == [secret for secret in calls.secrets() if secret in text]


async def test_an_element_mounted_later_is_signed_in(visitor: Visitor) -> None:
    """A guest asks who is signed in; after its own sign-out it stays out, whoever is signed in."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT)
    await shop.mount("auth")
    await shop.hear("authenticated", 2)

    assert {} == await shop.command("logout", 1)
    await shop.mount("address")
    await shop.hear("authenticated", 3)

    assert "ended" == await shop.state(1)


async def test_another_business_on_the_page_is_left_alone(visitor: Visitor, redis: Redis) -> None:
    """The other business's frame stays a guest; frames of the same business are signed in."""
    origins = (visitor.origin("shop"),)
    await RedisBusinesses(redis).put(StoredBusiness(TWIN, "Twin", "enabled", "test", origins))
    shop = await visitor.shop("payment", "auth")
    stranger = await shop.mount("auth", businessId=TWIN)
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT, 1)

    signed_in = await shop.hear("authenticated", 2)

    await redis.delete(redis_keys.business(TWIN))
    assert {0, 1} == {event.index for event in signed_in}
    assert "guest" == await shop.state(stranger)
    assert [] == [call for call in visitor.servers.calls("bootstrap") if call["error"] is not None]


async def test_who_signs_out_of_one_is_signed_out_of_all(visitor: Visitor) -> None:
    """The next person finds no wallet in the other elements; the shop gets an event from each."""
    shop = await visitor.shop("auth", "payment", "address")
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT)
    await shop.hear("authenticated", 3)

    await shop.element(1).get_by_role("button", name="Sign out").click()

    assert {0, 1, 2} == {event.index for event in await shop.hear("logout_complete", 3)}
    for index in range(3):
        start = shop.element(index).get_by_role("button", name="Sign in")
        await expect(start).to_be_visible()
    await visitor.servers.called("logout", 3)


async def test_what_the_customer_ended_a_reload_of_the_frame_does_not_begin(
    visitor: Visitor,
) -> None:
    """The customer signs out of one of two; the page loads that iframe again: it stays a guest."""
    shop = await visitor.shop("payment", "auth")
    await shop.hear("initialized", 2)
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT, 1)
    await shop.hear("authenticated", 2)
    await shop.element(0).get_by_role("button", name="Sign out").click()
    await shop.hear("logout_complete")

    await shop.page.evaluate(
        "() => { const frame = document.querySelector('#elements iframe'); frame.src = frame.src; }"
    )

    await shop.hear("initialized", 3)
    await expect(shop.element(0).get_by_role("button", name="Send code")).to_be_visible()
    await shop.command("refresh", 1)  # whatever the frames had to say to each other has been said
    assert 2 == len(await shop.told("authenticated"))


async def test_attack_07_a_page_cannot_sign_its_customer_in_as_somebody_else(
    visitor: Visitor,
) -> None:
    """A token minted by a stranger's session for this frame, handed over by the page: refused."""
    visitor.expect_error(".*401.*")
    stranger = Attacker(visitor)
    await stranger.sign_in("stranger@example.com")
    merchant = await Merchant.open(visitor)
    await merchant.embed()
    challenge = await merchant.challenge()

    await merchant.post(init(challenge, await stranger.mint(challenge)))

    refused = await merchant.heard_on_port(0, "error")
    assert "bootstrap_invalid" == refused["code"]
    assert [200, 401] == [call["status"] for call in visitor.servers.calls("init")]
