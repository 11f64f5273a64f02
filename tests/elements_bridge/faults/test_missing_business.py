"""A business that the store lacks while it has others, and that the operator's file names."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.backup.business_file import dump_businesses
from elements_bridge.businesses.store import StoredBusiness
from elements_bridge.keyring import KeyringFile
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import BUSINESS, SHOP, granted, refusal, settings_for
from tests.support.clients.business_calls import bootstrap, readiness
from tests.support.clients.internal_client import running_both_listeners
from tests.support.logged import logged_text
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered

CHANGED = StoredBusiness(BUSINESS, "Shop", "enabled", "live", (SHOP,), country="GH")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of the one business."""
    path = tmp_path / "businesses.json"
    path.write_text(dump_businesses([CHANGED]), "utf-8")
    return path


async def test_one_business_of_the_file_that_the_store_lacks_comes_back(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock, file: Path
) -> None:
    """As where one shard of a Cluster came back empty: the shops of the others are there."""
    settings = settings_for(redis_url, keyring, businesses=file)
    async with running_both_listeners(settings, clock) as bridge:
        other = replace(CHANGED, id=new_id("bus"))
        await bridge.bridge.internal.businesses.put(other)
        await granted(await bootstrap(bridge.public, other.id))
        await granted(await bootstrap(bridge.public))
        await redis.delete(redis_keys.business(BUSINESS))
        clock.ahead_ms += 5_000

        with logged_text() as log:
            answer = await bootstrap(bridge.public)
            assert (503, "STORE_UNAVAILABLE") == await refusal(answer)

            async def is_back() -> bool:
                return await redis.exists(redis_keys.business(BUSINESS)) == 1

            await until_answered(is_back)
            await granted(await bootstrap(bridge.public))
        assert log.getvalue().count("business_lost") == 1
        assert await readiness(bridge) == (200, "ok")
