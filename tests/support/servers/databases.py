"""A database for each test, of both kinds: a SQLite file, or one on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
import pytest
from sqlalchemy import create_engine, delete

import link_api.app  # noqa: F401  # with it come the tables of every slice
from link_api.database.session import Base
from link_api.database.startup import open_database, upgrade
from link_dev.embedded.postgres import EmbeddedPostgres

BOTH: Final = ("sqlite", "postgres")
_FILE: Final = "link.db"
_TABLES: Final = [str(delete(table)) for table in reversed(Base.metadata.sorted_tables)]
_EMPTYING: Final = "; ".join(["SET lock_timeout = '2s'", *_TABLES])


def sqlite_in(folder: Path) -> str:
    """Return the URL of a migrated SQLite file in a folder, for a test of one kind of database.

    It is a copy of one that was migrated once for the run: migrating costs more than most tests.
    """
    file = folder / _FILE
    if not file.exists():
        file.write_bytes(_migrated_sqlite())
    return f"sqlite:///{file}"


def empty_sqlite_in(folder: Path) -> str:
    """Return the URL of a SQLite file in a folder that is not there yet."""
    return f"sqlite:///{folder / _FILE}"


@cache
def _migrated_sqlite() -> bytes:
    """Return the file that the migrations make; its journal is not yet as the service sets it."""
    with TemporaryDirectory(prefix="link-sqlite-") as folder:
        engine = create_engine(empty_sqlite_in(Path(folder)))
        with engine.begin() as connection:
            upgrade(connection)
        engine.dispose()
        return (Path(folder) / _FILE).read_bytes()


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
    """A pool of migrated, empty PostgreSQL databases; a database that is returned intact is reused.

    Making one costs a tenth of a second, emptying one a hundredth of that.
    """

    server: EmbeddedPostgres
    spare: list[str] = field(default_factory=list)

    async def lend(self) -> str:
        """Return the URL of a database that no other test uses."""
        if self.spare:
            return self.spare.pop()
        url = await self.server.new_database()
        async with open_database(url):
            return url

    async def take_back(self, url: str) -> None:
        """Empty a database, or drop it if its tables were changed."""
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
async def own_postgres(production_time_outs: None) -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL for one test alone, which may stop or pause it."""
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
    return sqlite_in(tmp_path) if _is_sqlite(request) else _asked(request, "postgres_url")


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of one test's own database without a table, once of each kind."""
    if _is_sqlite(request):
        return empty_sqlite_in(tmp_path)
    return _asked(request, "empty_postgres_url")


def _is_sqlite(request: pytest.FixtureRequest) -> bool:
    return str(request.param) == BOTH[0]


def _asked(request: pytest.FixtureRequest, fixture: str) -> str:
    url: str = request.getfixturevalue(fixture)
    return url
