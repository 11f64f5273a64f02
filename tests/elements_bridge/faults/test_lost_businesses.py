"""A Redis that lost every shop: told by readiness and log, 503 to pages, and filled from a file."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.admin import BusinessCommands
from elements_bridge.app import Bridge, open_bridge
from elements_bridge.businesses.backup.business_file import BusinessFileError, dump_businesses
from elements_bridge.businesses.backup.presence import (
    BusinessPresence,
    PresenceState,
    watching_presence,
)
from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    granted,
    refusal,
    settings_for,
)
from tests.support.clients.business_calls import bootstrap, primary_of, readiness
from tests.support.clients.internal_client import RunningBridge, running_both_listeners
from tests.support.logged import logged_text
from tests.support.redis_content import empty
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_answered

CHANGED = StoredBusiness(BUSINESS, "Shop", "enabled", "live", (SHOP,), country="GH")


@pytest.fixture
async def frail(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[RunningBridge]:
    """A bridge on a Redis of the test's own, without a file of businesses."""
    async with running_both_listeners(settings_for(own_redis.url, keyring), clock) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of the one business, which says its country."""
    path = tmp_path / "businesses.json"
    path.write_text(dump_businesses([CHANGED]), "utf-8")
    return path


async def is_in_state(bridge: Bridge, state: PresenceState) -> bool:
    """Tell whether a readiness check says this of the businesses."""
    return (await bridge.internal.readiness()).businesses == state


def spoil(file: Path) -> None:
    """Cut a file off."""
    file.write_text("{", "utf-8")


async def test_a_redis_without_a_disk_restarts_and_the_shops_come_back_by_a_command(
    frail: RunningBridge, own_redis: EmbeddedRedis, clock: MovableClock, file: Path
) -> None:
    await granted(await bootstrap(frail.public))
    assert await readiness(frail) == (200, "ok")

    with logged_text() as log:
        await own_redis.restart()
        clock.ahead_ms += 5_000
        await until(lambda: frail.bridge.feed.is_fresh)  # it alone would be a 503
        answer = await bootstrap(frail.public)

    assert (503, "STORE_UNAVAILABLE") == await refusal(answer)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    [told] = [json.loads(line) for line in log.getvalue().splitlines() if "businesses_lost" in line]
    assert (told["level"], told["count"]) == ("error", 1)
    assert told["detail"].startswith("elements-bridge business sync --file")
    assert await readiness(frail) == (503, "lost")
    made_up = await bootstrap(frail.public, new_id("bus"))
    assert (503, "STORE_UNAVAILABLE") == await refusal(made_up)

    async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
        commands = BusinessCommands(RedisBusinesses(redis), RedisRejectedOrigins(redis))
        await commands.sync_businesses(file, prune=False, dry_run=False)

    assert await readiness(frail) == (200, "ok")
    await granted(await bootstrap(frail.public))


async def test_with_a_file_the_bridge_fills_an_emptied_redis_itself(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock, file: Path
) -> None:
    settings = settings_for(own_redis.url, keyring, businesses=file)
    async with running_both_listeners(settings, clock) as bridge:
        await granted(await bootstrap(bridge.public))
        await own_redis.restart()

        async def is_ready() -> bool:
            return await readiness(bridge) == (200, "ok")

        clock.ahead_ms += 5_000
        await until_answered(is_ready)
        held = await bridge.bridge.internal.businesses.get(BUSINESS)
        assert held == replace(CHANGED, version=1)
        await granted(await bootstrap(bridge.public))


async def test_a_bridge_and_its_redis_that_start_together_need_nobody(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock, file: Path
) -> None:
    """A machine restarts with both: this process has seen no shop, but the file names one."""
    settings = settings_for(redis_url, keyring, businesses=file)
    with logged_text() as log:
        async with open_bridge(settings, clock=clock) as bridge:
            assert await bridge.internal.businesses.get(BUSINESS) == replace(CHANGED, version=1)
            assert (await bridge.internal.readiness()).businesses == "ok"
    assert '"message":"businesses_restored"' in log.getvalue()


async def test_a_redis_that_loads_an_older_snapshot_is_told_of_each_business(
    frail: RunningBridge, own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """The business was disabled since, and is enabled again."""
    stored = frail.bridge.internal.businesses
    async with Redis.from_url(own_redis.url) as redis:
        await redis.save()
    held = await stored.get(BUSINESS)
    assert held is not None
    assert await stored.put(replace(held, state="disabled"))
    assert (403, "BUSINESS_DISABLED") == await refusal(await bootstrap(frail.public))

    with logged_text() as log:
        await own_redis.restart()
        for _ in range(2):
            clock.ahead_ms += 5_000
            await granted(await bootstrap(frail.public))

    told = [line for line in log.getvalue().splitlines() if "business_rolled_back" in line]
    assert [json.loads(line)["level"] for line in told] == ["error"]
    assert json.loads(told[0])["business_id"] == BUSINESS


async def test_what_the_store_holds_is_never_replaced_by_the_file(
    redis: Redis, redis_url: str, clock: MovableClock, file: Path
) -> None:
    """Nor is one whom another bridge restored and an operator disabled since."""
    stored = RedisBusinesses(redis)
    other = replace(CHANGED, id=new_id("bus"))
    assert await stored.put(other)
    async with watching_presence(stored, clock, file) as presence:
        await presence.scan()
        assert await stored.get(other.id) == replace(other, version=1)
        assert await stored.get(BUSINESS) is not None  # the store lacked it

    presence = BusinessPresence(stored, clock, file)
    disabled = replace(CHANGED, state="disabled", version=7)
    for business_id in (other.id, BUSINESS):
        await redis.delete(redis_keys.business(business_id))
    scan = stored.any_id

    async def disabled_meanwhile() -> str | None:
        found = await scan()
        await redis.hset(
            redis_keys.business(BUSINESS),
            mapping={"version": 7, "name": "Shop", "state": "disabled", "mode": "live"},
        )
        return found

    stored.any_id = disabled_meanwhile  # type: ignore[method-assign]  # what happens between
    await presence.scan()

    held = await stored.get(BUSINESS)
    assert held is not None
    assert (held.state, held.version) == (disabled.state, disabled.version)
    assert await presence.state() == "ok"


async def test_a_store_that_takes_no_write_is_filled_when_it_does(
    own_redis: EmbeddedRedis, clock: MovableClock, file: Path
) -> None:
    """The file names a shop, so that it is no new deployment."""
    async with connect(own_redis.url) as redis:
        await redis.config_set("min-replicas-to-write", "1")
        async with watching_presence(RedisBusinesses(redis), clock, file) as presence:
            await presence.try_scan()
            assert await presence.state() == "lost"
            await redis.config_set("min-replicas-to-write", "0")

            async def is_filled() -> bool:
                return await presence.state() == "ok"

            await until_answered(is_filled)


async def test_a_new_deployment_knows_no_shop_and_is_ready(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    with logged_text() as log:
        async with open_bridge(settings_for(redis_url, keyring), clock=clock) as bridge:
            await until_answered(lambda: is_in_state(bridge, "none_known"))
            assert (await bridge.internal.readiness()).is_ready
            assert await bridge.internal.businesses.put(CHANGED)
            clock.ahead_ms += 60_000
            await until_answered(lambda: is_in_state(bridge, "ok"))
    assert log.getvalue().count("no_business_known") == 1


async def scans(redis: Redis) -> int:
    """Return how many parts of the keys were looked through."""
    stats = await redis.info("commandstats")
    return int(stats.get("cmdstat_scan", {}).get("calls", 0))


async def test_a_start_waits_for_no_scan_of_all_sessions(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock, file: Path
) -> None:
    """Beside a million sessions it took twice as long as all else, and ever longer beside more."""
    parts = 30
    async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
        await redis.mset({f"link:v1:slot:{number}": "cus" for number in range(parts * 1_000)})
        await redis.config_resetstat()
        async with open_bridge(settings_for(own_redis.url, keyring), clock=clock) as bridge:
            assert await scans(redis) < parts // 2
            await until_answered(lambda: is_in_state(bridge, "none_known"))
            assert await scans(redis) >= parts

        await RedisBusinesses(redis).put(CHANGED)
        await redis.config_resetstat()
        settings = settings_for(own_redis.url, keyring, businesses=file)
        async with open_bridge(settings, clock=clock) as bridge:
            assert await is_in_state(bridge, "ok")
            assert await scans(redis) == 0  # one that the file names is there


async def test_one_business_deleted_by_hand_is_unknown_and_no_fault(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as bridge:
        other = replace(CHANGED, id=new_id("bus"))
        await bridge.bridge.internal.businesses.put(other)
        await granted(await bootstrap(bridge.public, other.id))
        await granted(await bootstrap(bridge.public))
        await redis.delete(redis_keys.business(BUSINESS))
        clock.ahead_ms += 5_000

        answer = await bootstrap(bridge.public)

        assert (404, "UNKNOWN_BUSINESS") == await refusal(answer)
        assert await readiness(bridge) == (200, "ok")


async def test_ids_that_are_made_up_cost_no_scan_and_one_question_in_five_seconds(
    redis: Redis, clock: MovableClock
) -> None:
    stored = RedisBusinesses(redis)
    assert await stored.put(CHANGED)
    presence = BusinessPresence(stored, clock)
    await presence.scan()
    at_key = await primary_of(redis, redis_keys.business(BUSINESS))
    await at_key.config_resetstat()

    for _ in range(3):
        for _ in range(50):
            await presence.require_any(new_id("bus"))
        clock.ahead_ms += 5_000

    commands = await at_key.info("commandstats")
    assert commands["cmdstat_exists"]["calls"] == 3
    assert "cmdstat_scan" not in commands


async def test_a_file_that_became_unusable_is_told_and_stops_only_a_start(
    redis: Redis, clock: MovableClock, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored = RedisBusinesses(redis)
    async with watching_presence(stored, clock, file) as presence:
        await presence.scan()
        await empty(redis)
        spoil(file)
        with caplog.at_level(logging.ERROR):
            await presence.scan()
        assert await presence.state() == "lost"
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert told == ["businesses_not_restored", "businesses_lost"]
    with pytest.raises(BusinessFileError):
        await watching_presence(stored, clock, file).__aenter__()
