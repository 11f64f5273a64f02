"""Sending a code another way: the channels of a deployment, and the one a call asks for."""

from pathlib import Path

import pytest

from link_api.app import open_link_api
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Channel
from tests.support.clients.link_client import (
    PHONE,
    LinkClient,
    granted,
    refusal,
    settings_for,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

EMAIL = "ama@example.com"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def ask(link: LinkClient, contact: str, channel: object) -> object:
    """Ask for a code over a channel; return the channels of the answer."""
    contact_type = "email" if "@" in contact else "phone"
    body = {"contact": contact, "contact_type": contact_type, "channel": channel}
    return (await granted(await link.post("request-otp", body)))["channels"]


async def test_the_channel_asked_for_is_used_and_named_first(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """The customer's next choice is the other one; mail has one channel."""
    assert await ask(link, PHONE, "whatsapp") == ["whatsapp", "sms"]
    await time_machine.forward(30_000)
    assert await ask(link, PHONE, "sms") == ["sms", "whatsapp"]
    assert await ask(link, EMAIL, "email") == ["email"]
    assert await ask(link, "kofi@example.com", None) == ["email"]

    used: list[Channel] = [sent.channel for _, sent in link.outbox.sent]
    assert used == ["whatsapp", "sms", "email", "email"]


async def test_another_channel_waits_as_long_as_the_same(link: LinkClient) -> None:
    """Or two channels were two allowances."""
    await ask(link, PHONE, "sms")

    body = {"contact": PHONE, "contact_type": "phone", "channel": "whatsapp"}
    assert await refusal(await link.post("request-otp", body)) == (429, "RATE_LIMITED")


@pytest.mark.parametrize(
    ("contact", "contact_type", "channel"),
    [
        (PHONE, "phone", "voice"),
        (PHONE, "phone", "email"),
        (EMAIL, "email", "sms"),
        (PHONE, "phone", "pigeon"),
        (PHONE, "phone", ""),
        (PHONE, "phone", 1),
    ],
)
async def test_a_channel_that_does_not_reach_the_contact_names_the_field(
    link: LinkClient, contact: str, contact_type: str, channel: object
) -> None:
    """And counts as nothing: the next call may ask at once."""
    body = {"contact": contact, "contact_type": contact_type, "channel": channel}
    answer = await link.post("request-otp", body)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": ["channel"]}
    assert not link.outbox.sent
    assert (await link.request_otp(contact, contact_type=contact_type)).status == 200


async def test_no_channel_is_asked_for_when_a_code_is_tried(link: LinkClient) -> None:
    body = {"contact": PHONE, "contact_type": "phone", "otp_code": "123456", "channel": "sms"}

    assert await refusal(await link.post("verify-otp", body)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("channels", "named"), [("sms", ("sms",)), ("voice,sms", ("voice", "sms"))]
)
async def test_the_channels_of_a_deployment_are_its_setting(
    redis_url: str,
    database_url: str,
    clock: MovableClock,
    channels: str,
    named: tuple[Channel, ...],
) -> None:
    settings = settings_for(redis_url, database_url, otp_channels=channels)
    async with open_link_api(settings, clock=clock) as api:
        sender = api.services.keyed.current.auth.one_time_codes.sender

        assert sender.channels(Contact("phone", PHONE)) == named
        assert sender.channels(Contact("email", EMAIL)) == ("email",)
