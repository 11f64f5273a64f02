"""A pooler that refuses: its errors have one code for all, and its words say what it was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from link_api.database.failures import has_no_room, refuses_login
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.support.clients.link_client import settings_for
from tests.support.clients.running_api import running_api
from tests.support.servers.pgbouncer import PgBouncer
from tests.support.time_machine import MovableClock

CLIENTS = 8


@asynccontextmanager
async def strict_pooler(server: EmbeddedPostgres) -> AsyncIterator[PgBouncer]:
    """Run a PgBouncer that knows one user, `ama`, beside the server's own."""
    passwords = {"ama": "secret"}
    async with PgBouncer(server, "transaction", passwords=passwords, clients=CLIENTS) as pooler:
        yield pooler


async def refused(url: str) -> asyncpg.PostgresError:
    """Return the error of a connection that is refused, at its first statement at the latest."""
    with pytest.raises(asyncpg.ProtocolViolationError) as error:
        await (await asyncpg.connect(url)).execute("SELECT 1")
    return error.value


async def test_a_pooler_that_refuses_a_login_is_told_from_one_that_is_full(
    own_postgres: EmbeddedPostgres,
) -> None:
    """Both answer with the same code, whether the word is the pooler's own or the server's."""
    async with strict_pooler(own_postgres) as pooler:
        here = f"127.0.0.1:{pooler.port}"
        for url in (
            f"postgresql://ama:wrong@{here}/postgres",
            f"postgresql://kofi:secret@{here}/postgres",
            f"postgresql://ama:secret@{here}/elsewhere",
            f"postgresql://ama:secret@{here}/{PgBouncer.STALE}",
        ):
            error = await refused(url)
            assert (refuses_login(error), has_no_room(error)) == (True, False), error

        good = f"postgresql://ama:secret@{here}/postgres"
        held = [await asyncpg.connect(good) for _ in range(CLIENTS)]
        error = await refused(good)
        assert (refuses_login(error), has_no_room(error)) == (False, True), error
        for connection in held:
            await connection.close()


async def test_readiness_says_that_the_pooler_refuses_us(
    own_postgres: EmbeddedPostgres, redis_url: str, clock: MovableClock
) -> None:
    """A changed password is no pooler that is gone."""
    async with strict_pooler(own_postgres) as pooler:
        url = f"postgresql://ama:secret@127.0.0.1:{pooler.port}/postgres"
        async with running_api(settings_for(redis_url, url), clock) as running:
            assert (await running.ready())[0] == 200
            pooler.passwords = {"ama": "changed"}
            await pooler.restart()
            status, found = await running.ready()
            assert (status, found["database"]) == (503, "login_refused")
