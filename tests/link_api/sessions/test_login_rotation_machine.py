"""Random interleavings of a login's refreshes against the real script and a plain model.

One cookie jar with several tabs, one holder by body, and thieves who copied a cookie or a body's
token. What must always hold: no refresh by cookie ends a login or is refused while it lives, and by
body a spent token with another key ends it.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeVar
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from link_api.auth.records import Caller, NewLinkSession, PresentedRefresh, RotateLinkOutcome
from link_api.auth.storage import RedisLinkSessions
from link_api.customers.service import Customer
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.store import SessionStore
from tests.support.servers.topologies import RedisServer, open_client

OWNER = Caller(ip_address("198.51.100.1"), "browser", "https://shop.example")
GRANTED = {RotateLinkOutcome.ROTATED, RotateLinkOutcome.REPLAYED, RotateLinkOutcome.RECOVERED}
T = TypeVar("T")


@dataclass
class Model:
    """The rows of the refresh rule for a login, without Redis."""

    generation: int = 0
    made_by: str = "login"
    ended: bool = False
    kept: dict[int, str] = field(default_factory=dict)

    def expect(self, generation: int, key: str, *, by_cookie: bool) -> RotateLinkOutcome:
        """Return the expected outcome of a refresh, and update the model."""
        if self.ended:
            return RotateLinkOutcome.ENDED
        outcome = (self._by_cookie if by_cookie else self._by_body)(generation, key)
        if outcome in {RotateLinkOutcome.ROTATED, RotateLinkOutcome.RECOVERED}:
            self._rotate(max(generation, self.generation), key)
        self.ended = outcome is RotateLinkOutcome.REUSED
        return outcome

    def _rotate(self, spent: int, key: str) -> None:
        """Keep the keys of the four generations before the last one spent, by generation mod 4."""
        if self.generation:
            self.kept[(self.generation - 1) % 4] = self.made_by
        for lost in range(max(self.generation, spent - 4), spent):
            self.kept.pop(lost % 4, None)
        self.generation, self.made_by = spent + 1, key

    def _by_cookie(self, generation: int, key: str) -> RotateLinkOutcome:
        if generation > self.generation:
            return RotateLinkOutcome.RECOVERED
        is_repeat = key == self.made_by
        return RotateLinkOutcome.REPLAYED if is_repeat else RotateLinkOutcome.ROTATED

    def _by_body(self, generation: int, key: str) -> RotateLinkOutcome:
        is_repeat = key == self.made_by
        if generation > self.generation:
            return RotateLinkOutcome.RECOVERED
        if generation == self.generation:
            return RotateLinkOutcome.KEY_REUSED if is_repeat else RotateLinkOutcome.ROTATED
        if generation == self.generation - 1 and is_repeat:
            return RotateLinkOutcome.REPLAYED
        is_recent = self.generation - 5 <= generation < self.generation - 1
        if is_recent and self.kept.get(generation % 4) == key:
            return RotateLinkOutcome.SUPERSEDED
        return RotateLinkOutcome.REUSED


class LoginMachine(RuleBasedStateMachine):
    """The real script beside the model."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = AsyncExitStack()
        self.redis = self.run(self.opened.enter_async_context(open_client(self.server.url)))
        self.sessions = RedisLinkSessions(self.redis)
        self.model = Model()
        self.cookie = self.copied = self.in_body = 0
        self.keys = ["login"]
        self.sent_in_body: list[tuple[int, str]] = []
        self.id, self.customer = new_id("lses"), Customer(new_id("cus"), new_id("acc"))

    def run(self, work: Awaitable[T]) -> T:
        """Run a coroutine on this machine's own event loop."""

        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    @initialize()
    def log_in(self) -> None:
        """A page logs in, and has the token in its cookie and in the answer's body."""
        new = NewLinkSession(self.id, self.customer, "a•••@example.com", "login", 1, OWNER)
        self.run(self.sessions.create(new))

    def present(self, generation: int, key: str, *, by_cookie: bool) -> RotateLinkOutcome:
        """Refresh on the real store; outcome and generation must be the model's."""
        expected = self.model.expect(generation, key, by_cookie=by_cookie)
        presented = PresentedRefresh(
            self.id, self.customer.id, generation, 1, key, by_cookie=by_cookie, caller=OWNER
        )
        found, session = self.run(self.sessions.rotate(presented))
        if expected is RotateLinkOutcome.ENDED and not by_cookie:
            # The very call that was a reuse hears it again.
            assert found in {RotateLinkOutcome.ENDED, RotateLinkOutcome.REUSED}
        else:
            assert found is expected
        if found in GRANTED:
            assert session is not None
            assert session.generation == self.model.generation
        return expected

    def new_key(self) -> str:
        """Make a key, which a later call may repeat."""
        self.keys.append(uuid4().hex)
        return self.keys[-1]

    @rule(tabs=st.integers(1, 4), answers=st.integers(0, 4))
    def tabs_refresh_at_once(self, tabs: int, answers: int) -> None:
        """They read one cookie; some answers reach the jar, in any order."""
        lived, held = not self.model.ended, self.cookie
        for tab in range(tabs):
            outcome = self.present(held, self.new_key(), by_cookie=True)
            assert (outcome in GRANTED) == lived, "an honest tab was logged out"
            if tab == answers and lived:
                self.cookie = self.model.generation

    @rule(data=st.data())
    def a_tab_repeats(self, data: st.DataObject) -> None:
        """With any key of before, however late; nothing ends by it."""
        lived = not self.model.ended
        key = data.draw(st.sampled_from(self.keys))
        outcome = self.present(self.cookie, key, by_cookie=True)
        assert (outcome in GRANTED) == lived

    @rule()
    def thief_copies_the_cookie(self) -> None:
        """A copy of any generation stays worth the login."""
        self.copied = self.cookie

    @rule()
    def thief_uses_the_copy(self) -> None:
        """Outside a browser the origin is forged: granted as long as the login lives."""
        lived = not self.model.ended
        assert (self.present(self.copied, self.new_key(), by_cookie=True) in GRANTED) == lived

    @rule(answer_arrives=st.booleans(), is_repeat=st.booleans())
    def by_body(self, *, answer_arrives: bool, is_repeat: bool) -> None:
        """The strict rule: a spent token with another key is reuse, whoever spent it."""
        spent = not self.model.ended and self.in_body < self.model.generation
        key = self.keys[-1] if is_repeat else self.new_key()
        self.sent_in_body.append((self.in_body, key))
        outcome = self.present(self.in_body, key, by_cookie=False)
        if spent and not is_repeat:
            assert outcome is RotateLinkOutcome.REUSED
        if outcome in GRANTED and answer_arrives:
            self.in_body = self.model.generation

    @precondition(lambda self: self.sent_in_body)
    @rule(back=st.integers(1, 6))
    def a_body_comes_late(self, back: int) -> None:
        """A gateway that stood still delivers an old request once more."""
        generation, key = self.sent_in_body[-min(back, len(self.sent_in_body))]
        self.present(generation, key, by_cookie=False)

    @rule()
    def redis_fails_over(self) -> None:
        """A replica without the last rotation takes over."""
        stored = redis_keys.link_session(self.customer.id, self.id)
        if self.model.generation and self.run(self.redis.exists(stored)):
            self.model.generation -= 1
            self.run(self.redis.hset(stored, "generation", str(self.model.generation)))

    @rule()
    def logout(self) -> None:
        """It ends every copy."""
        self.run(SessionStore(self.redis).end_link_session(self.customer.id, self.id))
        self.model.ended = True

    def teardown(self) -> None:
        """Close this machine's connections and event loop."""
        self.run(self.opened.aclose())
        self.runner.close()


def test_no_interleaving_by_cookie_ends_a_login(redis_server: RedisServer) -> None:
    """And by body theft is caught at the first collision."""
    LoginMachine.server = redis_server
    run_state_machine_as_test(
        LoginMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
