"""Bounds on contacts that nobody proved: of one network, of the deployment, of countries."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from link_api.auth.codes.records import CodePlace
from link_api.auth.codes.storage import RedisCodes
from link_kernel.observability.security_events import SecurityEvent
from tests.support.clients.link_client import (
    Asking,
    LinkClient,
    granted,
    new_phone,
    refusal,
    running_link_api,
    settings_for,
    wrong,
)
from tests.support.time_machine import MovableClock, TimeMachine

MINUTE = 60_000
HOUR = 60 * MINUTE
HERE = Asking(address="198.51.100.1")
THERE = Asking(address="203.0.113.1")


@pytest.fixture
async def small(
    redis_url: str, database_url: str, clock: MovableClock
) -> AsyncIterator[LinkClient]:
    """A Link API with small bounds: 3 contacts of a network, 20 messages of all, 4 of a /24."""
    settings = settings_for(redis_url, database_url, limit_otp_contacts=3, limit_otp_hourly_all=20)
    async with running_link_api(settings, clock) as link:
        yield link


async def full(link: LinkClient, limit: str, asking: Asking = HERE) -> str:
    """Assert that an unproved contact is refused by this limit; return the contact."""
    contact = new_phone()
    response = await link.request_otp(contact, asking)
    assert await refusal(response) == (429, "RATE_LIMITED")
    assert response.headers["RateLimit-Policy"].startswith(f'"{limit}";')
    assert 3500 < int(response.headers["Retry-After"]) <= 3600
    return contact


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the events of the deployment that operators were told."""
    told = (getattr(record, "event", "") for record in caplog.records)
    mine = {
        SecurityEvent.OTP_HOURLY_NEAR,
        SecurityEvent.OTP_HOURLY_FULL,
        SecurityEvent.OTP_MOSTLY_UNPROVED,
    }
    return [event for event in told if event in mine]


@pytest.mark.parametrize(
    "addresses",
    [["198.51.100.1"], ["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1"]],
    ids=["an IPv4 address", "an IPv6 /48"],
)
async def test_a_network_asks_for_so_many_unproved_contacts_an_hour(
    small: LinkClient, time_machine: TimeMachine, addresses: list[str]
) -> None:
    """The same contact again is none more; the neighbour network is free."""
    contacts = [new_phone() for _ in range(3)]
    for contact, address in zip(contacts, addresses * 3, strict=False):
        await small.code_for(contact, Asking(address=address))
    asking = Asking(address=addresses[0])
    await full(small, "otp_contacts", asking)
    await small.code_for(asking=THERE)

    await time_machine.forward(MINUTE)
    await small.code_for(contacts[0], asking)
    await time_machine.forward(HOUR)
    await small.code_for(new_phone(), asking)


async def test_what_a_network_is_refused_is_counted_nowhere(
    small: LinkClient, redis: Redis
) -> None:
    """Not for the contact, which elsewhere gets its code at once, and not for the deployment."""
    for _ in range(3):
        await small.code_for(new_phone(), HERE)
    counted = await redis.zcard("link:v1:{otp}:unproved")
    refused = [await full(small, "otp_contacts") for _ in range(3)]

    assert await redis.zcard("link:v1:{otp}:unproved") == counted == 3
    assert await refusal(await small.verify_otp("000000", refused[0])) == (422, "OTP_EXPIRED")
    for contact in refused:
        await small.code_for(contact, THERE)
    assert len(small.outbox.sent) == 6


@pytest.mark.parametrize(
    "full_up",
    [["198.51.100.1"] * 3, ["198.51.100.2", "198.51.100.3"] * 2],
    ids=["otp_contacts", "otp_hourly_network"],
)
async def test_a_request_that_is_refused_takes_no_slot_of_its_contact(
    small: LinkClient, monkeypatch: pytest.MonkeyPatch, full_up: list[str]
) -> None:
    """Not for a moment: an honest one in that moment would have been told to wait."""
    for address in full_up:
        await small.code_for(new_phone(), Asking(address=address))
    contact, honest = new_phone(), []
    take_back = RedisCodes.take_back

    async def ask_before(codes: RedisCodes, place: CodePlace, *, call: str) -> None:
        honest.append((await small.request_otp(contact, THERE)).status)
        await take_back(codes, place, call=call)

    monkeypatch.setattr(RedisCodes, "take_back", ask_before)
    assert await refusal(await small.request_otp(contact, HERE)) == (429, "RATE_LIMITED")
    honest.append((await small.request_otp(contact, THERE)).status)
    assert honest == [200]


async def test_a_proved_contact_is_neither_counted_nor_refused(
    small: LinkClient, time_machine: TimeMachine
) -> None:
    """One that is proved now leaves the count; a wrong code does not make it so."""
    regular = new_phone()
    await small.log_in(regular, THERE)
    for _ in range(6):
        await small.log_in(new_phone(), HERE)
    for _ in range(3):
        contact = new_phone()
        code = await small.code_for(contact, HERE)
        await small.verify_otp(wrong(code), contact, HERE)
    await full(small, "otp_contacts")

    await small.code_for(regular, HERE)
    await small.log_in(regular, THERE)


@pytest.mark.parametrize(
    ("asked_at", "proved_at"),
    [
        ("198.51.100.1", "198.51.100.77"),
        ("198.51.100.1", "203.0.113.1"),
        ("198.51.100.1", "2001:db8:2::1"),
        ("2001:db8:1:1::1", "2001:db8:1:2::1"),
        ("2001:db8:1:1::1", "2001:db8:2::1"),
        ("2001:db8:1:1::1", "198.51.100.1"),
    ],
)
async def test_a_contact_proved_at_another_exit_address_counts_where_it_was_asked_for_no_more(
    small: LinkClient, asked_at: str, proved_at: str
) -> None:
    """A carrier sends two calls of one phone out by two addresses; a sale day passes there too."""
    for _ in range(6):
        contact = new_phone()
        code = await small.code_for(contact, Asking(address=asked_at))
        await granted(await small.verify_otp(code, contact, Asking(address=proved_at)))

    await small.code_for(new_phone(), Asking(address=asked_at))


