"""The codes of one contact once more, in plain Python and seconds: what the scripts must decide."""

from dataclasses import dataclass, field
from typing import Literal

from link_api.auth.codes.records import CodeCaller, EnterOutcome

MINUTE, HOUR, DAY = 60, 3600, 86_400
REFILL = 80 * MINUTE
SHARED = "known network's"


@dataclass
class Code:
    """A code; `left` are the tries of those who asked for it, `known` those of known networks."""

    nonce: str
    first: int
    others: int = 3
    known: int = 5
    spent: bool = False
    left: dict[str, int] = field(default_factory=dict)

    def lives(self, now: int) -> bool:
        """Tell whether its ten minutes last."""
        return now < self.first + 10 * MINUTE


@dataclass
class Message:
    """A message; one whose code was proved counts against the minute alone."""

    call: str
    at: int
    caller: CodeCaller
    nonce: str
    allowance: Literal["known", "stranger", "returned"]


@dataclass
class Model:
    """One contact. `guesses` are the instants of comparisons that failed, and by whom."""

    codes: dict[str, list[Code]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    proved: dict[str, int] = field(default_factory=dict)
    guesses: list[tuple[int, str]] = field(default_factory=list)
    keys: dict[str, Code] = field(default_factory=dict)
    full_at: int = 0

    def is_known(self, caller: CodeCaller, now: int) -> bool:
        """Tell whether the caller's network proved the contact within 90 days."""
        return now < self.proved.get(caller.site, -(10**9)) + 90 * DAY

    def wait(self, caller: CodeCaller, now: int) -> int:
        """Return how long this caller has to wait for a message, 0 for not at all."""
        allowance = "known" if self.is_known(caller, now) else "stranger"
        day = [message for message in self.messages if now < message.at + DAY]
        mine = [message.at for message in day if message.allowance == allowance]
        here = [
            message.at
            for message in day
            if message.allowance == allowance
            and message.caller.network == caller.network
            and now < message.at + HOUR
        ]
        free = [now]
        if len(day) >= 5:
            free.append(day[-5].at + MINUTE)
        if allowance == "known":
            if mine:
                free.append(mine[-1] + (30 if len(mine) < 2 else 60))
            if len(mine) >= 10:
                free.append(mine[-10] + DAY)
            return max(free) - now
        if mine:
            free.append(mine[-1] + 30)
        if here:
            free.append(here[-1] + (30, 60, 120, 240)[min(len(here), 4) - 1])
        if len(here) >= 5:
            free.append(here[-5] + HOUR)
        free.append(self.full_at - 4 * REFILL)
        return max(free) - now

    def ask(self, binding: str, caller: CodeCaller, now: int, *, call: str, nonce: str) -> Code:
        """Count a message that may go out; return its code."""
        codes = self.codes.setdefault(binding, [])
        fresh = [code for code in codes if not code.spent and now < code.first + 5 * MINUTE]
        if not fresh:
            codes.append(Code(nonce, now))
        code = fresh[-1] if fresh else codes[-1]
        code.left[caller.asker] = code.left.get(caller.asker, 0) + 5
        known = self.is_known(caller, now)
        allowance: Literal["known", "stranger"] = "known" if known else "stranger"
        self.messages.append(Message(call, now, caller, code.nonce, allowance))
        if not known:
            self.full_at = max(self.full_at, now) + REFILL
        return code

    def take_back(self, binding: str, call: str) -> None:
        """Undo the last message."""
        message = self.messages.pop()
        assert message.call == call
        self._refill(message)
        [code] = [code for code in self.codes[binding] if code.nonce == message.nonce]
        others = [other.caller.asker for other in self.messages if other.nonce == code.nonce]
        code.left[message.caller.asker] -= 5
        if message.caller.asker not in others:
            del code.left[message.caller.asker]
        if not others:
            self.codes[binding].remove(code)

    def fail(self, binding: str, call: str) -> None:
        """Give back the last message, which its sender could not send; its code stays good."""
        message = self.messages[-1]
        assert message.call == call
        self._refill(message)
        message.allowance = "returned"
        [code] = [code for code in self.codes[binding] if code.nonce == message.nonce]
        if len([other for other in self.messages if other.nonce == code.nonce]) > 1:
            code.left[message.caller.asker] -= 5
            if code.left[message.caller.asker] <= 0:
                del code.left[message.caller.asker]

    def enter(
        self, binding: str, caller: CodeCaller, now: int, *, nonce: str, key: str
    ) -> EnterOutcome:
        """Return the outcome of entering the code of `nonce`, or a wrong one (empty)."""
        spent = self.keys.get(key)
        if spent is not None and spent.lives(now):
            same = spent.nonce == nonce
            return EnterOutcome.ACCEPTED if same else EnterOutcome.KEY_REUSED
        live = [code for code in self.codes.get(binding, []) if code.lives(now)]
        if any(code.spent and code.nonce == nonce for code in live):
            return EnterOutcome.EXPIRED
        unspent = [code for code in live if not code.spent]
        if not unspent:
            return EnterOutcome.EXPIRED
        compared = self._compared(unspent, caller, now)
        if not compared:
            return EnterOutcome.EXHAUSTED
        for code, _ in compared:
            if code.nonce == nonce:
                self._prove(code, caller, now, key)
                return EnterOutcome.ACCEPTED
        for code, by in compared:
            self.guesses.append((now, by.split()[0]))
            if by == "others":
                code.others -= 1
            elif by == SHARED:
                code.known -= 1
            else:
                code.left[caller.asker] -= 1
        return EnterOutcome.INVALID

    def _compared(
        self, unspent: list[Code], caller: CodeCaller, now: int
    ) -> list[tuple[Code, str]]:
        """Return the codes that an entry is compared with, and whose tries that costs."""
        recent = [by for at, by in self.guesses if now < at + DAY]
        of_others, of_strangers = recent.count("others"), len(recent) - recent.count("known")
        asker_is = "known" if self.is_known(caller, now) else "asker"
        has_asked = any(caller.asker in code.left for code in unspent)
        compared = []
        for code in unspent:
            by = asker_is if caller.asker in code.left else "others"
            left = code.others if by == "others" else code.left[caller.asker]
            if asker_is == "known" and not has_asked:
                by, left = SHARED, code.known
            if left <= 0 or (by == "others" and of_others >= 100):
                continue
            is_known = by in {"known", SHARED}
            if not is_known and of_strangers >= 200:
                continue
            of_others += by == "others"
            of_strangers += not is_known
            compared.append((code, by))
        return compared if len(recent) + len(compared) <= 300 else []

    def _prove(self, code: Code, caller: CodeCaller, now: int, key: str) -> None:
        code.spent = True
        self.keys[key] = code
        self.proved[caller.site] = now
        for message in self.messages:
            is_provers = caller.network == message.caller.network
            if is_provers or caller.asker == message.caller.asker:
                if now < message.at + DAY:
                    self._refill(message)
                message.allowance = "returned"

    def _refill(self, message: Message) -> None:
        if message.allowance == "stranger":
            self.full_at -= REFILL
