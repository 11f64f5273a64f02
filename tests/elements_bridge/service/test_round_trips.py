"""Round trips to Redis of the hot calls, counted: a business is cached, limits are told later."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.redis.pipelining import PipeliningRedis
from tests.support.clients.bridge_client import granted
from tests.support.clients.internal_client import RunningBridge
from tests.support.frame_key import FrameKey

Trips = list[list[str]]


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    """The commands of each round trip, without what the background tells Redis."""
    seen: Trips = []
    exchange = PipeliningRedis._exchange  # noqa: SLF001  # where one round trip happens

    async def watched(
        self: PipeliningRedis,
        used: AbstractConnection,
        commands: Sequence[Any],
        replies: list[Any],
    ) -> None:
        seen.append([command.name for command in commands])
        await exchange(self, used, commands, replies)

    async def tell_nobody(_self: BatchedCounts) -> None:
        return

    monkeypatch.setattr(PipeliningRedis, "_exchange", watched)
    monkeypatch.setattr(BatchedCounts, "report", tell_nobody)
    return seen


@pytest.mark.parametrize("is_bound", [False, True])
async def test_a_refresh_is_one_round_trip_with_a_proof_too(
    both_listeners: RunningBridge, trips: Trips, *, is_bound: bool
) -> None:
    bridge = both_listeners.public
    if is_bound:
        bridge = replace(bridge, frame_key=FrameKey())
    grant = await granted(await bridge.refresh((await bridge.init())["refresh_token"]))
    trips.clear()

    await granted(await bridge.refresh(grant["refresh_token"]))

    assert trips == [["EVALSHA"]]


async def test_a_guest_comes_in_with_one_round_trip_a_step_at_most(
    both_listeners: RunningBridge, trips: Trips
) -> None:
    """The bootstrap asks nothing; the init creates the session."""
    bridge = both_listeners.public
    await bridge.init()  # the business is cached from here on, and the script loaded
    trips.clear()

    await bridge.init()

    assert trips == [["EVALSHA"]]


async def test_authorize_asks_redis_nothing_for_a_bearer(
    both_listeners: RunningBridge, trips: Trips
) -> None:
    grant = await both_listeners.public.init()
    trips.clear()

    for _ in range(2):
        answer = await both_listeners.authorize(grant["access_token"], query="guest=1")
        assert answer.status == 200

    assert trips == []
