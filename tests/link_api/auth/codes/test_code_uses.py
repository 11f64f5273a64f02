"""Codes that confirm something: good for one purpose in one session, and never for a sign-in."""

from dataclasses import replace
from ipaddress import ip_address
from itertools import permutations
from typing import get_args

import pytest
from redis.asyncio import Redis

from link_api.auth.codes.records import CodeBounds
from link_api.auth.codes.service import OneTimeCodes
from link_api.auth.codes.storage import RedisCodes
from link_api.auth.codes.unproved import RedisUnproved
from link_api.auth.records import Caller, CodeAsker, CodeBinding, CodePurpose, CodeUse
from link_api.auth.senders.message import message_of
from link_api.reserved.contacts import ReservedContacts
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Locale
from link_kernel.errors import OtpExpired, OtpInvalid
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog
from tests.support.clients.link_client import Outbox, new_key
from tests.support.codes import FRAMES, to_send
from tests.support.time_machine import MovableClock, TimeMachine

CONTACT = Contact("phone", "+233245550111")
HOME = Caller(ip_address("192.0.2.7"), "browser", "")
SESSION = "lses_0123456789abcdef012345"
SIGN_IN = CodeAsker(CodeBinding("", ""), None)
PURPOSES = [
    CodeAsker(CodeBinding("", "", use=CodeUse(purpose, SESSION)), SESSION)
    for purpose in CodePurpose
]
ELSEWHERE = CodeAsker(
    CodeBinding("", "", use=CodeUse(CodePurpose.ADD_CONTACT, "lses_anotherloginofhers0000")),
    "lses_anotherloginofhers0000",
)
ALL = [SIGN_IN, *PURPOSES, ELSEWHERE]


@pytest.fixture
def outbox() -> Outbox:
    """Where the codes go."""
    return Outbox()


@pytest.fixture
def codes(redis: Redis, outbox: Outbox) -> OneTimeCodes:
    """The service, with as many tries as these tests need."""
    bounds = replace(CodeBounds(), tries=10)
    return OneTimeCodes(
        RedisCodes(redis, bounds),
        RedisUnproved(redis, bounds, SecurityLog(Metrics())),
        outbox,
        SecretRing({1: b"s" * 32}, active=1),
        {"GH"},
        ReservedContacts("live"),
        "en",
    )


async def asked(codes: OneTimeCodes, asker: CodeAsker, redis: Redis) -> None:
    """Have a code sent, however soon after the last one."""
    await TimeMachine(MovableClock(), redis).forward(61_000)
    await codes.request(CONTACT, asker, HOME, None)


async def entered(codes: OneTimeCodes, asker: CodeAsker, code: str) -> None:
    """Enter a code."""
    await codes.spend(CONTACT, asker, code, caller=HOME, key_hash=new_key())


async def test_a_code_is_good_for_nothing_but_its_own_use(
    redis: Redis, codes: OneTimeCodes, outbox: Outbox
) -> None:
    """A sign-in, each purpose, the same purpose in another session: none takes another's code."""
    await asked(codes, SIGN_IN, redis)
    await entered(codes, SIGN_IN, outbox.code)  # from now on the contact is proved
    for one, other in permutations([SIGN_IN, PURPOSES[0], PURPOSES[1], ELSEWHERE], 2):
        await TimeMachine(MovableClock(), redis).forward(3_600_000 * 3)
        await asked(codes, other, redis)
        await asked(codes, one, redis)
        with pytest.raises(OtpInvalid):
            await entered(codes, other, outbox.code)
        await entered(codes, one, outbox.code)


@pytest.mark.parametrize("asker", ALL[1:])
async def test_a_code_cannot_be_entered_where_none_was_asked_for(
    redis: Redis, codes: OneTimeCodes, outbox: Outbox, asker: CodeAsker
) -> None:
    """A code for a sign-in that is open opens nothing else."""
    await asked(codes, SIGN_IN, redis)

    with pytest.raises(OtpExpired):
        await entered(codes, asker, outbox.code)


def test_no_two_uses_are_one_place_or_one_mac() -> None:
    """The purpose and the session are part of the MAC, besides the place where it is kept."""
    assert len({asker.binding.text for asker in ALL}) == len(ALL)
    assert len({asker.binding.fields for asker in ALL}) == len(ALL)


@pytest.mark.parametrize("asker", PURPOSES)
async def test_the_message_says_what_the_code_is_for(
    redis: Redis, codes: OneTimeCodes, outbox: Outbox, asker: CodeAsker
) -> None:
    """Whoever is talked into reading it out hears what it would do."""
    await asked(codes, asker, redis)
    [(_, sent)] = outbox.sent
    deeds = {
        CodePurpose.ADD_CONTACT: "add a contact to your account",
        CodePurpose.REMOVE_CONTACT: "remove a contact from your account",
        CodePurpose.CLOSE_ACCOUNT: "delete your account",
        CodePurpose.EXPORT_ACCOUNT: "download your data",
        CodePurpose.NEW_CONTACT: "add this contact to an account",
        CodePurpose.FORMER_CONTACT: "get an earlier account back",
    }
    assert asker.binding.use is not None
    deed = deeds[asker.binding.use.purpose]
    text = message_of(sent, FRAMES).whole
    assert text == f"{sent.code} is your Cimplify Link code to {deed}. Give it to nobody."


@pytest.mark.parametrize("purpose", CodePurpose)
@pytest.mark.parametrize("host", ["s.example", "shop.example", f"{'long' * 12}.example"])
def test_a_purpose_is_named_however_little_room_there_is(purpose: CodePurpose, host: str) -> None:
    """The line for the browser goes first, or the warning; one message holds it all."""
    binding = CodeBinding("bus_0123456789abcdef", f"https://{host}", use=CodeUse(purpose, SESSION))
    message = message_of(to_send("042917", binding=binding), FRAMES)

    assert " code to " in message.text
    assert len(message.whole) <= 160


@pytest.mark.parametrize("locale", get_args(Locale))
@pytest.mark.parametrize("purpose", CodePurpose)
def test_a_usual_shops_frame_reads_the_code_of_each_purpose(
    purpose: CodePurpose, locale: Locale
) -> None:
    """By the line that a sign-in's message has."""
    binding = CodeBinding(
        "bus_0123456789abcdef", "https://shop.example", use=CodeUse(purpose, SESSION)
    )
    message = message_of(to_send("042917", binding=binding, locale=locale), FRAMES)

    assert message.last_line == "@shop.example #042917 @link.example"
