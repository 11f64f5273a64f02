"""A crowd of clients at two bridges that share a Redis, and what became of it in figures."""

import asyncio
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_kernel.clock import SystemClock
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from link_kernel.sessions.outcomes import RotateOutcome
from tests.failover.history import GRANTED, Failover, faults
from tests.failover.refreshing_client import RefreshingClient, now
from tests.failover.stores import FailingStore
from tests.support.clients.bridge_client import settings_for
from tests.support.clients.internal_client import RunningBridge, running_both_listeners
from tests.support.frame_key import FrameKey
from tests.support.link_login import log_in
from tests.support.waiting import until

_BRIDGES: Final = 2
_AT_ONCE: Final = 20
_MOST_ROTATIONS: Final = 100


@dataclass
class Crowd:
    """Honest clients at bridges, those who were robbed or left, and every failover they saw."""

    bridges: Sequence[RunningBridge]
    redis: Redis
    honest: list[RefreshingClient] = field(default_factory=list)
    others: list[RefreshingClient] = field(default_factory=list)
    failovers: list[tuple[FailingStore, Failover]] = field(default_factory=list)
    revoked_refused: int = 0
    thefts_caught: int = 0

    async def join(self, count: int) -> None:
        """Let honest clients in: guests with bearer tokens, and customers with DPoP keys."""
        room = asyncio.Semaphore(_AT_ONCE)

        async def join_one(number: int) -> RefreshingClient:
            async with room:
                return await (self._guest() if number % 2 else self._customer())

        self.honest += await asyncio.gather(*(join_one(number) for number in range(count)))

    async def guest_in(self, store: FailingStore) -> RefreshingClient:
        """Let in a guest whose session is in this store."""
        while not store.holds(key_of(client := await self._guest())):
            pass
        self.others.append(client)
        return client

    async def refreshes(self, times: int) -> None:
        """Have every honest client refresh so often."""
        await asyncio.gather(*(client.refresh_times(times) for client in self.honest))

    async def fail_over(
        self, store: FailingStore, cut: float, killed_under: Sequence[RefreshingClient] = ()
    ) -> None:
        """Fail over while every honest client refreshes.

        The primary is killed if there are clients who are contested then, the first of whom has to
        try again before the replica takes over.
        """
        goal = self.refreshed + len(self.honest)
        refreshing = asyncio.ensure_future(self.refreshes(4))
        await until(lambda: self.refreshed >= goal)
        started = now()
        if killed_under:
            await self._replace_killed(store, killed_under)
        else:
            await store.fail_over(kill=False)
        self.failovers.append((store, Failover(cut, started, now())))
        await refreshing

    async def _replace_killed(
        self, store: FailingStore, contested: Sequence[RefreshingClient]
    ) -> None:
        """Kill the primary; frames, thieves and customers who leave all meet at the next one."""
        retried = contested[0].retried
        await store.kill()
        meeting = asyncio.gather(
            *(client.refresh_times(3) for client in contested),
            *(client.robbed().refresh_times(3) for client in contested[1:]),
            *(client.log_out() for client in contested[1::2]),
        )
        await until(lambda: contested[0].retried > retried)
        await store.fail_over(kill=True)
        await meeting

    async def all_know(self, client: RefreshingClient) -> None:
        """Return once every bridge has heard that a session was revoked."""
        for process, bridge in enumerate(self.bridges):
            await bridge.heard(client.session_id)
            client.history.told.setdefault(process, now())

    @property
    def refreshed(self) -> int:
        """How many refreshes of honest clients were granted."""
        return self._outcomes().total()

    @property
    def retried(self) -> int:
        """How many tries of honest clients were sent again."""
        return sum(client.retried for client in self.honest)

    def logouts(self) -> list[RefreshingClient]:
        """Return the honest clients that were refused."""
        return [client for client in self.honest if client.refused is not None]

    def faults(self) -> list[str]:
        """Return what no history of a session may hold; see `history.faults`."""
        return [
            fault
            for client in [*self.honest, *self.others]
            for fault in faults(client.history, list(self._failovers_of(client)))
        ]

    def figures(self) -> str:
        """Return one line of figures."""
        outcomes, recovery = self._outcomes(), sorted(self._recovery_s()) or [0.0]
        return (
            f"{len(self.honest)} clients, {outcomes.total()} refreshes,"
            f" {outcomes[RotateOutcome.RECOVERED]} healed,"
            f" {self.retried} retried,"
            f" {self.revoked_refused} revoked refused, {self.thefts_caught} thefts caught,"
            f" served again after {statistics.median(recovery):.2f} s"
            f" ({recovery[-1]:.2f} s at most), logouts {len(self.logouts())}"
        )

    async def _guest(self) -> RefreshingClient:
        bridges = [bridge.public for bridge in self.bridges]
        return RefreshingClient(bridges, await bridges[0].init())

    async def _customer(self) -> RefreshingClient:
        login, key = await log_in(self.redis), FrameKey()
        bridges = [replace(bridge.public, frame_key=key) for bridge in self.bridges]
        return RefreshingClient(bridges, await bridges[0].init(token=login.token))

    def _outcomes(self) -> Counter[RotateOutcome]:
        outcomes: Counter[RotateOutcome] = Counter()
        for client in self.honest:
            outcomes.update(client.outcomes)
        return outcomes

    def _failovers_of(self, client: RefreshingClient) -> Iterator[Failover]:
        return (found for store, found in self.failovers if store.holds(key_of(client)))

    def _recovery_s(self) -> Iterator[float]:
        """Yield how long after each failover each client of that store was served again."""
        for client in self.honest:
            for failover in self._failovers_of(client):
                served = [
                    call.end
                    for call in client.history.calls
                    if call.outcome in GRANTED and call.end >= failover.end
                ]
                yield min(served) - failover.end


def key_of(client: RefreshingClient) -> str:
    """Return the key of a client's session."""
    return redis_keys.elements_session(client.partition, client.session_id)


@asynccontextmanager
async def crowd_at(url: str, keyring: KeyringFile) -> AsyncIterator[Crowd]:
    """Serve the bridges on a Redis, still without clients."""
    settings = settings_for(url, keyring, limit_rotations=_MOST_ROTATIONS)
    async with AsyncExitStack() as opened:
        bridges = [
            await opened.enter_async_context(running_both_listeners(settings, SystemClock()))
            for _ in range(_BRIDGES)
        ]
        yield Crowd(bridges, await opened.enter_async_context(connect(url)))
