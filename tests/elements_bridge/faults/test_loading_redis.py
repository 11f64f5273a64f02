"""A Redis that was restarted and loads its file: it refuses everything, and loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from tests.support.clients.bridge_client import new_key, outcome_of, refusal, settings_for
from tests.support.clients.internal_client import RunningBridge, running_both_listeners
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered

# It answers a few times a second, and readiness waits for less than a second.
SAID = {"loading", "no_answer"}
_KEYS = 20
_KEY_BYTES = 2 * 1024 * 1024  # after so much that it has read, Redis answers others
_PAUSE_US = 250_000  # after each key: 5 s in all, which is enough for a few calls


class SlowlyLoading(EmbeddedRedis):
    """A server that takes its time to load a file, and answers amid it that it does."""

    def _options(self, folder: Path) -> dict[str, str]:
        options = {"key-load-delay": str(_PAUSE_US), "rdbcompression": "no"}
        return super()._options(folder) | options

    async def save(self) -> None:
        """Write what it holds, and enough beside it, into its file."""
        async with Redis.from_url(self.url) as redis:
            for number in range(_KEYS):
                await redis.set(f"ballast:{number}", bytes(_KEY_BYTES), px=600_000)
            await redis.save()

    async def is_loading(self) -> bool:
        """Tell whether it answers that it is loading."""
        async with Redis.from_url(self.url) as redis:
            try:
                await redis.get("any")
            except RedisError as error:
                return isinstance(error, BusyLoadingError)
        return False


@pytest.fixture
async def server(production_time_outs: None) -> AsyncIterator[SlowlyLoading]:
    """A server that keeps what it holds."""
    async with SlowlyLoading() as running:
        yield running


async def test_while_redis_loads_calls_are_503_and_then_nobody_is_logged_out(
    server: SlowlyLoading, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_both_listeners(settings_for(server.url, keyring), clock) as bridge:
        grants = [await bridge.public.init() for _ in range(3)]
        tokens = [grant["refresh_token"] for grant in grants]
        init_body = await bridge.public.init_body()
        await server.save()

        restarting = asyncio.create_task(server.restart())
        await until_answered(server.is_loading)
        answers = await asyncio.gather(
            *map(bridge.public.refresh, tokens),
            bridge.public.post("init", init_body, key=new_key()),
        )
        for answer in answers:
            assert (503, "STORE_UNAVAILABLE") == await refusal(answer)
        status, told = await redis_of(bridge)
        assert (status, told in SAID) == (503, True), told
        await restarting

        for token in tokens:
            outcome, _ = await outcome_of(await bridge.public.refresh(token))
            assert outcome == "rotated"
        await until_answered(lambda: has_redis(bridge))


async def redis_of(bridge: RunningBridge) -> tuple[int, str]:
    """Return the status of `/readyz`, and what it says of Redis."""
    ready = await bridge.http.get("/readyz")
    return ready.status, (await ready.json())["redis"]


async def has_redis(bridge: RunningBridge) -> bool:
    """Tell whether the bridge says that Redis can be used."""
    return await redis_of(bridge) == (200, "ok")
