"""What the store keeps of a contact: it can be counted, and deleted with the contact."""

from typing import Final

import pytest
from redis.asyncio import Redis

from link_api.auth.codes.marks import ContactMarks, Marks
from link_api.auth.codes.records import CodeBounds
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from link_kernel.keys.keyring_file import SecretKeyring, read_keyring
from tests.support.clients.link_client import (
    PHONE,
    Asking,
    LinkClient,
    granted,
    new_binding,
    new_key,
    refusal,
)
from tests.support.redis_content import everything_in
from tests.support.time_machine import TimeMachine

DAY: Final = 24 * 60 * 60 * 1000
HOME = Asking(address="192.0.2.7")
WORK = Asking(address="198.51.100.9")
AMA = Contact("phone", PHONE)


@pytest.fixture
def marks(redis: Redis, settings: Settings) -> ContactMarks:
    """What counts and deletes the marks of the deployment."""
    keyring = read_keyring(settings.keyring.get_secret_value(), SecretKeyring)
    return ContactMarks(redis, CodeBounds(), keyring.ring())


async def test_marks_are_counted_with_their_dates_for_ninety_days(
    link: LinkClient, marks: ContactMarks, time_machine: TimeMachine
) -> None:
    """One for each network, at its last proof there."""
    assert await marks.count(AMA) == Marks(0, None, None)
    await link.log_in(asking=HOME)
    await time_machine.forward(10 * DAY)
    await link.log_in(asking=WORK)
    found = await marks.count(AMA)

    assert found.count == 2
    assert found.first_at is not None
    assert found.last_at is not None
    assert found.last_at - found.first_at >= 10 * DAY
    await time_machine.forward(81 * DAY)
    assert (await marks.count(AMA)).count == 1


async def test_a_forgotten_contact_has_neither_mark_nor_code(
    link: LinkClient, marks: ContactMarks, redis: Redis
) -> None:
    """Whatever they were asked for by; what protects the phone from messages stays for its day."""
    shop = Asking(address="192.0.2.7", binding=new_binding(), key=new_key())
    repeated = Asking(address="192.0.2.7", key=new_key())
    spent = await link.code_for(asking=repeated)
    await granted(await link.verify_otp(spent, asking=repeated))
    code = await link.code_for(asking=shop)
    [name, *_] = marks.names_of(AMA)
    await marks.forget(marks.names_of(AMA))
    await marks.forget(marks.names_of(AMA))

    for otp_code, asking in ((code, shop), (spent, repeated)):
        assert (422, "OTP_EXPIRED") == await refusal(await link.verify_otp(otp_code, asking=asking))
    assert await marks.count(AMA) == Marks(0, None, None)
    left = {line.split(" ")[0] for line in (await everything_in(redis)).splitlines()}
    counts = ("otp-messages", "otp-strangers", "otp-counted")
    assert {key for key in left if f"{{{name}}}" in key} == {
        f"link:v1:{{{name}}}:{family}" for family in counts
    }


async def test_another_contact_keeps_what_it_has(link: LinkClient, marks: ContactMarks) -> None:
    await link.log_in(asking=HOME)
    await link.log_in("+233201234563", HOME)
    await marks.forget(marks.names_of(AMA))

    assert (await marks.count(Contact("phone", "+233201234563"))).count == 1
