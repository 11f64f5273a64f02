"""Random interleavings against the real script and a plain model of the refresh rule.

One honest frame, one thief who may copy the frame's token at any time, a network that loses answers
and repeats requests, a logout and a clock. What must always hold: never two live tokens, an honest
frame is never logged out while nobody stole from it, however late its requests come again, and
theft ends the session at the first collision, or by the logout of a frame that was overtaken.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TypeVar

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
from redis.typing import EncodableT

from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.outcomes import CreateOutcome, RotateOutcome
from link_kernel.sessions.records import Identity, NewElementsSession, SessionKey
from link_kernel.sessions.store import SessionBounds, SessionStore
from tests.link_kernel.sessions.refresh_model import LIFETIMES, MINUTE_MS, Holder, Model
from tests.support.servers.topologies import RedisServer, open_client
from tests.support.time_machine import MovableClock, TimeMachine

SUCCESS = {RotateOutcome.ROTATED, RotateOutcome.REPLAYED, RotateOutcome.RECOVERED}
VERSION = 1

T = TypeVar("T")


class RotationMachine(RuleBasedStateMachine):
    """The real script beside the model."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = AsyncExitStack()
        self.redis = self.run(self.opened.enter_async_context(open_client(self.server.url)))
        self.store = SessionStore(self.redis, SessionBounds(rotations=10_000))
        self.time = TimeMachine(MovableClock(), self.redis)
        self.model = Model()
        self.frame = Holder(0)
        self.thief: Holder | None = None
        self.past: list[Holder] = []
        self.thief_has_key = False
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
            self.frame_receives()
        self.end_if_overtaken(outcome)
        if not (self.stolen_while_live or self.logged_out or expired):
            assert outcome in SUCCESS, "an honest frame was logged out"

    @rule(times=st.integers(1, 3))
    def network_repeats(self, times: int) -> None:
        """The browser or the Redis client retries the same request."""
        outcomes = [self.present(self.frame) for _ in range(times + 1)]
        if outcomes[0] in SUCCESS:
            assert set(outcomes[1:]) == {RotateOutcome.REPLAYED}
            assert self.model.generation == self.frame.generation + 1
            self.frame_receives()
        self.end_if_overtaken(outcomes[0])

    def frame_receives(self) -> None:
        """The frame moves on; a replica or gateway may still hold its request."""
        self.past.append(replace(self.frame))
        self.frame.receive()

    def end_if_overtaken(self, outcome: RotateOutcome) -> None:
        """A frame that holds no newer token than a superseded one was robbed: it logs out."""
        if outcome is RotateOutcome.SUPERSEDED:
            assert self.stolen_while_live
            self.logout()

    @precondition(lambda self: self.past)
    @rule(back=st.integers(1, 4))
    def a_repeat_comes_late(self, back: int) -> None:
        """A request of the frame arrives again after its answer: it ends nothing."""
        expired = self.model.idle_left <= 0 or self.model.life_left <= 0
        outcome = self.present(self.past[-min(back, len(self.past))])
        if not (self.stolen_while_live or self.logged_out or expired):
            assert outcome in {RotateOutcome.REPLAYED, RotateOutcome.SUPERSEDED}
            assert not self.model.ended

    @precondition(lambda self: self.thief is None)
    @rule()
    def thief_copies_the_token(self) -> None:
        """A thief copies the frame's current token, but not its next idempotency key."""
        self.thief = Holder(self.frame.generation)

    @precondition(lambda self: self.thief is None)
    @rule()
    def thief_mirrors_the_request(self) -> None:
        """A thief has the frame's whole next request, its key too, and may run ahead with it."""
        self.thief = replace(self.frame)
        self.thief_has_key = True

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
            caught = {RotateOutcome.REUSED, RotateOutcome.REVOKED, RotateOutcome.EXPIRED}
            late = {RotateOutcome.SUPERSEDED} if self.thief_has_key else set()
            assert outcome in caught | late
        if outcome in SUCCESS and answer_arrives:
            self.thief.receive()

    @precondition(lambda self: not self.model.ended and self.thief is None)
    @rule()
    def redis_fails_over(self) -> None:
        """A replica without the last rotation takes over; no honest frame is harmed by that."""
        self.model.lose_a_write()
        self.past.clear()  # the key of the lost rotation went with it
        key = redis_keys.elements_session(self.address.partition, self.address.session_id)
        fallen_back: dict[EncodableT, EncodableT] = {
            "generation": self.model.generation,
            "key_hash": self.model.made_by,
        }
        if self.run(self.redis.exists(key)):
            slots = [f"spent_{slot}" for slot in range(4)]
            self.run(self.redis.hdel(key, *slots))
            for spent in self.model.late_repeats:
                if spent in self.model.spent:
                    fallen_back[f"spent_{spent % 4}"] = self.model.spent[spent][:16]
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
        self.run(self.opened.aclose())
        self.runner.close()


def test_random_interleavings_follow_the_rule(redis_server: RedisServer) -> None:
    """Never two live tokens, no honest frame logged out, theft caught at the first collision."""
    RotationMachine.server = redis_server
    run_state_machine_as_test(
        RotationMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
