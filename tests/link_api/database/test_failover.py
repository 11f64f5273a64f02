"""PostgreSQL servers that change their parts, die or fall silent: who waits, and who is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import pytest

from link_api.database.session import reading
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import Customer, new_key, settings_for
from tests.support.clients.running_api import RunningApi, running_api
from tests.support.servers.standby import Standby
from tests.support.time_machine import MovableClock

WRITERS = 5
FORBID_WRITES = "ALTER SYSTEM SET default_transaction_read_only = on"
ALLOW_WRITES = "ALTER SYSTEM RESET default_transaction_read_only"
REPLACED = "database_connections_replaced"


@dataclass
class Service:
    """A running Link API with a customer who was there before."""

    running: RunningApi
    customer: Customer

    async def write(self, count: int = 1) -> list[int]:
        """Save addresses at once, by new keys; return the statuses."""
        calls = (self.customer.call("POST", "addresses", HOME, key=new_key()) for _ in range(count))
        answers = await asyncio.gather(*calls)
        assert all(
            "Retry-After" in answer.headers
            for answer in answers
            if answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        )
        return [answer.status for answer in answers]

    async def ready(self) -> tuple[int, str]:
        """Return the status of `/readyz`, and what it says of the database."""
        status, found = await self.running.ready()
        return status, found["database"]


@asynccontextmanager
async def serving(redis_url: str, url: str, clock: MovableClock) -> AsyncIterator[Service]:
    """Serve the Link API on this database."""
    async with running_api(settings_for(redis_url, url), clock) as running:
        yield Service(running, await running.link.sign_in())


async def set_parts(server: EmbeddedPostgres, statement: str) -> None:
    """Have a server allow or forbid writes, as its administrators do; return when it does."""
    async with server.connected() as connection:
        await connection.execute(statement)
        await connection.execute("SELECT pg_reload_conf()")
    wanted = "on" if statement == FORBID_WRITES else "off"
    found = None
    while found != wanted:
        async with server.connected() as connection:
            found = await connection.fetchval("SHOW default_transaction_read_only")


async def test_the_service_follows_the_primary_of_its_list(
    redis_url: str,
    own_postgres: EmbeddedPostgres,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No caller notices a change of parts; while there is no primary, reads alone go on."""
    await own_postgres.stop()
    async with Standby(own_postgres) as standby:
        await own_postgres.restart()
        here = own_postgres.url.partition("@")[2].partition("/")[0]
        url = own_postgres.url.replace(here, f"{here},127.0.0.1:{standby.port}")
        async with serving(redis_url, url, clock) as service:
            assert await service.write(WRITERS) == [201] * WRITERS
            await standby.catch_up()

            await set_parts(own_postgres, FORBID_WRITES)
            await standby.promote()
            assert await service.write(WRITERS) == [201] * WRITERS
            assert await service.ready() == (200, "ok")
            assert len(await service.customer.get("addresses")) == 2 * WRITERS
            assert REPLACED in caplog.messages
            assert "store_unavailable" not in caplog.messages
            assert "database_server_changed" in caplog.messages

            await standby.kill()
            assert await service.write() == [503]
            assert await service.ready() == (503, "read_only")  # the old one, which answers
            assert len(await service.customer.get("addresses")) == WRITERS
            await set_parts(own_postgres, ALLOW_WRITES)
            assert await service.write() == [201]
            assert await service.ready() == (200, "ok")


async def test_a_server_that_takes_no_writes_is_read_and_not_ready(
    redis_url: str,
    own_postgres: EmbeddedPostgres,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says why. Its connections are not replaced at each refusal: readers need them."""
    async with serving(redis_url, own_postgres.url, clock) as service:
        assert await service.write() == [201]
        await set_parts(own_postgres, FORBID_WRITES)

        for _ in range(WRITERS):
            assert await service.write() == [503]
            assert len(await service.customer.get("addresses")) == 1
        assert await service.ready() == (503, "read_only")
        assert "ReadOnlySQLTransactionError 25006" in {
            getattr(record, "detail", "") for record in caplog.records
        }
        assert caplog.messages.count(REPLACED) < WRITERS

        await set_parts(own_postgres, ALLOW_WRITES)
        assert await service.write() == [201]
        assert await service.ready() == (200, "ok")


async def test_readiness_says_at_once_that_writes_are_taken_again(
    redis_url: str, postgres_url: str, clock: MovableClock
) -> None:
    """A session of before may not know it."""
    async with running_api(settings_for(redis_url, postgres_url), clock) as running:
        async with reading(running.api.services.database) as session:
            await session.driver.execute("SET default_transaction_read_only = on")
        assert (await running.ready())[1]["database"] == "ok"
