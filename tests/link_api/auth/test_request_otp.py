"""`POST request-otp`: who gets a code, how often, and what is said about it."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from link_api.auth.records import CodeBinding
from tests.support.clients.link_client import (
    PHONE,
    Asking,
    LinkClient,
    granted,
    new_binding,
    new_phone,
    refusal,
    running_link_api,
    settings_for,
    wrong,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def at(address: str) -> Asking:
    """A call that the sidecar hands on from this address."""
    return Asking(address=address)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_code_of_six_digits_goes_to_the_normalised_contact(link: LinkClient) -> None:
    """The sender gets E.164, however the number was typed, and the answer is flat."""
    body = await granted(await link.request_otp("024 123 4567"))

    assert body == {
        "success": True,
        "message": "OTP sent",
        "expires_in": 300,
        "ask_again_in": 30,
        "channels": ["sms", "whatsapp"],
    }
    [(contact, sent)] = link.outbox.sent
    assert contact.address == PHONE
    assert re.fullmatch(r"[0-9]{6}", sent.code)
    assert (sent.channel, sent.binding) == ("sms", CodeBinding("", ""))


async def test_known_and_unknown_contacts_look_the_same(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Nothing in the answer tells whether somebody is a customer."""
    known, unknown = new_phone(), new_phone()
    await link.log_in(known, at("198.51.100.1"))
    await time_machine.forward(MINUTE)

    answers = [await link.request_otp(contact, at("198.51.100.2")) for contact in (known, unknown)]
    limited = [await link.request_otp(contact, at("198.51.100.2")) for contact in (known, unknown)]

    assert {answer.status for answer in answers} == {200}
    assert len({await answer.text() for answer in answers}) == 1
    assert {answer.status for answer in limited} == {429}
    assert len({await answer.text() for answer in limited}) == 1


async def test_no_database_is_asked_for_a_code(
    link: LinkClient, break_database: Callable[[], Awaitable[None]]
) -> None:
    """A request takes no longer for a customer, since nobody is looked up."""
    await break_database()

    assert (await link.request_otp()).status == 200


@pytest.mark.parametrize(
    ("contact", "contact_type"),
    [
        ("ama@example.com", "phone"),
        (PHONE, "email"),
        ("+999123456789", "phone"),
        ("024123", "phone"),
        ("0800-FLOWERS", "phone"),
        ("+233241234567 ext. 5", "phone"),
        ("ama@", "email"),
        ("ama@localhost", "email"),
        ("ama@[127.0.0.1]", "email"),
        ('"a b"@example.com', "email"),
        ("ämä@example.com", "email"),
        ("a\u0000ma@example.com", "email"),
        ("+23324\u00001234567", "phone"),
        ("\u2028\u2028\u2028", "phone"),
    ],
)
async def test_a_contact_that_does_not_fit_its_type_is_refused_by_name(
    link: LinkClient, contact: str, contact_type: str
) -> None:
    """The details name the field, never its value, and nothing is sent."""
    response = await link.request_otp(contact, contact_type=contact_type)

    assert await refusal(response) == (400, "VALIDATION_ERROR")
    assert (await response.json())["error"]["details"] == {"fields": ["contact"]}
    assert not link.outbox.sent


