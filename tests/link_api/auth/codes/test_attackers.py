"""Attackers with many networks against an owner: random, with real addresses, through the service.

The owner, on a known network that no attacker shares and with fewer than ten unused codes that day,
gets a code within 60 seconds and the right entry is taken. No contact is guessed at more than 300
times a day nor sent more than five messages a minute, whoever attacks, and whatever is set.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from link_api.auth.codes import redis_keys
from link_api.auth.codes.records import CodeBounds
from link_api.auth.codes.service import OneTimeCodes
from link_api.auth.codes.storage import RedisCodes
from link_api.auth.codes.unproved import RedisUnproved
from link_api.auth.records import Caller, CodeAsker, CodeBinding
from link_api.reserved.contacts import ReservedContacts
from link_api.spelling.contacts import Contact
from link_kernel.errors import ApiError, OtpInvalid, RateLimited
from link_kernel.ids import new_id
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog
from tests.support.clients.link_client import Outbox, new_key, wrong
from tests.support.time_machine import MovableClock, TimeMachine

MINUTE, DAY = 60, 86_400
CONTACT = Contact("phone", "+233241234567")
SHOPS = [CodeBinding("bus_a", "https://a.example"), CodeBinding("bus_b", "https://b.example")]
HOME = Caller(ip_address("192.0.2.7"), "browser", "")
ATTACKERS = [
    *(Caller(ip_address(f"198.51.{step}.{step}"), "bot", "") for step in range(40)),
    *(Caller(ip_address(f"2001:db8:{step:x}:{step:x}::1"), "bot", "") for step in range(40)),
    *(Caller(ip_address(f"2001:db8:f:{step:x}::1"), "bot", "") for step in range(40)),
]

ACTS = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 0, 30, 30, 60, 300, 600, 4800, 40_000)),
        st.sampled_from(("ask", "ask", "flood", "storm", "guess", "sign in", "waste")),
        st.integers(0, len(ATTACKERS) - 1),
        st.sampled_from(SHOPS),
    ),
    min_size=5,
    max_size=30,
)
SETTINGS = st.builds(
    CodeBounds,
    tries=st.sampled_from((1, 2, 5, 5, 10)),
    known_daily=st.sampled_from((10, 1000)),
    stranger_hourly=st.sampled_from((1, 5, 1000)),
    strangers_at_once=st.sampled_from((1, 5, 20, 21, 100, 1000)),
)


@dataclass
class Field:
    """One contact under attack: what was sent, what was guessed, and when (seconds)."""

    service: OneTimeCodes
    outbox: Outbox
    machine: TimeMachine
    bounds: CodeBounds
    now: int = 0
    sent: list[int] = field(default_factory=list)
    guessed: list[int] = field(default_factory=list)
    unused: list[int] = field(default_factory=list)

    async def forward(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds
        await self.machine.forward(seconds * 1000)

    async def ask(self, asker: CodeAsker, caller: Caller) -> str:
        """Have a code sent; return it."""
        await self.service.request(CONTACT, asker, caller, None)
        self.sent.append(self.now)
        assert sum(at > self.now - MINUTE for at in self.sent) <= 5
        return self.outbox.code

    async def guess(self, asker: CodeAsker, caller: Caller, times: int) -> None:
        """Enter codes that are wrong; each may be compared with two."""
        code = wrong(self.outbox.code) if self.outbox.sent else "000000"
        for _ in range(times):
            try:
                await self.service.spend(CONTACT, asker, code, caller=caller, key_hash=new_key())
            except OtpInvalid:
                self.guessed.append(self.now)
            except ApiError:
                return

    async def attack(self, act: str, caller: Caller, shop: CodeBinding) -> None:
        """Ask once, or ask and guess with many networks, at once or one by one, or guess alone."""
        if act == "storm":
            for each in ATTACKERS[::15]:
                await self.attack("ask", each, shop)
                await self.forward(30)
            return
        asker = CodeAsker(shop, new_id("els"))
        if act == "guess":
            await self.guess(asker, caller, 20)
            return
        for each in ATTACKERS[::10] if act == "flood" else [caller]:
            try:
                await self.ask(asker, each)
            except RateLimited:
                continue
            await self.guess(asker, each, self.bounds.tries + 1)

    async def owner(self, shop: CodeBinding, *, uses_it: bool) -> None:
        """Ask at home, by a frame of its own; wait as told, no more than a minute; enter it."""
        self.unused = [at for at in self.unused if at > self.now - DAY]
        if len(self.unused) >= 10:
            return
        asker = CodeAsker(shop, new_id("els"))
        code, wait_s = "", 0
        try:
            code = await self.ask(asker, HOME)
        except RateLimited as refused:
            wait_s = refused.retry_after_s or 0
        if not code:
            assert 0 < wait_s <= 60
            await self.forward(wait_s)
            code = await self.ask(asker, HOME)
        if not uses_it:
            self.unused.append(self.now)
            return
        await self.guess(asker, HOME, min(2, self.bounds.tries - 1))  # typing errors
        await self.attack("flood", ATTACKERS[0], shop)
        await self.service.spend(CONTACT, asker, code, caller=HOME, key_hash=new_key())


def a_field(redis: Redis, bounds: CodeBounds | None = None) -> Field:
    """A contact of which nothing is known."""
    bounds, outbox = bounds or CodeBounds(), Outbox()
    service = OneTimeCodes(
        RedisCodes(redis, bounds),
        RedisUnproved(redis, bounds, SecurityLog(Metrics())),
        outbox,
        SecretRing({1: b"s" * 32}, active=1),
        {"GH"},
        ReservedContacts("live"),
        "en",
    )
    return Field(service, outbox, TimeMachine(MovableClock(), redis), bounds)


@given(acts=ACTS, bounds=SETTINGS)
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_attacker_keeps_an_owner_out(
    redis: Redis, acts: list[tuple[int, str, int, CodeBinding]], bounds: CodeBounds
) -> None:
    """Whatever is asked and guessed from wherever, in whatever order, and whatever is set."""
    await redis.flushall()
    here = a_field(redis, bounds)
    await here.owner(SHOPS[0], uses_it=True)
    for pause, act, attacker, shop in acts:
        await here.forward(pause)
        if act in {"sign in", "waste"}:
            await here.owner(shop, uses_it=act == "sign in")
        else:
            await here.attack(act, ATTACKERS[attacker], shop)
        day = [at for at in here.guessed if at > here.now - DAY]
        [key] = [key async for key in redis.scan_iter(redis_keys.wrong_tries("*"))] or [""]
        compared = await redis.zcard(key)
        assert len(day) <= compared <= 300


async def test_all_of_a_day_used_up_is_fewer_than_300_guesses(redis: Redis) -> None:
    """Every message that there is, every try of it, all day; and the owner signs in at the end."""
    here = a_field(redis)
    await here.owner(SHOPS[0], uses_it=True)
    for step in range(24 * 60 // 20):
        shop = SHOPS[step % 2]
        for attacker in ATTACKERS[step % 10 :: 10]:
            await here.attack("ask", attacker, shop)
        await here.attack("guess", ATTACKERS[step], shop)
        await here.forward(20 * MINUTE)
        if step % 3 == 0:
            await here.owner(shop, uses_it=True)
    assert 150 < len(here.guessed) <= 300
    await here.owner(SHOPS[0], uses_it=True)


@pytest.mark.parametrize(("strangers", "tries"), [(5, 10), (20, 5), (1000, 5), (1000, 10)])
async def test_at_any_setting_an_owner_has_its_ten_messages_with_all_their_tries(
    redis: Redis, strangers: int, tries: int
) -> None:
    """Strangers used up, all day, whatever is theirs; then each try of the owner counts."""
    bounds = CodeBounds(strangers_at_once=strangers, stranger_hourly=1000, tries=tries)
    here = a_field(redis, bounds)
    await here.owner(SHOPS[0], uses_it=True)
    for step in range(18):
        await here.attack("storm", ATTACKERS[step], SHOPS[step % 2])
        await here.attack("guess", ATTACKERS[step], SHOPS[step % 2])
        await here.forward(65 * MINUTE)
    for _ in range(10):
        asker = CodeAsker(SHOPS[0], new_id("els"))
        code = await here.ask(asker, HOME)
        await here.guess(asker, HOME, tries - 1)
        await here.forward(2 * MINUTE)
    await here.service.spend(CONTACT, asker, code, caller=HOME, key_hash=new_key())


async def test_strangers_use_up_no_more_than_100_of_the_300(redis: Redis) -> None:
    """An owner who signs in all day has as many codes; those who asked for none try each."""
    here = a_field(redis)
    for _ in range(60):
        asker = CodeAsker(SHOPS[0], new_id("els"))
        code = await here.ask(asker, HOME)
        await here.guess(CodeAsker(SHOPS[0], new_id("els")), ATTACKERS[0], 10)
        await here.service.spend(CONTACT, asker, code, caller=HOME, key_hash=new_key())
        await here.forward(10 * MINUTE)
    assert len(here.guessed) == 100
