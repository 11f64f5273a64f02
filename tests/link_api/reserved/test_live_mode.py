"""A live deployment has no fixed code: every reserved contact is refused, whatever it plays."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_api.reserved.contacts import BLOCKS, DOMAIN, ENDINGS, FIXED_CODE, Outcome
from link_api.settings import Settings
from link_kernel.clock import Clock
from link_kernel.ids import new_id
from link_kernel.sessions.records import Mode
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import (
    SERVER,
    SHOP,
    Asking,
    LinkClient,
    new_key,
    refusal,
    running_link_api,
)
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.redis_content import everything_in
from tests.support.servers.databases import sqlite_in

REFUSED = (422, "RESERVED_CONTACT")
FREE = ("0", "9")
"""Digits that the free ones of a number are made of: both ends of each range."""
NUMBERS = [
    f"{block.prefix}{digit * block.free_digits}{ending:02}"
    for block, digit, ending in product(BLOCKS.values(), FREE, range(100))
]
MAILBOXES = [
    *(f"{own}+{case}@{DOMAIN}" for own in ("ama", "a.b+c") for case in [*Outcome, "nothing", ""]),
    f"ama@{DOMAIN}",
]
PROVIDERS = {"CI": "mtn", "GH": "mtn", "KE": "mpesa"}


SENDER = {
    "otp_sender": "webhook",
    "otp_webhook_url": "https://sms.example/otp",
    "otp_webhook_secret": "whsec_" + "c2VjcmV0" * 6,
}


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """A live deployment's."""
    return link_settings_for(redis_url, sqlite_in(tmp_path), mode="live", **SENDER)


async def refuse(link: LinkClient, contact: str, asking: Asking = SERVER) -> set[tuple[int, str]]:
    """Ask for a code and enter the fixed one; return the refusals."""
    kind = "email" if "@" in contact else "phone"
    asked = await link.request_otp(contact, asking, kind)
    entered = await link.verify_otp(FIXED_CODE, contact, replace(asking, key=new_key()), kind)
    return {await refusal(asked), await refusal(entered)}


async def a_shop(redis: Redis, mode: Mode) -> str:
    """Add a business of a mode, and return the binding of its page."""
    business = StoredBusiness(new_id("bus"), "Shop", "enabled", mode, (SHOP,), 0)
    await RedisBusinesses(redis).put(business)
    return f"{business.id} {SHOP}"


async def test_no_reserved_contact_gets_or_enters_a_code(link: LinkClient, redis: Redis) -> None:
    """Those that play nothing are refused too, so that none is a customer when it plays."""
    before = await everything_in(redis)
    assert len(NUMBERS) == 600
    for contact in (*NUMBERS, *MAILBOXES):
        assert (contact, await refuse(link, contact)) == (contact, {REFUSED})

    assert not link.outbox.sent
    assert await everything_in(redis) == before


async def test_a_code_of_test_mode_is_of_no_use_on_a_live_service_with_the_same_stores(
    settings: Settings, clock: Clock
) -> None:
    """Nor may a wallet that test mode saved be verified there, or one be saved, or delivered to."""
    testing = settings.model_copy(update={"mode": "test"})
    number = f"{BLOCKS['GH'].prefix}1234500"
    async with running_link_api(testing, clock) as link:
        ama = await link.sign_in("+233241234567")
        wallet = await ama.post("mobile-money", {"provider": "mtn", "phone_number": number})
        assert (await link.request_otp(number)).status == 200
    async with running_link_api(settings, clock) as link:
        assert await refusal(await link.verify_otp(FIXED_CODE, number)) == REFUSED
        ama = type(ama)(link, ama.token, ama.id)
        answer = await ama.call("POST", f"mobile-money/{wallet['id']}/verify", {})
        assert await refusal(answer) == REFUSED
        for country, ending in product(BLOCKS, ENDINGS):
            block = BLOCKS[country]
            phone = f"{block.prefix}{'1' * block.free_digits}{ending}"
            body = {"provider": PROVIDERS[country], "phone_number": phone}
            assert await refusal(await ama.call("POST", "mobile-money", body)) == REFUSED
            delivery = HOME | {"phone_for_delivery": phone}
            assert await refusal(await ama.call("POST", "addresses", delivery)) == REFUSED
        address = await ama.post("addresses", HOME)
        changed = {"phone_for_delivery": number}
        answer = await ama.call("POST", f"addresses/{address['id']}", changed)
        assert await refusal(answer) == REFUSED


async def test_a_live_bridge_beside_a_service_in_test_mode_gets_no_fixed_code(
    settings: Settings, clock: Clock, redis: Redis
) -> None:
    """Its shops are live, and its tokens would be believed by whoever takes payments."""
    modes: tuple[Mode, ...] = ("live", "test")
    shops = {mode: Asking(binding=await a_shop(redis, mode)) for mode in modes}
    async with running_link_api(settings.model_copy(update={"mode": "test"}), clock) as link:
        for contact in (*NUMBERS[::3], *MAILBOXES):
            found = await refuse(link, contact, shops["live"])
            assert (contact, found) == (contact, {REFUSED})
        assert not link.outbox.sent
        number = f"{BLOCKS['GH'].prefix}1234500"
        assert (await link.request_otp(number, shops["test"])).status == 200
        assert await refusal(await link.verify_otp(FIXED_CODE, number, shops["live"])) == REFUSED
        assert (await link.verify_otp(FIXED_CODE, number, shops["test"])).status == 200


@pytest.mark.parametrize("mode", ["live", "test"])
async def test_the_fixed_code_is_no_other_contacts(
    settings: Settings, clock: Clock, mode: str
) -> None:
    """A neighbouring number and a like mailbox are not reserved: their codes are computed."""
    neighbours = ["+233531234500", "+2250712345600", "+254151234500", f"ama+works@live.{DOMAIN}"]
    async with running_link_api(settings.model_copy(update={"mode": mode}), clock) as link:
        codes = []
        for contact in neighbours:
            kind = "email" if "@" in contact else "phone"
            codes.append(await link.code_for(contact, contact_type=kind))

    assert set(codes) != {FIXED_CODE}
