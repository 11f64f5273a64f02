"""Random interleavings of asking for and entering codes: the real scripts beside a plain model.

What must always hold besides: no contact gets more than five messages in any minute, none is
guessed at more than 300 times in any day, and a resent command changes nothing.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from itertools import count
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from link_api.auth.codes.records import (
    CodeBounds,
    CodeCaller,
    CodePlace,
    CodeSeed,
    CountedAt,
    EnteredCode,
    EnterOutcome,
    Full,
)
from link_api.auth.codes.storage import RedisCodes
from tests.link_api.auth.codes.code_model import DAY, MINUTE, Model
from tests.support.servers.topologies import RedisServer, open_client
from tests.support.time_machine import MovableClock, TimeMachine

SLACK_MS = 8000
"""How much real time an example may take; all times below are multiples of more than that."""

T = TypeVar("T")
TRIED = {EnterOutcome.INVALID, EnterOutcome.EXHAUSTED}
CALLERS = st.builds(
    lambda network, tab: CodeCaller(f"{network}-{tab}", network, network[0]),
    st.sampled_from(("home", "hotel", "cafe", "mobile", "x1", "x2", "y1", "z1")),
    st.integers(1, 2),
)
BINDINGS = st.sampled_from(("shop", "other"))
ENDINGS = st.sampled_from(("sent", "sent", "refused", "failed"))
PAUSES = st.sampled_from((10, 30, 60, 120, 240, 300, 600, 3600, 4800, 7200, 86_400, 90 * DAY))


class CodeMachine(RuleBasedStateMachine):
    """The real scripts beside the model."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = AsyncExitStack()
        self.redis = self.run(self.opened.enter_async_context(open_client(self.server.url)))
        self.run(self.redis.flushall())
        self.codes = RedisCodes(self.redis, CodeBounds())
        self.machine = TimeMachine(MovableClock(), self.redis)
        self.model, self.now, self.numbers = Model(), 10**6, count()
        self.sent_to: list[int] = []

    def run(self, work: Awaitable[T]) -> T:
        """Run a coroutine on this machine's own event loop."""

        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    def place(self, binding: str) -> CodePlace:
        """The one contact of an example."""
        return CodePlace("c", binding)

    @initialize(is_known=st.booleans())
    def begin(self, *, is_known: bool) -> None:
        """The owner may have proved the contact at home, days ago."""
        if is_known:
            self.sign_in_again_and_again(CodeCaller("home-1", "home", "h"), "shop", 1)
            self.forward(3 * DAY)

    @rule(pause=PAUSES)
    def wait(self, pause: int) -> None:
        """Time passes."""
        self.forward(pause)

    def forward(self, pause: int) -> None:
        """Let seconds pass, here and in Redis."""
        self.now += pause
        self.run(self.machine.forward(pause * 1000))

    @rule(caller=CALLERS, binding=BINDINGS, sends=st.integers(1, 2), ending=ENDINGS)
    def ask(self, caller: CodeCaller, binding: str, sends: int, ending: str) -> None:
        """Another bound may refuse an unproved contact's message, or its sender may fail."""
        self.send(caller, binding, sends, ending)

    def send(self, caller: CodeCaller, binding: str, sends: int = 1, ending: str = "sent") -> None:
        """Ask on the real store: a message goes out as the model says, with its code."""
        call = f"call{next(self.numbers)}"
        new = CodeSeed(f"nonce{call}", 7)
        wait = self.model.wait(caller, self.now) * 1000
        replies = [
            self.run(self.codes.ask(self.place(binding), caller, call=call, new=new, held=[7]))
            for _ in range(sends)
        ]
        for reply in replies:
            if isinstance(reply, Full):
                assert wait - SLACK_MS <= reply.wait_ms <= wait, reply
            else:
                assert wait == 0, f"{wait} s were to wait"
        if wait:
            return
        code = self.model.ask(binding, caller, self.now, call=call, nonce=new.nonce)
        next_wait = self.model.wait(caller, self.now) * 1000
        is_proved = any(at + 90 * DAY > self.now for at in self.model.proved.values())
        left = (code.first + 600 - self.now) * 1000
        for reply in replies:
            assert not isinstance(reply, Full)
            assert reply.seed == CodeSeed(code.nonce, 7)
            assert left - SLACK_MS <= reply.expires_in_ms <= left
            assert next_wait - SLACK_MS <= reply.ask_again_in_ms <= next_wait
            assert reply.was_proved == is_proved
        if ending == "refused" and not is_proved:
            for _ in range(sends):
                self.run(self.codes.take_back(self.place(binding), call=call))
            self.model.take_back(binding, call)
            return
        if not is_proved:
            for _ in range(sends):
                place, at = self.place(binding), CountedAt(caller.network, caller.site)
                self.run(self.codes.give_tries(place, call=call, counted_at=at))
        self.sent_to.append(self.now)
        if ending == "failed":
            self.fail(binding, call, sends)

    def fail(self, binding: str, call: str, sends: int) -> None:
        """Give a message back whose sender failed."""
        for _ in range(sends):
            self.run(self.codes.return_unsent(self.place(binding), call=call))
        self.model.fail(binding, call)

    @rule(caller=CALLERS, binding=BINDINGS, times=st.integers(2, 11), wait=st.booleans())
    def ask_on_and_on(self, caller: CodeCaller, binding: str, times: int, *, wait: bool) -> None:
        """Waiting as told is enough, up to the bounds of an hour and a day."""
        for _ in range(times):
            if wait:
                self.forward(self.model.wait(caller, self.now))
            self.send(caller, binding)

    @rule(caller=CALLERS, binding=BINDINGS, times=st.integers(1, 7))
    def sign_in_again_and_again(self, caller: CodeCaller, binding: str, times: int) -> None:
        """Who proves the contact gets messages and wait back, up to five a minute."""
        for _ in range(times):
            self.send(caller, binding)
            codes = self.model.codes.get(binding, [])
            if codes:
                self.present(caller, binding, codes[-1].nonce, f"k{next(self.numbers)}", 1)

    @rule(caller=CALLERS, binding=BINDINGS, data=st.data(), sends=st.integers(1, 2))
    def enter(self, caller: CodeCaller, binding: str, data: st.DataObject, sends: int) -> None:
        """Any code that was ever sent under the binding, by a new key or one used before."""
        known = [code.nonce for code in self.model.codes.get(binding, [])]
        nonce = data.draw(st.sampled_from([*known[-3:], ""]))
        key = data.draw(st.sampled_from([*list(self.model.keys)[-2:], f"k{next(self.numbers)}"]))
        self.present(caller, binding, nonce, key, sends)

    @rule(caller=CALLERS, binding=BINDINGS, times=st.integers(1, 12))
    def guess(self, caller: CodeCaller, binding: str, times: int) -> None:
        """Wrong codes, many of them."""
        for _ in range(times):
            if self.present(caller, binding, "", f"k{next(self.numbers)}", 1) not in TRIED:
                break

    def present(
        self, caller: CodeCaller, binding: str, nonce: str, key: str, sends: int
    ) -> EnterOutcome:
        """Enter a code on the real store; the outcome must be the model's."""
        place, call = self.place(binding), f"call{next(self.numbers)}"
        expected = self.model.enter(binding, caller, self.now, nonce=nonce, key=key)
        compared = self.run(self.codes.seeds(place))
        right = next((seed for seed in compared if seed.nonce == nonce), None)
        entered = EnteredCode(call, key, right, compared)
        for _ in range(sends):
            found = self.run(self.codes.enter(place, caller, entered))
            assert found.outcome is expected
            accepted = found.outcome is EnterOutcome.ACCEPTED
            assert not accepted or found.seed == CodeSeed(nonce, 7)
        return expected

    @invariant()
    def at_most_five_messages_a_minute(self) -> None:
        """Whoever asked, and whatever was proved."""
        for at in self.sent_to[-6:]:
            assert sum(at <= other < at + MINUTE for other in self.sent_to[-12:]) <= 5

    @invariant()
    def at_most_300_guesses_a_day(self) -> None:
        """Over all codes, bindings and askers."""
        assert sum(at + DAY > self.now for at, _ in self.model.guesses) <= 300

    def teardown(self) -> None:
        """Close this machine's connections and event loop."""
        self.run(self.opened.aclose())
        self.runner.close()


def test_codes_follow_the_model(redis_server: RedisServer) -> None:
    """Whatever is asked, entered, resent and waited for, in whatever order."""
    CodeMachine.server = redis_server
    run_state_machine_as_test(
        CodeMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
