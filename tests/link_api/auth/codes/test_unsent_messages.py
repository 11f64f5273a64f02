"""A message that could not be sent counts against its minute alone, and its code stays good."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from link_api.auth.codes import redis_keys
from link_api.settings import Settings
from link_kernel.errors import UpstreamUnavailable
from link_kernel.ids import new_id
from tests.support.clients.link_client import (
    SHOP,
    Asking,
    LinkClient,
    new_phone,
    refusal,
    wrong,
)
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

SECOND, MINUTE = 1000, 60_000
UNAVAILABLE = (502, "UPSTREAM_UNAVAILABLE")
LIMITED = (429, "RATE_LIMITED")


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Few messages for the whole deployment, and few contacts of a network."""
    return link_settings_for(
        redis_url, sqlite_in(tmp_path), limit_otp_hourly_all=20, limit_otp_contacts=3
    )


def a_frame(address: str) -> Asking:
    """A new elements session of a shop's page."""
    return Asking(binding=f"bus_0123456789abcdefABCD {SHOP}", asker=new_id("els"), address=address)


@contextmanager
def outage(link: LinkClient) -> Iterator[None]:
    """The sender takes each message, keeps it, and says that it failed."""
    send = link.outbox.send

    async def fail(*message: Any) -> None:  # noqa: ANN401  # as the sender's own
        await send(*message)
        raise UpstreamUnavailable("otp webhook: status 503")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(link.outbox, "send", fail)
        yield


async def test_an_owner_at_home_gets_a_code_at_once_when_the_sender_is_back(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """After as many failures as there are messages in a day."""
    home = a_frame("192.0.2.7")
    await link.log_in(asking=home)
    await time_machine.forward(11 * MINUTE)
    with outage(link):
        for _ in range(11):
            assert await refusal(await link.request_otp(asking=home)) == UNAVAILABLE
            await time_machine.forward(15 * SECOND)
    assert (await link.request_otp(asking=home)).status == 200


async def test_so_does_somebody_new(link: LinkClient, time_machine: TimeMachine) -> None:
    """The retry comes as soon as the answer says, `Retry-After: 1`."""
    new = a_frame("192.0.2.7")
    with outage(link):
        for _ in range(7):
            assert await refusal(await link.request_otp(asking=new)) == UNAVAILABLE
            await time_machine.forward(15 * SECOND)
    assert (await link.request_otp(asking=new)).status == 200


async def test_an_outage_fills_neither_the_deployments_hour_nor_a_networks_contacts(
    link: LinkClient, redis: Redis
) -> None:
    with outage(link):
        for step in range(24):
            asking = a_frame(f"198.51.100.{step // 4}")
            assert await refusal(await link.request_otp(new_phone(), asking)) == UNAVAILABLE
    assert await redis.zcard(redis_keys.MESSAGES_UNPROVED) == 0
    for _ in range(3):
        assert (await link.request_otp(new_phone(), a_frame("198.51.100.0"))).status == 200
    last = await link.request_otp(new_phone(), a_frame("198.51.100.0"))
    assert await refusal(last) == LIMITED


async def test_a_contact_that_a_message_reached_before_goes_on_counting(link: LinkClient) -> None:
    here, phones = a_frame("192.0.2.7"), [new_phone() for _ in range(3)]
    for phone in phones:
        assert (await link.request_otp(phone, here)).status == 200
    with outage(link):
        assert await refusal(await link.request_otp(phones[0], a_frame("203.0.113.9"))) == LIMITED
    assert await refusal(await link.request_otp(new_phone(), here)) == LIMITED


async def test_five_a_minute_are_the_most_also_of_those_that_failed(link: LinkClient) -> None:
    """One that timed out may have reached the phone."""
    asking = a_frame("192.0.2.7")
    with outage(link):
        answers = [await refusal(await link.request_otp(asking=asking)) for _ in range(6)]
    assert answers == [UNAVAILABLE] * 5 + [LIMITED]


async def test_a_code_that_arrived_all_the_same_is_right(link: LinkClient) -> None:
    asking = a_frame("192.0.2.7")
    with outage(link):
        await link.request_otp(asking=asking)
    assert (await link.verify_otp(link.outbox.code, asking=asking)).status == 200


async def test_asking_again_and_again_in_an_outage_gives_no_more_tries(link: LinkClient) -> None:
    """Five of one message, and not five of each."""
    asking = a_frame("192.0.2.7")
    with outage(link):
        for _ in range(5):
            await link.request_otp(asking=asking)
    answers = [
        await refusal(await link.verify_otp(wrong(link.outbox.code), asking=asking))
        for _ in range(6)
    ]
    assert answers == [(422, "OTP_INVALID")] * 5 + [(422, "OTP_ATTEMPTS_EXCEEDED")]