async def test_a_proved_contact_counts_at_none_of_the_networks_that_asked(
    small: LinkClient, redis: Redis, time_machine: TimeMachine
) -> None:
    """Also where an earlier code was asked for and never entered, within the hour that counts."""
    mailbox, other = "ama@example.com", new_phone()
    await small.code_for(other, HERE)
    for contact, kind in ((new_phone(), "phone"), (mailbox, "email")):
        for step, address in enumerate(("198.51.100.1", "2001:db8:1:1::1", "192.0.2.1")):
            code = await small.code_for(contact, Asking(address=address), kind)
            await time_machine.forward((11 if step == 0 else 1) * MINUTE)
        await granted(await small.verify_otp(code, contact, THERE, kind))

    for pattern, left in (("*:otp-unproved", 1), ("*:site:*", 1), ("*{otp}:unproved", 1)):
        keys = [key async for key in redis.scan_iter(pattern)]
        assert sum([await redis.zcard(key) for key in keys]) == left, pattern


async def test_a_message_of_the_release_before_is_released_where_it_is_proved(
    small: LinkClient, redis: Redis
) -> None:
    """It left no note of where it counts; two releases run side by side."""
    for _ in range(4):
        contact = new_phone()
        code = await small.code_for(contact, HERE)
        [note] = [key async for key in redis.scan_iter("*:otp-counted")]
        assert await redis.delete(note)
        await granted(await small.verify_otp(code, contact, HERE))
    await small.code_for(new_phone(), HERE)


async def test_an_address_that_no_trusted_proxy_wrote_counts_for_nothing(
    small: LinkClient, redis: Redis
) -> None:
    """Only the last untrusted hop counts: what stands before it anybody may have written."""
    for step in range(3):
        forged = Asking(address=f"192.0.2.{step}, 198.51.100.1")
        await small.code_for(new_phone(), forged)

    await full(small, "otp_contacts", Asking(address="192.0.2.77, 198.51.100.1"))
    assert len([key async for key in redis.scan_iter("*:otp-unproved")]) == 1


async def test_the_deployment_sends_so_many_messages_to_unproved_phones_an_hour(
    small: LinkClient, time_machine: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """At most a fifth from one /24; proved contacts and e-mail go on, and operators are told."""
    regular = new_phone()
    await small.log_in(regular, THERE)
    for step in range(20):
        address = f"198.{step // 4}.7.{step % 4}"
        await small.code_for(new_phone(), Asking(address=address))
        if step % 4 == 3 and step < 19:
            await full(small, "otp_hourly_network", Asking(address=f"198.{step // 4}.7.9"))
        assert (SecurityEvent.OTP_HOURLY_NEAR in events(caplog)) is (step >= 15)
    for _ in range(2):
        await full(small, "otp_hourly_all")
    assert events(caplog) == ["otp_hourly_near", "otp_hourly_full"]

    await time_machine.forward(MINUTE)
    await small.log_in(regular, THERE)
    await small.log_in("ama@example.com", HERE, contact_type="email")
    await time_machine.forward(HOUR)
    await small.code_for(new_phone(), HERE)


async def test_phones_that_are_proved_leave_the_deployments_count(
    small: LinkClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A sale day passes: whoever signs in makes room."""
    for step in range(40):
        await small.log_in(new_phone(), Asking(address=f"198.51.{step}.7"))

    await small.code_for(new_phone(), HERE)
    assert events(caplog) == []


async def test_operators_hear_when_most_codes_are_never_proved(
    redis_url: str, database_url: str, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Of 100 or more in an hour; once in that hour."""
    settings = settings_for(redis_url, database_url, limit_otp_contacts=1000)
    async with running_link_api(settings, clock) as link:
        for step in range(50):
            await link.log_in(new_phone(), Asking(address=f"198.51.{step}.7"))
        for step in range(52):
            asking = Asking(address=f"203.0.{step}.7")
            await link.code_for(new_phone(), asking)
            assert (events(caplog) == ["otp_mostly_unproved"]) is (step >= 50)


@pytest.mark.parametrize(
    "contact",
    [
        *("+447400123456", "+14155552671", "+254900223456"),  # GB, US, premium of Kenya
        *("+870773111632", "+881612345678", "+882161234567", "+979123456789"),
    ],
)
async def test_codes_go_to_phones_of_the_wallets_countries_alone(
    link: LinkClient, redis: Redis, contact: str
) -> None:
    """Whatever is refused makes no message and counts nowhere."""
    assert await refusal(await link.request_otp(contact)) == (422, "COUNTRY_NOT_SUPPORTED")
    assert not link.outbox.sent
    assert [key async for key in redis.scan_iter("*otp*")] == []


async def test_the_countries_are_a_setting(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    """Regions of ISO 3166-1; e-mail is of no country."""
    for contact in ("+233241234567", "+254712345678", "+2250501234567"):
        async with running_link_api(settings_for(redis_url, database_url), clock) as link:
            await link.code_for(contact)
    settings = settings_for(redis_url, database_url, otp_countries="GB, US")
    async with running_link_api(settings, clock) as link:
        await link.code_for("+447400123456")
        await link.code_for("ama@example.com", contact_type="email")
        response = await link.request_otp("+233241234567")
        assert await refusal(response) == (422, "COUNTRY_NOT_SUPPORTED")
