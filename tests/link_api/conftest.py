"""Fixtures of the Link API's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiosqlite
import pytest

from link_api.settings import Settings
from tests.link_api.link_client import LinkClient, running_link_api, settings_for
from tests.time_machine import MovableClock


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Settings of one test's deployment."""
    return settings_for(redis_url, tmp_path)


@pytest.fixture
async def link(settings: Settings, clock: MovableClock) -> AsyncIterator[LinkClient]:
    """A running Link API with empty stores."""
    async with running_link_api(settings, clock) as client:
        yield client


@pytest.fixture
def break_database(tmp_path: Path) -> Callable[[], Awaitable[None]]:
    """Return what takes the customers' table away under the running service."""

    async def drop() -> None:
        async with aiosqlite.connect(tmp_path / "link.db") as connection:
            await connection.execute("DROP TABLE customers")
            await connection.commit()

    return drop
