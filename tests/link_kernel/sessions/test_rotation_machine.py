"""Random interleavings against the real script and a plain model of the refresh rule.

One honest frame, one thief who may copy the frame's token at any time, a network that loses answers
and repeats requests, a logout and a clock. What must always hold: never two live tokens, an honest
frame is never logged out while nobody stole from it, and theft ends the session at the first
collision.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis
from redis.typing import EncodableT

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.outcomes import CreateOutcome, Lifetimes, RotateOutcome
from link_kernel.sessions.records import Identity, NewElementsSession, SessionKey
from link_kernel.sessions.store import SessionBounds, SessionStore
from tests.support.time_machine import MovableClock, TimeMachine

MINUTE_MS = 60_000
LIFETIMES = Lifetimes(idle_ms=10 * MINUTE_MS, absolute_ms=60 * MINUTE_MS)
SUCCESS = {RotateOutcome.ROTATED, RotateOutcome.REPLAYED, RotateOutcome.RECOVERED}
VERSION = 1

T = TypeVar("T")


@dataclass
class Holder:
    """A holder of a refresh token: the generation, and the idempotency key of the first try."""

    generation: int
    key: str = field(default_factory=lambda: uuid4().hex)

    def receive(self) -> None:
        """Store the successor token, and make a new idempotency key."""
        self.generation += 1
        self.key = uuid4().hex


@dataclass
class Model:
    """The refresh rule as a plain model, without Redis."""

    generation: int = 0
    made_by: str = "init"
    ended: bool = False
    idle_left: int = LIFETIMES.idle_ms
    life_left: int = LIFETIMES.absolute_ms
    before: tuple[int, str] = (0, "init")

    def expect(self, generation: int, key: str) -> RotateOutcome:  # noqa: PLR0911  # one return a row
        """Return the expected outcome of a refresh, and update the model."""
        if self.ended:
            return RotateOutcome.REVOKED
        if self.idle_left <= 0 or self.life_left <= 0:
            return RotateOutcome.EXPIRED
        if generation > self.generation:
            self._rotate(generation, key)
            return RotateOutcome.RECOVERED
        if generation == self.generation and key != self.made_by:
            self._rotate(generation, key)
            return RotateOutcome.ROTATED
        if generation == self.generation:
            return RotateOutcome.KEY_REUSED
        if generation == self.generation - 1 and key == self.made_by:
            return RotateOutcome.REPLAYED
        self.ended = True
        return RotateOutcome.REUSED

    def _rotate(self, generation: int, key: str) -> None:
        self.before = (self.generation, self.made_by)
        self.generation, self.made_by = generation + 1, key
        self.idle_left = min(LIFETIMES.idle_ms, self.life_left)

    def lose_a_write(self) -> None:
        """Restore the state before the last rotation, as a failover does."""
        self.generation, self.made_by = self.before


class RotationMachine(RuleBasedStateMachine):
    """The real script beside the model."""

    server: EmbeddedRedis

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis = Redis.from_url(self.server.url, decode_responses=True)
        self.store = SessionStore(self.redis, SessionBounds(rotations=10_000))
        self.time = TimeMachine(MovableClock(), self.redis)
        self.model = Model()
        self.frame = Holder(0)
        self.thief: Holder | None = None
        self.stolen_while_live = False
        self.logged_out = False
        self.address = SessionKey("", "")

    def run(self, work: Awaitable[T]) -> T:
        """Run a coroutine on this machine's own event loop."""

        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    @initialize()
    def init(self) -> None:
        """Create a guest's session; a repeated `init` gets the same one."""
        self.run(self.redis.flushall())
        session_id = new_id("els")
        new = NewElementsSession(
            session_id, Identity(), "bus_demo", "auth", "https://shop.example", VERSION
        )
        self.address = new.session_key
        for expected in (CreateOutcome.CREATED, CreateOutcome.REPEATED):
            found = self.run(
                self.store.create(new, lifetimes=LIFETIMES, key_hash="init", may_create=True)
            )
            assert found.outcome is expected

    def present(self, holder: Holder) -> RotateOutcome:
        """Refresh with a holder's token on the real store; the outcome must be the model's."""
        expected = self.model.expect(holder.generation, holder.key)
        found = self.run(
            self.store.rotate(
                self.address,
                generation=holder.generation,
                key_hash=holder.key,
                secret_version=VERSION,
            )
        )
        if expected is RotateOutcome.EXPIRED:  # the hash itself goes 15 minutes later
            assert found.outcome in {RotateOutcome.EXPIRED, RotateOutcome.MISSING}
        elif expected is RotateOutcome.REVOKED:
            assert found.outcome in {
                RotateOutcome.REVOKED,
                RotateOutcome.REUSED,
                RotateOutcome.MISSING,
            }
        else:
            assert found.outcome is expected
        return expected

    @rule(answer_arrives=st.booleans())
    def frame_refreshes(self, *, answer_arrives: bool) -> None:
        """The honest frame refreshes, or tries again with the same key."""
        expired = self.model.idle_left <= 0 or self.model.life_left <= 0
        outcome = self.present(self.frame)
        if outcome in SUCCESS and answer_arrives:
            self.frame.receive()
        if not (self.stolen_while_live or self.logged_out or expired):
            assert outcome in SUCCESS, "an honest frame was logged out"

    @rule(times=st.integers(1, 3))
    def network_repeats(self, times: int) -> None:
        """The browser or the Redis client retries the same request."""
        outcomes = [self.present(self.frame) for _ in range(times + 1)]
        if outcomes[0] in SUCCESS:
            assert set(outcomes[1:]) == {RotateOutcome.REPLAYED}
            assert self.model.generation == self.frame.generation + 1
            self.frame.receive()

    @precondition(lambda self: self.thief is None)
    @rule()
    def thief_copies_the_token(self) -> None:
        """A thief copies the frame's current token, but not its next idempotency key."""
        self.thief = Holder(self.frame.generation)

    @precondition(lambda self: self.thief is not None)
    @rule(answer_arrives=st.booleans())
    def thief_refreshes(self, *, answer_arrives: bool) -> None:
        """The thief refreshes with the stolen token."""
        assert self.thief is not None
        # What the frame will present next, or has presented: the other half of a collision.
        spent_by_frame = self.model.generation > self.thief.generation
        outcome = self.present(self.thief)
        self.stolen_while_live = self.stolen_while_live or outcome is not RotateOutcome.EXPIRED
        if spent_by_frame and self.model.made_by != self.thief.key:
            assert outcome in {RotateOutcome.REUSED, RotateOutcome.REVOKED, RotateOutcome.EXPIRED}
        if outcome in SUCCESS and answer_arrives:
            self.thief.receive()

    @precondition(lambda self: not self.model.ended and self.thief is None)
    @rule()
    def redis_fails_over(self) -> None:
        """A replica without the last rotation takes over; no honest frame is harmed by that."""
        self.model.lose_a_write()
        key = redis_keys.elements_session(self.address.partition, self.address.session_id)
        fallen_back: dict[EncodableT, EncodableT] = {
            "generation": self.model.generation,
            "key_hash": self.model.made_by,
        }
        if self.run(self.redis.exists(key)):
            self.run(self.redis.hset(key, mapping=fallen_back))

    @rule()
    def logout(self) -> None:
        """The customer logs out."""
        ended = self.run(self.store.end(self.address, reason="logout"))
        assert ended <= 1
        self.model.ended = self.logged_out = True

    @rule(minutes=st.sampled_from([1, 4, 9, 11]))
    def time_passes(self, minutes: int) -> None:
        """The clock moves."""
        self.run(self.time.forward(minutes * MINUTE_MS))
        self.model.idle_left -= minutes * MINUTE_MS
        self.model.life_left -= minutes * MINUTE_MS

    @invariant()
    def only_one_token_is_live(self) -> None:
        """The hash holds one generation; any other token is rejected or replays its successor."""
        key = redis_keys.elements_session(self.address.partition, self.address.session_id)
        generation, status = self.run(self.redis.hmget(key, ["generation", "status"]))
        if generation is not None:
            assert int(generation) == self.model.generation
            if self.model.ended and self.model.idle_left > 0:
                assert status == "revoked"

    def teardown(self) -> None:
        """Close this machine's connections and event loop."""
        self.run(self.redis.aclose())
        self.runner.close()


def test_random_interleavings_follow_the_rule(redis_server: EmbeddedRedis) -> None:
    """Never two live tokens, no honest frame logged out, theft caught at the first collision."""
    RotationMachine.server = redis_server
    run_state_machine_as_test(
        RotationMachine,
        settings=settings(
            max_examples=100,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
