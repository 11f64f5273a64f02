"""The default limits from both sides: crowds that must pass, floods that must not.

An address may be a whole mobile network (docs/protocol.md#limits). Calls are counted as the
handlers count them, without HTTP, since there are tens of thousands.
"""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from itertools import count

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import KeyringFile
from elements_bridge.service.limits import CallLimits, NetworkBound
from elements_bridge.settings import Settings
from link_kernel.errors import RateLimited
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.networks import Address
from link_kernel.observability.security_events import SecurityEvent
from tests.support.clients.bridge_client import BUSINESS, configure, settings_for
from tests.support.clients.internal_client import running_both_listeners
from tests.support.clients.limited_calls import OTHER
from tests.support.time_machine import MovableClock

CARRIER = ip_address("198.51.100.1")
ELSEWHERE = ip_address("198.51.100.2")
DEFAULTS = {
    name: field.default
    for name, field in Settings.model_fields.items()
    if name.startswith("limit_")
}


async def tell_nobody(_self: BatchedCounts) -> None:
    """Replace the report: a test would wait for tens of thousands of windows to be told."""


@pytest.fixture
async def limits(
    redis: Redis,
    redis_url: str,
    keyring: KeyringFile,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[CallLimits]:
    """The limits of a bridge with the defaults, which tells Redis nothing; time stands still."""
    monkeypatch.setattr(BatchedCounts, "report", tell_nobody)
    await configure(RedisBusinesses(redis), OTHER)
    clock.stop()
    settings = settings_for(redis_url, keyring, **DEFAULTS)
    async with running_both_listeners(settings, clock) as both:
        yield both.bridge.services.current.limits


async def handshake(
    limits: CallLimits, bound: NetworkBound, address: Address, business_id: str = BUSINESS
) -> RateLimited | None:
    """Count a call as a signed-in customer's; return the refusal."""
    try:
        async with limits.handshake(bound, address, business_id):
            pass
    except RateLimited as refused:
        return refused
    return None


async def guest(
    limits: CallLimits, address: Address, business_id: str = BUSINESS
) -> RateLimited | None:
    """Count a guest's bootstrap; return the refusal."""
    try:
        async with limits.handshake(limits.bounds.bootstrap, address, business_id, is_guest=True):
            pass
        limits.count_guest(address, business_id)
    except RateLimited as refused:
        return refused
    return None


def addresses() -> Iterator[Address]:
    """Return one new network after another."""
    return (ip_address(0x0B000000 + n) for n in count())


async def test_ten_page_views_with_three_elements_of_ten_people_behind_one_address_pass(
    limits: CallLimits,
) -> None:
    """All within a minute, of one shop; other shops and the rest of the world are not held up."""
    for bound in (limits.bounds.bootstrap, limits.bounds.init):
        for _ in range(10 * 3 * 10):
            assert await handshake(limits, bound, CARRIER) is None

        refused = await handshake(limits, bound, CARRIER)
        assert refused is not None
        assert refused.headers["RateLimit-Policy"] == f'"{bound.network.name}";q=300;w=60'
        assert await handshake(limits, bound, CARRIER, OTHER) is None
        assert await handshake(limits, bound, ELSEWHERE) is None


async def test_six_thousand_refreshes_of_one_address_pass(limits: CallLimits) -> None:
    """Frames refresh every four minutes: 24,000 of them, behind one address."""
    carrier = limits.caller_mac(CARRIER)
    for _ in range(6_000):
        limits.count_refresh(carrier)
        limits.share_refresh(carrier)

    with pytest.raises(RateLimited):
        limits.count_refresh(carrier)
    limits.count_refresh(limits.caller_mac(ELSEWHERE))


def otp_call(limits: CallLimits, address: Address, session_id: str) -> None:
    """Make a call that asks for or tries a code, and is answered."""
    with limits.otp_call(address, session_id):
        pass


async def test_1200_sign_in_calls_of_one_address_pass_but_not_of_one_session(
    limits: CallLimits,
) -> None:
    for n in range(1_200):
        otp_call(limits, CARRIER, f"els_{n % 40}")

    with pytest.raises(RateLimited) as refused:
        otp_call(limits, CARRIER, "els_new")
    assert refused.value.detail == "calls"
    with pytest.raises(RateLimited) as refused:
        otp_call(limits, ELSEWHERE, "els_0")
    assert refused.value.detail == "session_calls"
    otp_call(limits, ELSEWHERE, "els_new")


@pytest.mark.parametrize("name", ["bootstrap", "init"])
async def test_a_flood_of_one_64_stops_at_one_networks_and_of_a_48_at_four(
    limits: CallLimits, name: str
) -> None:
    """A tunnel's /48 has 65,536 networks, so it is bound as a whole."""
    bound: NetworkBound = getattr(limits.bounds, name)
    for n in range(300):
        assert await handshake(limits, bound, ip_address(f"2001:db8:1::{n + 1:x}")) is None
    refused = await handshake(limits, bound, ip_address("2001:db8:1::ffff"))
    assert refused is not None
    assert refused.detail == name

    for n in range(900):
        assert await handshake(limits, bound, ip_address(f"2001:db8:1:{n + 1:x}::1")) is None
    refused = await handshake(limits, bound, ip_address("2001:db8:1:ffff::1"))
    assert refused is not None
    assert refused.detail == f"{name}_48"
    assert await handshake(limits, bound, ip_address("2001:db8:2::1")) is None


async def test_made_up_businesses_are_bound_by_48_too(limits: CallLimits) -> None:
    """Each would be looked up."""
    bound = limits.bounds.bootstrap
    for n in range(1_200):
        address = ip_address(f"2001:db8:1:{n:x}::1")
        assert await handshake(limits, bound, address, "bus_0000000000000000") is None
    refused = await handshake(
        limits, bound, ip_address("2001:db8:1:ffff::1"), "bus_0000000000000000"
    )
    assert refused is not None


async def test_a_sale_day_of_24000_guests_a_minute_passes_and_no_more(limits: CallLimits) -> None:
    """Each network with a few; the other shop has its own."""
    crowd = addresses()
    for address in (next(crowd) for _ in range(8_000)):
        for _ in range(3):
            assert await guest(limits, address) is None

    refused = await guest(limits, next(crowd))
    assert refused is not None
    assert (refused.detail, refused.event) == ("guests", SecurityEvent.GUESTS_LIMITED)
    assert await guest(limits, next(crowd), OTHER) is None


async def test_a_flood_of_few_networks_is_refused_and_no_customer_with_it(
    limits: CallLimits, clock: MovableClock
) -> None:
    """A carrier's address, which brings many guests, has 30 a minute while the flood lasts."""
    crowd = addresses()
    bots = [next(crowd) for _ in range(20)]
    for bot in bots:
        for _ in range(300):
            assert await guest(limits, bot) is None
    clock.ahead_ms += 1_000
    for bot in bots:
        for _ in range(5):
            refused = await guest(limits, bot)
            assert refused is not None
    for _ in range(30):
        assert await guest(limits, CARRIER) is None

    refused = await guest(limits, CARRIER)

    assert refused is not None
    assert (refused.detail, refused.event) == ("guests_network", SecurityEvent.GUESTS_LIMITED)
    for _ in range(1_000):
        assert await guest(limits, next(crowd)) is None
    clock.ahead_ms += 61_000
    for _ in range(100):
        assert await guest(limits, CARRIER) is None


async def test_what_one_bound_refuses_no_bound_counts(limits: CallLimits) -> None:
    """Guests that a flooded shop refuses leave their network its calls."""
    crowd = addresses()
    for _ in range(24_000):
        assert await guest(limits, next(crowd)) is None
    for _ in range(1_000):
        refused = await guest(limits, CARRIER)
        assert refused is not None
    for _ in range(300):
        assert await handshake(limits, limits.bounds.bootstrap, CARRIER) is None
