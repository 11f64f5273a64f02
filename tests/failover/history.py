"""What every caller of a session did and heard, and whether the refresh rule can explain it.

The store is a plain model of the refresh rule (`refresh_model.py`), and these are its rules:

1. *One order.* Every answered call took effect once, at one moment between its start and its end,
   and its outcome is what the model says at that moment. A call without an answer took effect at
   any time after its start, often, or never, since clients and Redis clients send again. So may
   a call that a failover overlaps, or a break of connections to Redis, have taken effect before
   the one that was answered.
2. *A prefix is kept.* At one moment of each failover the store goes back to an earlier state of
   this very order. No call that had ended when the replica was cut off is lost. What the old
   primary still answers until the failover has ended changes nothing at the new one.
3. *One successor.* A generation has one successor token, whoever got it, and however often.
4. *Who was told refuses.* From when a process has heard of a revocation it grants nothing. It may
   refuse what the store would grant, and then the session is ended in the store, too.
5. *Tokens come from the bridge.* A generation is spent once it was handed out, and not before.
6. *Honest clients stay.* Where nobody stole and nobody revoked, no call is refused.

Rule 1 is searched for as Wing and Gong do (1993), for each session alone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from link_kernel.sessions.outcomes import RotateOutcome
from tests.link_kernel.sessions.refresh_model import Model

GRANTED = {RotateOutcome.ROTATED, RotateOutcome.REPLAYED, RotateOutcome.RECOVERED}
_KEPT_KEYS = 6


@dataclass(frozen=True)
class Call:
    """One call of a client; `outcome` is `None` where no answer came that decides."""

    kind: Literal["refresh", "revoke"]
    process: int
    start: float
    end: float
    outcome: RotateOutcome | None
    generation: int = 0
    key: str = ""
    successor: str = ""
    is_honest: bool = True


@dataclass(frozen=True)
class Failover:
    """A failover: the replica was cut off at `cut`, and took over between `start` and `end`."""

    cut: float
    start: float
    end: float


@dataclass(frozen=True)
class Break:
    """A moment when the bridges lost connections to Redis, and sent what was under way again."""

    start: float
    end: float


@dataclass
class SessionHistory:
    """The calls of one session, and since when which process knows that it was revoked."""

    calls: list[Call] = field(default_factory=list)
    told: dict[int, float] = field(default_factory=dict)


def faults(
    history: SessionHistory, failovers: Sequence[Failover] = (), breaks: Sequence[Break] = ()
) -> list[str]:
    """Return the rules that a history breaks, each with what breaks it; empty for a good one."""
    found = [
        *_second_successors(history),
        *_granted_though_told(history),
        *_made_up(history),
        *_honest_refused(history),
    ]
    if not _Search(history.calls, failovers, breaks).finds_an_order():
        told = "\n".join(f"  {call}" for call in sorted(history.calls, key=lambda one: one.start))
        found.append(f"no order of these calls follows the refresh rule:\n{told}")
    return found


def _second_successors(history: SessionHistory) -> Iterator[str]:
    first: dict[int, str] = {}
    for call in history.calls:
        if call.outcome in GRANTED and first.setdefault(call.generation, call.successor) != (
            call.successor
        ):
            yield f"generation {call.generation} has two successors: {call}"


def _granted_though_told(history: SessionHistory) -> Iterator[str]:
    for call in history.calls:
        if call.outcome in GRANTED and call.start > history.told.get(call.process, math.inf):
            yield f"a process that knew of the revocation granted: {call}"


def _made_up(history: SessionHistory) -> Iterator[str]:
    handed_out = {0: -math.inf}
    for call in history.calls:
        if call.outcome in GRANTED:
            earlier = handed_out.get(call.generation + 1, math.inf)
            handed_out[call.generation + 1] = min(call.start, earlier)
    for call in history.calls:
        if call.outcome in GRANTED and call.end < handed_out.get(call.generation, math.inf):
            yield f"a token that nobody was given was taken: {call}"


def _honest_refused(history: SessionHistory) -> Iterator[str]:
    if all(call.is_honest and call.kind == "refresh" for call in history.calls):
        for call in history.calls:
            if call.outcome is not None and call.outcome not in GRANTED:
                yield f"an honest client was refused: {call}"


class _State(NamedTuple):
    """What the store holds of a session."""

    generation: int = 0
    made_by: str = "init"
    spent: frozenset[tuple[int, str]] = frozenset()
    is_ended: bool = False

    def after(self, call: Call) -> "tuple[RotateOutcome, _State]":
        """Return the outcome of a call in this state, and the next state."""
        if call.kind == "revoke":
            return RotateOutcome.REVOKED, self._replace(is_ended=True)
        model = Model(
            generation=self.generation,
            made_by=self.made_by,
            ended=self.is_ended,
            spent=dict(self.spent),
        )
        outcome = model.expect(call.generation, call.key)
        kept = {one for one in model.spent.items() if one[0] >= model.generation - _KEPT_KEYS}
        return outcome, _State(model.generation, model.made_by, frozenset(kept), model.ended)


class _Store(NamedTuple):
    """The states of the primary in order, each with when the call that made it ended.

    `old` is the state of a primary that was replaced, while it may still answer.
    """

    path: tuple[tuple[float, _State], ...] = ((-math.inf, _State()),)
    old: _State | None = None

    @property
    def now(self) -> _State:
        return self.path[-1][1]

    def then(self, ended_at: float, *states: _State) -> "_Store":
        """Return the store after a call; a state that stays the same is none of its own."""
        path = self.path
        for state in states:
            if state != path[-1][1]:
                path = (*path, (ended_at, state))
        return self._replace(path=path)

    def after(self, failover: Failover) -> "Iterator[_Store]":
        """Yield what the store may be after a failover: that of each state it may go back to."""
        for kept in range(len(self.path), 0, -1):
            yield _Store(self.path[:kept], old=self.now)
            if self.path[kept - 1][0] < failover.cut:  # the replica had it
                return


class _Search:
    """Looks for an order of calls and failovers that the rules allow."""

    def __init__(
        self, calls: Sequence[Call], failovers: Sequence[Failover], breaks: Sequence[Break]
    ) -> None:
        answered = [call for call in calls if call.outcome is not None]
        self._events: list[Call | Failover] = sorted(
            [*answered, *failovers], key=lambda event: event.start
        )
        # Many tries of one refresh without an answer are as good as one.
        loose: dict[tuple[str, int, str], Call] = {}
        sent_twice: Sequence[Failover | Break] = (*failovers, *breaks)
        for call in sorted(calls, key=lambda one: one.start):
            if call.outcome is None or any(_overlap(call, one) for one in sent_twice):
                loose.setdefault((call.kind, call.generation, call.key), call)
        self._loose = list(loose.values())
        ends = (call.start for call in calls if _may_end(call))
        self._revocable_from = min(ends, default=math.inf)
        self._seen: set[tuple[int, _Store]] = set()

    def finds_an_order(self) -> bool:
        """Tell whether there is one; depth first, in the order of the calls' starts."""
        waiting = [(self._everything, _Store())]
        while waiting:
            left, store = waiting.pop()
            if not left:
                return True
            if (left, store) not in self._seen:
                self._seen.add((left, store))
                waiting += reversed(list(self._steps(left, store)))
        return False

    @cached_property
    def _everything(self) -> int:
        return (1 << len(self._events)) - 1

    def _steps(self, left: int, store: _Store) -> Iterator[tuple[int, _Store]]:
        """Yield what is left, and the store, after each event that may come next."""
        remaining = [(at, event) for at, event in enumerate(self._events) if left >> at & 1]
        first_end = min(event.end for _, event in remaining)
        for at, event in remaining:
            if event.start <= first_end:
                for after in self._apply(event, store):
                    yield left & ~(1 << at), after
        for call in self._loose:
            _, state = store.now.after(call)
            if call.start <= first_end and state != store.now:
                yield left, store.then(math.inf, state)

    def _apply(self, event: Call | Failover, store: _Store) -> Iterator[_Store]:
        if isinstance(event, Failover):
            yield from store.after(event)
            return
        outcome, state = store.now.after(event)
        if _fits(event, outcome):
            yield store.then(event.end, state)
        if event.outcome is RotateOutcome.REVOKED and event.end >= self._revocable_from:
            # The process knew better than the store, and ended it there.
            yield store.then(event.end, state, state._replace(is_ended=True))
        if store.old is not None:
            outcome, old = store.old.after(event)
            if _fits(event, outcome) and self._may_ask_old(event):
                yield store._replace(old=old)

    def _may_ask_old(self, call: Call) -> bool:
        return any(_overlap(call, event) for event in self._events if isinstance(event, Failover))


def _fits(call: Call, outcome: RotateOutcome) -> bool:
    """Tell whether a call may be answered so; the very call of a reuse hears of it again."""
    if call.outcome is RotateOutcome.REUSED:
        return outcome in {RotateOutcome.REUSED, RotateOutcome.REVOKED}
    return call.outcome is outcome


def _may_end(call: Call) -> bool:
    """Tell whether a process may know of a revocation by this call."""
    is_unknown_theft = call.outcome is None and not call.is_honest
    return call.kind == "revoke" or call.outcome is RotateOutcome.REUSED or is_unknown_theft


def _overlap(call: Call, other: Failover | Break) -> bool:
    return call.start <= other.end and other.start <= call.end