async def test_waits_between_codes_double_over_all_sessions(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """After 30 s, 1, 2, 4, 8 min; another binding or network does not shorten that."""
    await link.code_for(asking=at("198.51.100.1"))
    for step, wait_s in enumerate((30, 60, 120, 240, 480)):
        early = await link.request_otp(
            asking=Asking(address=f"198.51.{step}.1", binding=new_binding())
        )
        assert await refusal(early) == (429, "RATE_LIMITED")
        assert wait_s - 1 <= int(early.headers["Retry-After"]) <= wait_s

        await time_machine.forward((wait_s - 2) * SECOND)
        assert (await link.request_otp()).status == 429

        await time_machine.forward(2 * SECOND)
        assert (await link.request_otp(asking=at(f"198.51.100.{step + 2}"))).status == 200


async def test_a_proved_contact_starts_with_the_short_wait_again(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Customers who sign in often do not wait longer each time."""
    for _ in range(4):
        await link.log_in()
        response = await link.request_otp()
        assert await refusal(response) == (429, "RATE_LIMITED")
        assert int(response.headers["Retry-After"]) <= 30
        await time_machine.forward(30 * SECOND)


async def test_a_network_gets_five_codes_an_hour_and_ten_a_day(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """For one contact; another network is not held up by that."""
    here, there = at("198.51.100.1"), at("203.0.113.1")
    for _ in range(5):
        await link.log_in(asking=here)
        await time_machine.forward(MINUTE)
    response = await link.request_otp(asking=here)
    assert await refusal(response) == (429, "RATE_LIMITED")
    assert response.headers["RateLimit-Policy"] == '"otp_hourly";q=5;w=3600'
    assert 54 * 60 <= int(response.headers["Retry-After"]) <= 55 * 60
    assert (await link.log_in(asking=there))["success"]

    await time_machine.forward(HOUR)
    for _ in range(5):
        await link.log_in(asking=here)
        await time_machine.forward(MINUTE)
    await time_machine.forward(HOUR)
    response = await link.request_otp(asking=here)
    assert await refusal(response) == (429, "RATE_LIMITED")
    assert response.headers["RateLimit-Policy"] == '"otp_daily";q=10;w=86400'
    wait_s = int(response.headers["Retry-After"])
    assert wait_s > 20 * 3600
    assert response.headers["RateLimit"] == f'"otp_daily";r=0;t={wait_s}'
    assert (await link.log_in(asking=there))["success"]


async def test_a_contact_gets_twenty_codes_a_day(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """However many networks ask; after a day it may go on."""
    for step in range(20):
        await link.log_in(asking=at(f"198.51.{step}.1"))
        await time_machine.forward(MINUTE)

    limited = await link.request_otp(asking=at("203.0.113.9"))
    assert await refusal(limited) == (429, "RATE_LIMITED")
    assert limited.headers["RateLimit-Policy"] == '"otp_daily_all";q=20;w=86400'
    await time_machine.forward(DAY - 20 * MINUTE)
    assert (await link.request_otp(asking=at("203.0.113.9"))).status == 200


@pytest.mark.parametrize(
    ("addresses", "stranger"),
    [
        (["198.51.100.1"], "198.51.100.2"),
        ([f"2001:db8:0:1::{step:x}" for step in range(1, 21)], "2001:db8:0:2::1"),
        ([f"::ffff:198.51.100.1 , 127.0.0.{step}" for step in range(1, 2)], "198.51.100.7"),
    ],
)
async def test_a_network_asks_for_twenty_contacts_an_hour(
    link: LinkClient, time_machine: TimeMachine, addresses: list[str], stranger: str
) -> None:
    """IPv6 counts by /64; the neighbour network is free."""
    contacts = [new_phone() for _ in range(20)]
    for step, contact in enumerate(contacts):
        address = addresses[step % len(addresses)]
        assert (await link.request_otp(contact, at(address))).status == 200

    one_more = await link.request_otp(new_phone(), at(addresses[0]))
    assert await refusal(one_more) == (429, "RATE_LIMITED")
    assert 3500 < int(one_more.headers["Retry-After"]) <= 3600
    assert one_more.headers["RateLimit-Policy"] == '"otp_contacts";q=20;w=3600'
    assert (await link.request_otp(new_phone(), at(stranger))).status == 200

    await time_machine.forward(MINUTE)
    assert (await link.request_otp(contacts[0], at(addresses[0]))).status == 200
    await time_machine.forward(HOUR)
    assert (await link.request_otp(new_phone(), at(addresses[0]))).status == 200


async def test_an_address_that_no_trusted_proxy_wrote_counts_for_nothing(
    link: LinkClient, redis: Redis
) -> None:
    """Only the last untrusted hop counts: what stands before it anybody may have written."""
    for step in range(20):
        forged = at(f"192.0.2.{step}, 198.51.100.1")
        assert (await link.request_otp(new_phone(), forged)).status == 200

    assert (await link.request_otp(new_phone(), at("192.0.2.77, 198.51.100.1"))).status == 429
    assert len([key async for key in redis.scan_iter("*:otp-contacts")]) == 1


async def test_the_bounds_on_codes_are_settings(
    redis_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """`LINK_LIMIT_OTP_*`; each is told by its name when it is full."""
    settings = settings_for(
        redis_url, sqlite_in(tmp_path), limit_otp_contacts=3, limit_otp_hourly=1, limit_otp_tries=1
    )
    async with running_link_api(settings, clock) as link:
        code = await link.code_for()
        for expected in ("OTP_INVALID", "OTP_ATTEMPTS_EXCEEDED"):
            assert await refusal(await link.verify_otp(wrong(code))) == (422, expected)
        hourly = await link.request_otp()
        assert hourly.headers["RateLimit-Policy"] == '"otp_hourly";q=1;w=3600'
        for _ in range(2):
            await link.code_for(new_phone())
        contacts = await link.request_otp(new_phone())
        assert contacts.headers["RateLimit-Policy"] == '"otp_contacts";q=3;w=3600'
