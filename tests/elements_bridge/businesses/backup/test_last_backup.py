"""`business export` of an emptied Redis leaves the file alone that brings the businesses back."""

import json
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.admin import BusinessCommands, CommandError
from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.ids import new_id
from tests.support.redis_content import empty

BUSINESS = new_id("bus")
NEWER = json.dumps({"format": 2, "businesses": {BUSINESS: {}}})


@pytest.fixture
def commands(redis: Redis) -> BusinessCommands:
    """The commands on the test Redis, which is empty."""
    return BusinessCommands(RedisBusinesses(redis), RedisRejectedOrigins(redis))


async def test_an_export_of_no_business_replaces_no_file_that_may_name_some(
    commands: BusinessCommands, redis: Redis, tmp_path: Path
) -> None:
    file, link = tmp_path / "businesses.json", tmp_path / "link.json"
    link.symlink_to(file)
    await commands.add_business(BUSINESS, "Ama's Shop", "live")
    await commands.export_businesses(file)
    await empty(redis)
    for text in (file.read_text("utf-8"), NEWER):
        file.write_text(text, "utf-8")
        for path in (file, link):
            with pytest.raises(CommandError, match=re.escape(f"business sync --file {path}")):
                await commands.export_businesses(path)
            assert file.read_text("utf-8") == text


async def test_an_export_of_no_business_replaces_a_file_that_names_none(
    commands: BusinessCommands, tmp_path: Path
) -> None:
    file = tmp_path / "businesses.json"
    for _ in ("a new one", "that of an export"):
        assert (await commands.export_businesses(file)).lines == [f"0 businesses stand in {file}"]
        assert json.loads(file.read_text("utf-8")) == {"format": 1, "businesses": {}}
    file.write_bytes(b"")  # as `mktemp` leaves it
    await commands.export_businesses(file)
    await commands.export_businesses(Path("/dev/null"))
    assert json.loads(file.read_text("utf-8"))["businesses"] == {}
