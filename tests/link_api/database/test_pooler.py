"""A pooler between the service and PostgreSQL: the real PgBouncer, in both of its usual modes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import text

from link_api.database.session import Database, reading, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    new_key,
    running_link_api,
    settings_for,
)
from tests.support.servers.fault_proxy import FaultProxy
from tests.support.servers.pgbouncer import PgBouncer, PoolMode
from tests.support.time_machine import MovableClock

CUSTOMERS = 8
STARTS = 4
PREPARED = Statement(text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '%stmt%'"))
END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="session", params=["transaction", "session"])
def pooler(
    request: pytest.FixtureRequest, postgres_server: EmbeddedPostgres
) -> Iterator[PgBouncer]:
    """A PgBouncer for the run."""
    mode: PoolMode = request.param
    server = PgBouncer(postgres_server, mode)
    with asyncio.Runner() as runner:
        runner.run(server.__aenter__())
        yield server
        runner.run(server.__aexit__(None, None, None))


@pytest.fixture
def pooled_url(pooler: PgBouncer, postgres_url: str) -> str:
    """The URL of one test's own database, by way of the pooler."""
    return pooler.before(postgres_url)


@asynccontextmanager
async def serving(redis_url: str, url: str, clock: MovableClock) -> AsyncIterator[LinkClient]:
    """Serve the Link API on this database."""
    async with running_link_api(settings_for(redis_url, url), clock) as link:
        yield link


async def use(customer: Customer) -> int:
    """Save an address twice with one key, and return how many there are."""
    key = new_key()
    first = await customer.post("addresses", HOME, key=key)
    assert await customer.post("addresses", HOME, key=key) == first
    return len(await customer.get("addresses"))


async def value_of(session_of: Database, name: str) -> str:
    """Return a setting of whatever server connection the pooler lends for this."""
    async with reading(session_of) as session:
        [[value]] = await session.fetch(Statement(text(f"SHOW {name}")))
    return str(value)


@pytest.mark.parametrize("hint", ["", "?pgbouncer=true"])
async def test_a_service_behind_a_pooler_refuses_nobody(
    pooler: PgBouncer,
    empty_postgres_url: str,
    redis_url: str,
    clock: MovableClock,
    hint: str,
) -> None:
    """From its first migration on, and whether or not its URL says so."""
    url = pooler.before(empty_postgres_url) + hint
    async with serving(redis_url, url, clock) as link:
        customers = [await link.sign_in() for _ in range(CUSTOMERS)]
        saved = await asyncio.gather(*map(use, customers))
    assert saved == [1] * CUSTOMERS


async def test_services_that_start_at_once_behind_a_pooler_all_come_up(
    pooler: PgBouncer, empty_postgres_url: str
) -> None:
    """The lock of those who migrate ends with the transaction, and no statement is there twice."""
    url = pooler.before(empty_postgres_url)
    async with AsyncExitStack() as opened:
        await asyncio.gather(
            *(opened.enter_async_context(open_database(url)) for _ in range(STARTS))
        )


async def test_a_pooled_session_keeps_nothing_of_ours(
    pooled_url: str, production_time_outs: None
) -> None:
    """A transaction has our time-outs; who gets the server's connection next has their own."""
    async with open_database(pooled_url) as database:
        async with writing(database) as session:
            for name, value in {
                "application_name": "link-api",
                "statement_timeout": "5s",
                "lock_timeout": "4s",
                "idle_in_transaction_session_timeout": "5s",
            }.items():
                [[found]] = await session.fetch(Statement(text(f"SHOW {name}")))
                assert found == value
        for _ in range(STARTS):
            assert await value_of(database, "statement_timeout") == "0"
            async with reading(database) as session:
                assert [tuple(row) for row in await session.fetch(PREPARED)] == [(0,)]


async def test_a_database_is_reached_by_a_unix_socket(pooler: PgBouncer, postgres_url: str) -> None:
    """As Debian's packages and Cloud SQL have it."""
    async with open_database(pooler.at_socket(postgres_url)) as database:
        assert await value_of(database, "statement_timeout") == "0"


async def test_a_pooler_may_come_between(
    pooler: PgBouncer, postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """As when a name moves to it; what was prepared for a server alone is not left to others."""
    direct = FaultProxy(postgres_server.port)
    async with AsyncExitStack() as opened:
        port = await opened.enter_async_context(direct.running())
        here = f"127.0.0.1:{postgres_server.port}"
        hosts = f"127.0.0.1:{port},127.0.0.1:{pooler.port}"
        url = f"{postgres_url.replace(here, hosts)}?target_session_attrs=any"
        async with open_database(url) as database:
            async with reading(database) as session:
                [[limit]] = await session.fetch(Statement(text("SHOW statement_timeout")))
                assert limit != "0"
                assert "SET LOCAL" not in session.driver.begin
            await opened.aclose()

            assert await value_of(database, "statement_timeout") == "0"
            async with writing(database) as session:
                await session.fetch(PREPARED)
                assert "SET LOCAL" in session.driver.begin


async def test_a_restarted_pooler_refuses_nobody(
    pooler: PgBouncer, pooled_url: str, redis_url: str, clock: MovableClock
) -> None:
    """The connections to it are lost, and noticed before they are used."""
    async with serving(redis_url, pooled_url, clock) as link:
        assert await use(await link.sign_in()) == 1
        await pooler.restart()
        assert await use(await link.sign_in()) == 1


async def test_servers_lost_behind_a_pooler_are_no_callers_loss(
    pooled_url: str,
    postgres_url: str,
    postgres_server: EmbeddedPostgres,
    redis_url: str,
    clock: MovableClock,
) -> None:
    """The pooler may tell of it at the next statement only; that is sent once more."""
    async with serving(redis_url, pooled_url, clock) as link:
        customer = await link.sign_in()
        await asyncio.gather(*(customer.get("addresses") for _ in range(CUSTOMERS)))
        async with postgres_server.connected(postgres_url) as other:
            assert await other.fetchval(END_OTHERS)
        answers = await asyncio.gather(
            *(customer.call("POST", "addresses", HOME, key=new_key()) for _ in range(CUSTOMERS))
        )
        assert {answer.status for answer in answers} == {201}
