"""`POST request-otp`: who gets a code, how often, and what is said about it."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from link_api.auth.records import CodeBinding
from tests.support.clients.link_client import (
    PHONE,
    Asking,
    LinkClient,
    granted,
    new_phone,
    refusal,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

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
        "expires_in": 600,
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
        (PHONE, "email"),
        ("ama@", "email"),
        ("ama@localhost", "email"),
        ("ama@[127.0.0.1]", "email"),
        ('"a b"@example.com', "email"),
        ("ämä@example.com", "email"),
        ("a\u0000ma@example.com", "email"),
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


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ("ama@example.com", "not_a_number"),
        ("+999123456789", "unknown_country"),
        ("024123", "too_short"),
        ("0800-FLOWERS", "not_a_number"),
        ("+233241234567 ext. 5", "not_a_number"),
        ("+23324\u00001234567", "not_a_number"),
        ("\u2028\u2028\u2028", "not_a_number"),
    ],
)
async def test_what_is_wrong_with_a_number_is_named_beside_its_field(
    link: LinkClient, contact: str, reason: str
) -> None:
    response = await link.request_otp(contact)

    assert await refusal(response) == (400, "VALIDATION_ERROR")
    details = (await response.json())["error"]["details"]
    assert details == {"fields": ["contact"], "reasons": {"contact": reason}}
    assert not link.outbox.sent
