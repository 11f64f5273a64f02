"""Services that start beside each other on one database."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from link_api.contacts import Contact
from link_api.customers.storage import SqlCustomers
from link_api.database import startup
from link_api.database.startup import open_database
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.support.time_machine import MovableClock

AMA: Final = Contact("email", "ama@example.com")
STARTS: Final = 8
DEADLINE_S: Final = 30


async def test_services_that_start_at_once_all_come_up(empty_database_url: str) -> None:
    """One migrates, the others wait for it and find the work done."""
    async with AsyncExitStack() as opened:
        engines = await asyncio.gather(
            *(opened.enter_async_context(open_database(empty_database_url)) for _ in range(STARTS))
        )
        found = await asyncio.gather(
            *(SqlCustomers(engine, MovableClock()).of_contact(AMA) for engine in engines)
        )
    assert len(set(found)) == 1


async def test_a_migrated_database_opens_while_another_service_holds_the_lock(
    postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """A start has nothing to wait for where nothing is to be migrated."""
    async with postgres_server.connected(postgres_url) as other, other.transaction():
        await other.execute(f"SELECT pg_advisory_xact_lock({startup._MIGRATION_LOCK})")  # noqa: SLF001  # the same lock
        async with asyncio.timeout(DEADLINE_S), open_database(postgres_url) as engine:
            assert (await SqlCustomers(engine, MovableClock()).of_contact(AMA)).id
