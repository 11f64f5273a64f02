"""Fixtures of the Link API's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from sqlalchemy import text

from elements_bridge.keyring import KeyringFile
from link_api.database.engine import migrating_engine, parse_database_url
from link_api.settings import Settings
from tests.support.clients.frames import Together, running_together
from tests.support.clients.link_client import LinkClient, running_link_api, settings_for
from tests.support.clients.running_api import RunningApi, running_api
from tests.support.time_machine import MovableClock


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    """Settings of one test's deployment."""
    return settings_for(redis_url, database_url)


@pytest.fixture
async def link(settings: Settings, clock: MovableClock) -> AsyncIterator[LinkClient]:
    """A running Link API with empty stores."""
    async with running_link_api(settings, clock) as client:
        yield client


@pytest.fixture
async def running(settings: Settings, clock: MovableClock) -> AsyncIterator[RunningApi]:
    """A Link API with both listeners."""
    async with running_api(settings, clock) as both:
        yield both


@pytest.fixture
async def together(
    settings: Settings, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[Together]:
    """Both services on one Redis."""
    async with running_together(settings, keyring, clock) as both:
        yield both


@pytest.fixture
def break_database(database_url: str) -> Callable[[], Awaitable[None]]:
    """Return what puts the customers' table out of reach under the running service."""
    return partial(_rename, database_url, "customers", "customers_away")


@pytest.fixture
def mend_database(database_url: str) -> Callable[[], Awaitable[None]]:
    """Return what brings the table back."""
    return partial(_rename, database_url, "customers_away", "customers")


async def _rename(database_url: str, table: str, name: str) -> None:
    url = parse_database_url(database_url)
    async with migrating_engine(url) as engine, engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))
