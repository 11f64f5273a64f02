"""A database for each test, of both kinds: a SQLite file, or one on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from sqlalchemy import delete

import link_api.app  # noqa: F401  # with it come the tables of every slice
from link_api.database.session import Base
from link_api.database.startup import open_database
from link_dev.embedded.postgres import EmbeddedPostgres

BOTH: Final = ("sqlite", "postgres")
_TABLES: Final = [str(delete(table)) for table in reversed(Base.metadata.sorted_tables)]
_EMPTYING: Final = "; ".join(["SET lock_timeout = '2s'", *_TABLES])


def sqlite_in(folder: Path) -> str:
    """Return the URL of a SQLite file in a folder, for a test to which the kind is all one."""
    return f"sqlite:///{folder / 'link.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """One real PostgreSQL for the whole run, started where a test first asks for it."""
    server = EmbeddedPostgres()
    with asyncio.Runner() as runner:
        runner.run(server.__aenter__())
        yield server
        runner.run(server.__aexit__(None, None, None))


@dataclass
class Databases:
    """Databases on PostgreSQL, migrated and empty; one that comes back whole is lent again.

    Making one costs a tenth of a second, emptying one a hundredth of that.
    """

    server: EmbeddedPostgres
    spare: list[str] = field(default_factory=list)

    async def lend(self) -> str:
        """Return the URL of one that nobody else uses."""
        if self.spare:
            return self.spare.pop()
        url = await self.server.new_database()
        async with open_database(url):
            return url

    async def take_back(self, url: str) -> None:
        """Empty a database, or drop it where its tables are not what they were."""
        try:
            async with self.server.connected(url) as connection:
                await connection.execute(_EMPTYING)
        except asyncpg.PostgresError:
            await self.server.drop_database(url)
        else:
            self.spare.append(url)


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: EmbeddedPostgres) -> Databases:
    """Databases for the tests of the run, one after the other."""
    return Databases(postgres_server)


@pytest.fixture
async def own_postgres() -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL of one test's own, to be ill-treated."""
    async with EmbeddedPostgres() as server:
        yield server


@pytest.fixture
async def postgres_url(postgres_databases: Databases) -> AsyncIterator[str]:
    """The URL of one test's own database on PostgreSQL, migrated and empty."""
    url = await postgres_databases.lend()
    yield url
    await postgres_databases.take_back(url)


@pytest.fixture
async def empty_postgres_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of one test's own database on PostgreSQL, without a table."""
    url = await postgres_server.new_database()
    yield url
    await postgres_server.drop_database(url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of one test's own database, once of each kind."""
    return _url(request, tmp_path, "postgres_url")


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of one test's own database without a table, once of each kind."""
    return _url(request, tmp_path, "empty_postgres_url")


def _url(request: pytest.FixtureRequest, tmp_path: Path, postgres: str) -> str:
    if request.param == "sqlite":
        return sqlite_in(tmp_path)
    url: str = request.getfixturevalue(postgres)
    return url
