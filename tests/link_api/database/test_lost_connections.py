"""Connections that were lost, or died in silence: one caller waits, and nothing is done twice."""

import socket
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from link_api.database import postgresql_connections
from link_api.database.postgresql_connections import PostgresqlConnection
from link_api.database.session import Database, Session, reading, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_dev.embedded.postgres import EmbeddedPostgres
from link_kernel.errors import StoreUnavailable
from tests.support.servers.fault_proxy import Fault, FaultProxy

ONE = Statement(text("SELECT 1"))
ADD = Statement(
    text("INSERT INTO customers (id, account_id, email, created_at) VALUES ('c', 'a', 'e', 1)")
)
COUNT = Statement(text("SELECT count(*) FROM customers"))
POOLED = 6
SOON_S = 0.3


async def customers(database: Database) -> int:
    """Count the customers."""
    async with reading(database) as session:
        [[count]] = await session.fetch(COUNT)
    return int(count)


async def connections_of(database: Database) -> list[PostgresqlConnection]:
    """Have several connections lent at once, and given back."""
    async with AsyncExitStack() as lent:
        sessions = [await lent.enter_async_context(reading(database)) for _ in range(POOLED)]
        for session in sessions:
            await session.fetch(ONE)
        return [session.driver for session in sessions]


@dataclass
class Behind:
    """A database behind a proxy that may forget its connections."""

    proxy: FaultProxy
    database: Database


@pytest.fixture
async def behind(postgres_url: str, postgres_server: EmbeddedPostgres) -> AsyncIterator[Behind]:
    """A database behind a proxy."""
    proxy = FaultProxy(postgres_server.port)
    async with proxy.running() as port:
        url = postgres_url.replace(f":{postgres_server.port}/", f":{port}/")
        async with open_database(url) as database:
            yield Behind(proxy, database)


async def test_connections_that_died_while_idle_refuse_nobody(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first caller's is asked before it is used; then all of them are closed."""
    dead = await connections_of(behind.database)
    await behind.proxy.forget()
    monkeypatch.setattr(postgresql_connections, "_ASKED_AFTER_S", 0.0)
    wait_less_for(dead, monkeypatch)

    assert await customers(behind.database) == 0
    assert all(connection.is_closed() for connection in dead)


async def test_connections_that_die_in_use_refuse_one_caller(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time-out has all of them closed, not each its own."""
    dead = await connections_of(behind.database)
    await behind.proxy.forget()
    wait_less_for(dead, monkeypatch)
    with pytest.raises(StoreUnavailable):
        await customers(behind.database)

    for _ in range(POOLED):
        assert await customers(behind.database) == 0
    assert all(connection.is_closed() for connection in dead)


def wait_less_for(dead: Collection[PostgresqlConnection], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test wait less for connections of which it knows that they never answer."""
    monkeypatch.setattr(postgresql_connections, "_CLOSE_S", SOON_S)
    for name in ("execute", "fetch"):
        original = getattr(PostgresqlConnection, name)

        async def hurried(
            connection: PostgresqlConnection,
            *arguments: Any,  # noqa: ANN401  # the driver's own
            original: Any = original,  # noqa: ANN401  # likewise
            **named: Any,  # noqa: ANN401  # likewise
        ) -> Any:  # noqa: ANN401  # likewise
            less = {"timeout": SOON_S} if connection in dead else {}
            return await original(connection, *arguments, **{**named, **less})

        monkeypatch.setattr(PostgresqlConnection, name, hurried)


async def end(session: Session, server: EmbeddedPostgres) -> None:
    """End a session's connection at the server, unnoticed by us so far."""
    async with server.connected() as other:
        await other.execute(f"SELECT pg_terminate_backend({session.driver.get_server_pid()})")


async def test_a_read_whose_connection_is_lost_is_sent_again(
    postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """On another connection; nobody is refused."""
    async with open_database(postgres_url) as database, reading(database) as session:
        await end(session, postgres_server)
        assert len(await session.fetch(ONE)) == 1


async def test_a_write_whose_connection_is_lost_before_it_began_is_done_once(
    postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """Until its transaction has begun, nothing was done."""
    async with open_database(postgres_url) as database:
        async with writing(database) as session:
            session.defer(ADD)
            await end(session, postgres_server)
        assert await customers(database) == 1


async def test_a_write_that_has_begun_is_not_repeated(
    postgres_url: str, postgres_server: EmbeddedPostgres
) -> None:
    """What it read was of a transaction that is gone; the caller may come again."""

    async def add() -> None:
        async with writing(database) as session:
            await session.fetch(COUNT)
            await end(session, postgres_server)
            await session.fetch(ADD)

    async with open_database(postgres_url) as database:
        with pytest.raises(StoreUnavailable):
            await add()
        assert await customers(database) == 0


async def test_a_commit_whose_answer_is_lost_is_not_repeated(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been done, as here; the same key finds it."""
    commits: list[str] = []
    execute = PostgresqlConnection.execute

    async def lose_the_answer(
        connection: PostgresqlConnection,
        statement: str,
        **named: Any,  # noqa: ANN401  # the driver's own
    ) -> str:
        status = str(await execute(connection, statement, **named))
        if statement == "COMMIT":
            commits.append(statement)
            connection.terminate()
            raise asyncpg.ConnectionDoesNotExistError("lost")
        return status

    async with open_database(postgres_url) as database:
        with monkeypatch.context() as patched:
            patched.setattr(PostgresqlConnection, "execute", lose_the_answer)
            with pytest.raises(StoreUnavailable):
                async with writing(database) as session:
                    session.defer(ADD)
        assert await customers(database) == 1
    assert commits == ["COMMIT"]


async def test_a_silent_host_of_a_list_is_waited_for_once(
    postgres_url: str, postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host that answered is asked first from then on."""
    silent = FaultProxy(postgres_server.port)
    connect = asyncpg.connect
    async with silent.running() as port:
        silent.begin(Fault.SILENT)

        async def hurried(**named: Any) -> Any:  # noqa: ANN401  # the driver's own
            less = {"timeout": SOON_S} if named["port"] == port else {}
            return await connect(**{**named, **less})

        monkeypatch.setattr(asyncpg, "connect", hurried)
        server = f"127.0.0.1:{postgres_server.port}"
        url = postgres_url.replace(server, f"127.0.0.1:{port},{server}")
        async with open_database(url) as database:
            assert await customers(database) == 0
            asked = len(silent.pipes)
            silent.pipes.clear()
            await connections_of(database)
            assert (asked > 0, len(silent.pipes)) == (True, 0)


async def test_the_kernel_watches_every_connection(postgres_url: str) -> None:
    """A peer that acknowledges nothing is given up after 3 s, and one that is gone soon too."""
    async with open_database(postgres_url) as database, reading(database) as session:
        opened = session.driver._transport.get_extra_info("socket")  # noqa: SLF001  # no public way
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3_000
