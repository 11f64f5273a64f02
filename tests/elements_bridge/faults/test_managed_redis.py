"""What a managed Redis hides is unknown: no fault, and nothing that needs it fails."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.readiness import redis_faults
from link_kernel.sessions.revocation_feed import RevocationFeed
from tests.support.clients.bridge_client import granted, settings_for
from tests.support.clients.internal_client import INTERNAL_TOKEN, running_both_listeners
from tests.support.servers.hiding_redis import HidingRedis
from tests.support.servers.revocation_feed import running_feed
from tests.support.time_machine import MovableClock
from tests.support.waiting import until

_DENIED = ("-info", "-config", "-client", "-role", "-wait")


@pytest.fixture(params=["renamed", "denied"])
async def managed_url(
    request: pytest.FixtureRequest, production_time_outs: None
) -> AsyncIterator[str]:
    """The URL of a Redis without those commands: they do not exist, or the user may not."""
    if request.param == "renamed":
        async with HidingRedis() as hiding:
            yield hiding.url
        return
    async with EmbeddedRedis() as server, Redis.from_url(server.url) as admin:
        rights = ("on", ">pw", "~*", "&*", "+@all", *_DENIED)
        await admin.execute_command("ACL", "SETUSER", "tenant", *rights)  # type: ignore[no-untyped-call]
        yield server.url.replace("redis://", "redis://tenant:pw@")


async def test_a_bridge_on_it_is_ready_and_revokes(
    managed_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(managed_url, keyring, internal_token=INTERNAL_TOKEN)
    async with running_both_listeners(settings, clock) as bridge:
        ready = await bridge.http.get("/readyz")
        assert (ready.status, (await ready.json())["redis"]) == (200, "ok")

        grant = await bridge.public.init()
        session_id = grant["session"]["id"]
        assert (await bridge.revoke({"session_id": session_id})).status == 200
        await bridge.heard(session_id)

        figures = await (await bridge.http.get("/metrics")).text()
        assert "link_revocations_unreplicated_total 0.0" in figures
        await granted(await bridge.public.refresh((await bridge.public.init())["refresh_token"]))


async def test_a_break_of_the_feed_may_be_a_failover_where_nothing_tells(
    production_time_outs: None, clock: MovableClock
) -> None:
    """A token ahead of the store is then no security event: a failover does that, too."""
    async with HidingRedis() as hiding, running_feed(hiding.url, clock) as feed:
        assert not changed_lately(feed)
        await hiding.restart()
        await until(lambda: changed_lately(feed) and feed.is_fresh)


def changed_lately(feed: RevocationFeed) -> bool:
    """Read the property anew, since mypy assumes that it does not change."""
    return feed.failover_recently


async def test_a_policy_that_is_told_and_evicts_is_still_a_fault(own_redis: EmbeddedRedis) -> None:
    async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        assert await redis_faults(redis) == ["evicts"]
