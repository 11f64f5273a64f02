"""A day of many sessions at one bridge: who comes, refreshes, sleeps and leaves, step by step.

What is compressed: between two steps nobody calls, and four minutes pass at once. Everything that
Redis holds becomes four minutes older (`let_pass`), and the bridge's steady clock is put forward.
Lifetimes are production's, and so is every call.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from aiohttp import ClientError
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_dev.harness.later import let_pass
from link_kernel.redis.connection import connect
from link_kernel.redis.pools import TimeOuts
from link_kernel.sessions.outcomes import RotateOutcome
from tests.failover.history import GRANTED, Break, Failover, faults
from tests.failover.refreshing_client import RefreshingClient, now
from tests.failover.stores import WholeStore
from tests.soak.bridge import BridgeProcess, running_bridge_process
from tests.soak.clock import SharedClock
from tests.soak.expected import Lifetime
from tests.soak.lives import STEP_S, Life, Way
from tests.soak.watch import Watch
from tests.support.clients.bridge_client import BridgeClient, Json, granted, new_key
from tests.support.frame_key import FrameKey
from tests.support.link_login import log_in
from tests.support.servers.lossy_proxy import LossyProxy
from tests.support.servers.redis_sentinel import running_sentinels
from tests.support.waiting import until

T = TypeVar("T")

LOSE_ONE_IN: Final = 50
_AT_ONCE: Final = 24
_BREAK_REDIS_EVERY: Final = 10
_LOOK_EVERY: Final = 3
# Each alone is brief, so that Redis stands still for nobody; a key ends in one of these.
_SOME_KEYS: Final = ("*[0-9]", "*[A-Z]", "*[a-m]", "*[n-z]")
# What ages is never sent twice, as it would be after a time-out.
_PATIENT: Final = TimeOuts(connect_s=10, read_s=300)
_PLAIN: Final = {Way.CLOSED, Way.STAYED}


@dataclass
class Session:
    """One session of the day: its plan, its frame, and what is known of its lifetime."""

    plan: Life
    frame: RefreshingClient
    lifetime: Lifetime


@dataclass
class Day:
    """Everybody of one day, and what became of them."""

    bridge: BridgeProcess
    store: WholeStore
    redis: Redis
    clock: SharedClock
    proxy: LossyProxy
    watch: Watch
    sessions: list[Session] = field(default_factory=list)
    failovers: list[Failover] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    logouts: list[str] = field(default_factory=list)
    slept_too_long: int = 0
    thefts_caught: int = 0
    left: int = 0
    calls: int = 0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def play(self, planned: Sequence[Life], steps: int) -> None:
        """Play so many steps, with a failover in the middle of the sale."""
        begins: dict[int, list[Life]] = defaultdict(list)
        for life in planned:
            begins[life.begins].append(life)
        busiest = max(begins, key=lambda step: len(begins[step]))
        due: dict[int, list[Session]] = defaultdict(list)
        for step in range(steps):
            for session in await self._all_of(self._join(life) for life in begins[step]):
                self.sessions.append(session)
                for later in session.plan.refreshes:
                    due[later].append(session)
            if step == busiest + 2:
                await self._fail_over(due.pop(step, []))
            else:
                await self._act_all(due.pop(step, []), breaks=step % _BREAK_REDIS_EVERY == 0)
            await self._pass_step()
            if step % _LOOK_EVERY == 0:
                lifetimes = [one.lifetime for one in self.sessions]
                await self.watch.note(self.calls, lifetimes, self.now_s())

    def now_s(self) -> float:
        """Return the time of the day, in which steps have passed at once."""
        return now() + self.clock.ahead_s

    def faults(self) -> list[str]:
        """Return what no history of a session may hold; see `tests.failover.history`."""
        return [
            fault
            for session in self.sessions
            for fault in faults(session.frame.history, self.failovers, self.breaks)
        ]

    async def _all_of(self, jobs: Iterable[Awaitable[T]]) -> list[T]:
        """Do everything, some of it at the same time."""

        async def in_turn(job: Awaitable[T]) -> T:
            async with self._room:
                return await job

        return await asyncio.gather(*(in_turn(job) for job in jobs))

    async def _act_all(self, due: Sequence[Session], *, breaks: bool = False) -> None:
        """Have every frame refresh that is due; meanwhile the bridge may lose Redis's answers."""
        jobs = [self._act(session) for session in due]
        if breaks:
            jobs.insert(len(jobs) // 2, self._break_redis())
        jobs += [self._measure_machine() for _ in range(1 + len(due) // 10)]
        await self._all_of(jobs)

    async def _join(self, plan: Life) -> Session:
        """Begin a session, as often as its answers are lost."""
        frame, token = self.bridge.frames, None
        if plan.is_customer:
            frame, token = replace(frame, frame_key=FrameKey()), (await log_in(self.redis)).token
        began, key = self.now_s(), new_key()
        body = await _until_heard(lambda: frame.init_body(token=token))
        grant = await _until_heard(lambda: _init(frame, body, key))
        self.calls += 2
        lifetime = Lifetime(plan.is_customer, began, self.now_s())
        return Session(plan, RefreshingClient([frame], grant), lifetime)

    async def _act(self, session: Session) -> None:
        """Do what is planned for this step."""
        frame, plan = session.frame, session.plan
        if frame.refused is not None:
            return
        is_last = frame.generation == len(plan.refreshes) - 1
        if plan.way is Way.LEFT and is_last:
            await frame.log_out()
            session.lifetime.ended(self.now_s())
            self.left += 1
        elif plan.way is Way.ROBBED and is_last:
            await self._rob(session)
        else:
            await self._refresh(session)

    async def _refresh(self, session: Session, *, is_lost: bool = False) -> None:
        """Refresh; only a session that was idle for too long may be refused."""
        outcome = await session.frame.refresh()
        self.calls += 1
        if outcome in GRANTED:
            if not is_lost:
                session.lifetime.refreshed(self.now_s())
        elif outcome is RotateOutcome.EXPIRED and session.lifetime.is_over(self.now_s()):
            self.slept_too_long += 1
            session.frame.history.calls.pop()  # the model of the refresh rule knows no time
        else:
            self.logouts.append(f"{session.plan} {outcome}")

    async def _rob(self, session: Session) -> None:
        """Spend a copy of a token after its owner, which ends the session."""
        thief = session.frame.robbed()
        await self._refresh(session)
        if await thief.refresh() is RotateOutcome.REUSED:
            session.lifetime.ended(self.now_s())
            assert await session.frame.refresh() is RotateOutcome.REVOKED
            self.thefts_caught += 1

    async def _fail_over(self, due: Sequence[Session]) -> None:
        """Kill the primary while frames refresh; every second one has refreshed in vain by then."""
        plain = [one for one in due if one.plan.way in _PLAIN]
        cut = now()
        await self.store.cut_replication()
        await self._all_of(self._refresh(session, is_lost=True) for session in plain[::2])
        started = now()
        await self.store.kill()
        meeting = asyncio.ensure_future(self._act_all(plain[1::2]))
        await until(lambda: any(one.frame.retried for one in plain[1::2]))
        await self.store.fail_over(kill=True)
        self.failovers.append(Failover(cut, started, now()))
        await meeting
        await self.store.bring_back()
        await self._act_all([one for one in due if one.plan.way not in _PLAIN])

    async def _break_redis(self) -> None:
        """End every connection to Redis, with the answers that were on their way."""
        started = now()
        await self.redis.client_kill_filter(_type="normal", skipme=True)
        self.breaks.append(Break(started, now()))

    async def _measure_machine(self) -> None:
        started = now()
        await self.bridge.healthz()
        self.watch.healthz.append((started, now() - started))

    async def _pass_step(self) -> None:
        self.clock.put_forward(STEP_S)
        for some in _SOME_KEYS:
            await let_pass(self.redis, STEP_S * 1000, keys=some)


async def _init(frame: BridgeClient, body: Json, key: str) -> Json:
    return await granted(await frame.post("init", body, key=key))


async def _until_heard(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until an answer arrives."""
    while True:
        with suppress(ClientError, TimeoutError):
            return await ask()


@asynccontextmanager
async def opened_day(folder: Path, keyring: KeyringFile) -> AsyncIterator[Day]:
    """Start Redis behind Sentinels and a bridge, still without sessions."""
    clock, proxy = SharedClock(folder / "clock"), LossyProxy(lose_one_in=LOSE_ONE_IN)
    async with (
        running_sentinels() as watched,
        running_bridge_process(watched.url, keyring, folder / "clock", proxy) as bridge,
        connect(watched.url, time_outs=_PATIENT) as redis,
    ):
        watch = Watch(bridge, redis)
        yield Day(bridge, WholeStore(watched), redis, clock, proxy, watch)
