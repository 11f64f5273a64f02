"""How often messages go out to a contact, and who can hold up whom."""

import pytest

from tests.support.clients.link_client import (
    Asking,
    LinkClient,
    new_binding,
    refusal,
    running_link_api,
    settings_for,
    wrong,
)
from tests.support.time_machine import MovableClock, TimeMachine

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
HOME = Asking(address="192.0.2.7")
STRANGERS = [Asking(address=f"198.51.{step}.1") for step in range(30)]


async def held_back(link: LinkClient, asking: Asking, limit: str, wait_s: int) -> None:
    """Assert that a message is refused by this limit, for so many seconds."""
    response = await link.request_otp(asking=asking)
    assert await refusal(response) == (429, "RATE_LIMITED")
    assert response.headers["RateLimit-Policy"].startswith(f'"{limit}";')
    assert wait_s - 5 <= int(response.headers["Retry-After"]) <= wait_s


async def test_strangers_have_five_messages_and_one_more_every_80_minutes(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """All together, however many networks they come from; one per 30 seconds."""
    for asking in STRANGERS[:4]:
        await link.code_for(asking=asking)
        await held_back(link, STRANGERS[9], "otp_wait", 30)
        await time_machine.forward(30 * SECOND)
    await link.code_for(asking=STRANGERS[4])
    await held_back(link, STRANGERS[9], "otp_strangers", 80 * 60 - 120)
    for step in range(3):
        await time_machine.forward(80 * MINUTE)
        await link.code_for(asking=STRANGERS[10 + step])
        await held_back(link, STRANGERS[20 + step], "otp_strangers", 80 * 60 - 120)


@pytest.mark.parametrize("addresses", [["198.51.100.1"], ["2001:db8:0:1::1", "2001:db8:0:1::2"]])
async def test_a_strange_network_waits_longer_each_time(
    link: LinkClient, time_machine: TimeMachine, addresses: list[str]
) -> None:
    """30 s, 1, 2, 4 min; a household's /64 is one network."""
    for step, wait_s in enumerate((30, 60, 120, 240)):
        await link.code_for(asking=Asking(address=addresses[step % len(addresses)]))
        asking = Asking(address=addresses[0], binding=new_binding())
        await held_back(link, asking, "otp_wait", wait_s)
        await time_machine.forward(wait_s * SECOND)


async def test_an_owner_at_home_is_held_up_by_no_stranger(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Strangers used up all that is theirs; where the contact was proved a code comes at once."""
    await link.log_in(asking=HOME)
    await time_machine.forward(2 * HOUR)
    for asking in STRANGERS[:5]:
        await link.code_for(asking=asking)
        await time_machine.forward(30 * SECOND)
    assert (await link.request_otp(asking=STRANGERS[6])).status == 429

    neighbour = Asking(address="192.0.2.250")  # of the same /24
    assert (await link.log_in(asking=neighbour))["success"]


async def test_known_networks_have_ten_messages_a_day_for_codes_nobody_used(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """After 30 s, from the third on after a minute; strangers' messages are none of them."""
    await link.log_in(asking=HOME)
    await time_machine.forward(2 * MINUTE)
    await link.code_for(asking=STRANGERS[0])
    for step in range(10):
        await link.code_for(asking=HOME)
        if step < 9:
            wait_s = 30 if step == 0 else 60
            await held_back(link, HOME, "otp_wait", wait_s)
            await time_machine.forward(wait_s * SECOND)
    await held_back(link, HOME, "otp_daily", 24 * 3600 - 8 * 60 - 30)
    await link.code_for(asking=STRANGERS[1])


async def test_who_proves_the_contact_has_messages_and_wait_back(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """A customer who signs in often never waits, but for the five messages of a minute."""
    for _ in range(4):
        for _ in range(5):
            await link.log_in(asking=HOME)
        await held_back(link, HOME, "otp_minute", 60)
        await time_machine.forward(MINUTE)


async def test_a_strangers_messages_do_not_come_back_by_the_owners_proof(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Nor by a wrong code, nor to another network of the stranger."""
    await link.code_for(asking=STRANGERS[0])
    await time_machine.forward(30 * SECOND)
    await link.log_in(asking=HOME)
    for asking in STRANGERS[1:5]:
        await time_machine.forward(30 * SECOND)
        code = await link.code_for(asking=asking)
        await link.verify_otp(wrong(code), asking=asking)
    await time_machine.forward(30 * SECOND)
    assert (await link.request_otp(asking=STRANGERS[5])).status == 429


async def test_a_network_is_known_for_90_days(link: LinkClient, time_machine: TimeMachine) -> None:
    """Told by the daily bound, which strangers do not have."""
    await link.log_in(asking=HOME)
    await time_machine.forward(89 * 24 * HOUR)
    for asking in (HOME, HOME):
        await link.code_for(asking=asking)
        await time_machine.forward(30 * SECOND)
    await held_back(link, HOME, "otp_wait", 30)
    await time_machine.forward(2 * 24 * HOUR)
    for wait_s in (30, 60):
        await link.code_for(asking=HOME)
        await held_back(link, HOME, "otp_wait", wait_s)
        await time_machine.forward(wait_s * SECOND)


async def test_every_bound_of_a_contact_is_a_setting(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    """`LINK_LIMIT_OTP_*`; each is told by its name when it is full."""
    bounds = {"limit_otp_hourly": 1, "limit_otp_tries": 1}
    async with running_link_api(settings_for(redis_url, database_url, **bounds), clock) as link:
        code = await link.code_for()
        for expected in ("OTP_INVALID", "OTP_ATTEMPTS_EXCEEDED"):
            assert await refusal(await link.verify_otp(wrong(code))) == (422, expected)
        hourly = await link.request_otp()
        assert hourly.headers["RateLimit-Policy"] == '"otp_hourly";q=1;w=3600'

    bounds = {"limit_otp_strangers": 1, "limit_otp_daily": 1}
    async with running_link_api(settings_for(redis_url, database_url, **bounds), clock) as link:
        await link.code_for("+233249999999", STRANGERS[0])
        strangers = await link.request_otp("+233249999999", STRANGERS[1])
        assert strangers.headers["RateLimit-Policy"] == '"otp_strangers";q=1;w=4800'
        await link.log_in("+233248888888", HOME)
        await link.code_for("+233248888888", HOME)
        daily = await link.request_otp("+233248888888", HOME)
        assert daily.headers["RateLimit-Policy"] == '"otp_daily";q=1;w=86400'
