"""Opens the SQL database and brings it up to date: a SQLite file by default, PostgreSQL by URL."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from link_api.database.engine import (
    MOST_WRITERS,
    migrating_engine,
    parse_database_url,
    serving_engine,
)
from link_api.database.session import _FAILURES, _WRITERS, reading

MIGRATIONS: Final = "link_api:migrations"
# Ours among the advisory locks of a PostgreSQL: "link_api" in ASCII.
_MIGRATION_LOCK: Final = 0x6C696E6B5F617069


class DatabaseError(Exception):
    """The database cannot be used; the text says why, without the URL's password."""


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[AsyncEngine]:
    """Give the engine of the database at `url`, migrated to the newest revision.

    No connection outlives the context, whatever task was cancelled or still holds one. Raises
    `DatabaseError`.
    """
    try:
        where = parse_database_url(url)
    except ValueError as error:
        raise DatabaseError(f"LINK_DATABASE_URL: {error}") from None
    if where.get_backend_name() == "sqlite":
        _try_sqlite(where)
        # The driver's debug lines hold every statement's values, contacts among them.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
    await _migrate(where)
    writers = asyncio.Semaphore(1 if where.get_backend_name() == "sqlite" else MOST_WRITERS)
    async with serving_engine(where) as engine:
        yield engine.execution_options(**{_WRITERS: writers})


def _try_sqlite(url: URL) -> None:
    """Open the file once by hand; raises `DatabaseError` where that fails."""
    # The driver's own thread outlives a failed open, and its last words are a traceback.
    try:
        sqlite3.connect(url.database or "").close()
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot open {url.database}: {_reason(error)}") from None


async def _migrate(url: URL) -> None:
    try:
        async with migrating_engine(url) as engine, engine.begin() as connection:
            await connection.run_sync(upgrade)
    except _FAILURES as error:
        raise DatabaseError(f"cannot open the database: {_reason(error)}") from error


def upgrade(connection: Connection) -> None:
    """Migrate in the connection's transaction, one service after the other.

    Each looks at the revision once it has its turn.
    """
    if connection.dialect.name == "postgresql":  # SQLite's transactions take turns by themselves
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return what Alembic's commands take to work on this connection."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    return config


def _reason(error: BaseException) -> str:
    """Return the driver's own line; SQLAlchemy's adds the statement and its values."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(original).__name__}: {str(original).partition(chr(10))[0]}"


async def is_migrated(engine: AsyncEngine) -> bool:
    """Tell whether the newest revision has been applied, and none that this program does not know.

    Raises `StoreUnavailable` where the database does not answer.
    """
    async with reading(engine) as session:
        connection = await session.connection()
        return await connection.run_sync(_applied) == _newest()


def _applied(connection: Connection) -> frozenset[str]:
    return frozenset(MigrationContext.configure(connection).get_current_heads())


@cache
def _newest() -> frozenset[str]:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    return frozenset(ScriptDirectory.from_config(config).get_heads())
