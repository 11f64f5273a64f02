"""The store of one-time codes: every script safe to send twice, and the bounds as a whole."""

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from link_api.auth import redis_keys as own
from link_api.auth.records import CodeBounds, NewCode, PresentedCode, VerifyCodeOutcome
from link_api.auth.storage import RedisCodes
from link_kernel.limits.limit import Limit
from tests.support.time_machine import MovableClock, TimeMachine

SECOND = 1000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
SLACK = 4 * SECOND
"""How much real time a test may take; every wait below is a multiple of more than that."""

CONTACT = "c" * 64
CALLS = count()


@pytest.fixture
def codes(redis: Redis) -> RedisCodes:
    """The store with the bounds of the contract."""
    return RedisCodes(redis, CodeBounds())


def a_code(code_mac: str = "right", network: str = "n" * 64, binding: str = "") -> NewCode:
    """A code of its own id."""
    return NewCode(f"id{next(CALLS)}", CONTACT, binding, code_mac, network)


def presented(code_mac: str = "right", key_hash: str = "key", binding: str = "") -> PresentedCode:
    """A call of its own."""
    return PresentedCode(f"call{next(CALLS)}", CONTACT, binding, code_mac, key_hash)


async def test_opening_a_code_twice_opens_it_once(codes: RedisCodes, redis: Redis) -> None:
    """The driver resends a command whose reply was lost; it counts once and is not refused."""
    code = a_code()

    for _ in range(2):
        assert await codes.open(code) is None
    assert await redis.zcard(own.codes_sent(CONTACT)) == 1
    assert await codes.open(a_code()) is not None


async def test_a_resent_opening_does_not_bring_a_spent_code_back(codes: RedisCodes) -> None:
    """However late the resent command arrives."""
    code = a_code()
    await codes.open(code)
    await codes.spend(presented())
    await codes.open(code)

    assert await codes.spend(presented(key_hash="other")) == (VerifyCodeOutcome.EXPIRED, "")


async def test_a_refused_opening_leaves_the_open_code_alone(codes: RedisCodes) -> None:
    """Asking too often does not take the code away that is on its way."""
    await codes.open(a_code())
    await codes.open(a_code("newer"))

    assert (await codes.spend(presented()))[0] is VerifyCodeOutcome.ACCEPTED


async def test_a_wrong_try_sent_twice_counts_once(codes: RedisCodes) -> None:
    """Five different calls burn the code, however often each was sent."""
    await codes.open(a_code())
    for _ in range(5):
        call = presented("wrong")
        for _ in range(3):
            assert await codes.spend(call) == (VerifyCodeOutcome.INVALID, "")

    for _ in range(2):
        assert await codes.spend(presented()) == (VerifyCodeOutcome.EXHAUSTED, "")


async def test_a_right_code_sent_twice_is_accepted_twice(codes: RedisCodes) -> None:
    """With the same id, from which the session's is made."""
    code = a_code()
    await codes.open(code)
    call = presented()

    assert (
        await codes.spend(call) == await codes.spend(call) == (VerifyCodeOutcome.ACCEPTED, code.id)
    )
    assert await codes.spend(presented("other")) == (VerifyCodeOutcome.KEY_REUSED, code.id)


async def test_admitting_a_contact_twice_counts_it_once(codes: RedisCodes, redis: Redis) -> None:
    """Twenty contacts are twenty, however often each was asked for."""
    for step in range(20):
        for _ in range(2):
            assert await codes.admit_contact("n", f"c{step}") is None

    assert await redis.zcard(own.contacts_asked("n")) == 20
    full = await codes.admit_contact("n", "c20")
    assert full is not None
    assert full.limit == Limit("otp_contacts", 20, 3600)
    assert await codes.admit_contact("n", "c7") is None


@dataclass
class Reference:
    """The bounds of docs/protocol.md#limits once more, as plainly as can be (in seconds)."""

    sent: list[tuple[int, str]] = field(default_factory=list)
    proved_at: int = -(10**9)

    def wait(self, now: int, network: str) -> int:
        """Return how long this network has to wait for a code, 0 for not at all."""
        day = [(at, by) for at, by in self.sent if at > now - 86_400]
        here = [at for at, by in day if by == network]
        free = [now]
        if day:
            unanswered = max(1, sum(at > self.proved_at for at, _ in day))
            free.append(day[-1][0] + min(30 * 2 ** (unanswered - 1), 3600))
        if len(here) >= 5:
            free.append(here[-5] + 3600)
        if len(here) >= 10:
            free.append(here[-10] + 86_400)
        if len(day) >= 20:
            free.append(day[-20][0] + 86_400)
        return max(free) - now


STEPS = st.tuples(
    st.sampled_from((0, 10, 30, 60, 120, 240, 480, 1800, 3600, 7200, 21_600)),
    st.sampled_from("abc"),
    st.booleans(),
)


@given(steps=st.lists(STEPS, min_size=1, max_size=40))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_bounds_are_those_of_the_contract(
    redis: Redis, steps: list[tuple[int, str, bool]]
) -> None:
    """Whatever is asked from wherever, whenever; and the wait that is told is the wait there is."""
    await redis.flushall()
    codes, machine = RedisCodes(redis, CodeBounds()), TimeMachine(MovableClock(), redis)
    reference, now = Reference(), 0
    for pause, network, prove in steps:
        now += pause
        await machine.forward(pause * SECOND)
        wait = reference.wait(now, network) * SECOND
        full = await codes.open(a_code(network=network))
        assert (full is not None) is (wait > 0)
        if full is not None:
            assert wait - SLACK <= full.wait_ms <= wait <= full.limit.window_s * SECOND
            continue
        reference.sent.append((now, network))
        if prove:
            assert (await codes.spend(presented(key_hash=f"k{now}")))[
                0
            ] is VerifyCodeOutcome.ACCEPTED
            reference.proved_at = now


async def test_waiting_as_told_is_enough(codes: RedisCodes, redis: Redis) -> None:
    """A patient customer gets twenty codes a day and never meets a second refusal."""
    machine = TimeMachine(MovableClock(), redis)
    for step in range(25):
        network = f"{step // 4:064}"
        full = await codes.open(a_code(network=network))
        if full is not None:
            await machine.forward(full.wait_ms)
            full = await codes.open(a_code(network=network))
        assert full is None
    assert machine.clock.ahead_ms > DAY
