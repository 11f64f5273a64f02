"""A frame that refreshes by the client's rules (docs/protocol.md#frame-rules)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

from aiohttp import ClientError, ClientResponse

from link_kernel.sessions.outcomes import RotateOutcome
from tests.failover.history import GRANTED, Call, SessionHistory
from tests.support.clients.bridge_client import BridgeClient, Json, new_key
from tests.support.waiting import a_little_of

Send = Callable[[BridgeClient], Awaitable[ClientResponse]]

_TRY_S: Final = 8
_NO_ANSWER_S: Final = 1.0
_REFUSALS: Final = {
    "IDEMPOTENCY_KEY_REUSED": RotateOutcome.KEY_REUSED,
    "REFRESH_TOKEN_SUPERSEDED": RotateOutcome.SUPERSEDED,
    "REFRESH_TOKEN_REUSED": RotateOutcome.REUSED,
    "REFRESH_TOKEN_INVALID": RotateOutcome.FOREIGN_SECRET,
    "INVALID_DPOP_PROOF": RotateOutcome.FOREIGN_KEY,
    "SESSION_EXPIRED": RotateOutcome.EXPIRED,
    "SESSION_REVOKED": RotateOutcome.REVOKED,
}


@dataclass
class RefreshingClient:
    """One frame and its tokens; each try goes to the next bridge, as behind a gateway.

    A token keeps its `Idempotency-Key` until an answer decides. A client that was refused is
    `refused`, and refreshes no more.
    """

    bridges: Sequence[BridgeClient]
    grant: Json
    generation: int = 0
    history: SessionHistory = field(default_factory=SessionHistory)
    is_honest: bool = True
    key: str = field(default_factory=new_key)
    outcomes: Counter[RotateOutcome] = field(default_factory=Counter)
    tries: int = 0
    retried: int = 0
    refused: RotateOutcome | None = None
    last_success: float = 0

    @property
    def session_id(self) -> str:
        """The elements session."""
        return str(self.grant["session"]["id"])

    @property
    def token(self) -> str:
        """The refresh token that is spent next."""
        return str(self.grant["refresh_token"])

    @property
    def partition(self) -> str:
        """The partition of the session, which decides its slot."""
        return str(self.grant["session"]["customer_id"] or self.session_id)

    def robbed(self) -> "RefreshingClient":
        """Return a thief with the present token, and with a key of their own."""
        return replace(self, is_honest=False, key=new_key(), outcomes=Counter(), tries=0, retried=0)

    async def refresh_times(self, times: int) -> None:
        """Refresh so often, one after the other, or until refused."""
        for _ in range(times):
            if self.refused is None:
                await self.refresh()

    async def refresh(self) -> RotateOutcome:
        """Refresh, and try again until an answer decides; return its outcome."""
        while (outcome := await self._try()) is None:
            self.retried += 1
        self.outcomes[outcome] += 1
        if outcome not in GRANTED:
            self.refused = outcome
        return outcome

    async def log_out(self) -> None:
        """End the session at the next bridge, until an answer says that it has ended."""
        while await self._end() is None:
            self.retried += 1

    async def _try(self) -> RotateOutcome | None:
        """Send the token once; keep the successor, if one comes."""
        spent = self.token, self.key
        answer = await self._call("refresh", lambda at: at.refresh(*spent))
        if answer.grant is not None:
            self.grant, self.key, self.last_success = answer.grant, new_key(), now()
            self.generation += 1
        return answer.outcome

    async def _end(self) -> RotateOutcome | None:
        access = str(self.grant["access_token"])
        body = {"scope": "element"}
        answer = await self._call(
            "revoke", lambda bridge: bridge.post("logout", body, token=access)
        )
        return answer.outcome

    async def _call(self, kind: Literal["refresh", "revoke"], send: Send) -> "_Answer":
        """Send one try to the next bridge, and note what came of it."""
        process = self.tries % len(self.bridges)
        self.tries += 1
        started, answer = now(), _Answer(None, wait_s=_NO_ANSWER_S)
        with suppress(ClientError, TimeoutError):
            async with asyncio.timeout(_TRY_S):
                answer = await _Answer.of(await send(self.bridges[process]))
        self.history.calls.append(
            Call(
                kind=kind,
                process=process,
                start=started,
                end=now(),
                outcome=answer.outcome,
                generation=self.generation,
                key=self.key,
                successor=str(answer.grant["refresh_token"]) if answer.grant else "",
                is_honest=self.is_honest,
            )
        )
        if answer.outcome is None:
            await a_little_of(answer.wait_s)
        return answer


@dataclass(frozen=True)
class _Answer:
    """What a call was answered; without an outcome it is sent again after `wait_s`."""

    outcome: RotateOutcome | None
    grant: Json | None = None
    wait_s: float = 0

    @classmethod
    async def of(cls, response: ClientResponse) -> Self:
        """Read an answer; one that a service must never give fails the test."""
        body = await response.json()
        if response.status == 200:
            outcome = response.headers.get("X-Refresh-Outcome")
            if outcome is None:
                return cls(RotateOutcome.REVOKED)
            return cls(RotateOutcome(outcome), grant=body["data"])
        if body["error"]["retryable"]:
            return cls(None, wait_s=float(response.headers["Retry-After"]))
        assert response.status < 500, body
        return cls(_REFUSALS[body["error"]["code"]])


def now() -> float:
    """Return the time by which calls and failovers are ordered, in seconds."""
    return asyncio.get_running_loop().time()
