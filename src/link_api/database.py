"""The SQL database: a SQLite file by default, PostgreSQL by URL; brought up to date at the start.

Here and in the slices' storage is all that knows of SQLAlchemy.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, MetaData, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import DeclarativeBase

from link_api.database_engine import AUTOCOMMIT, MOST_WRITERS, migrating_engine, serving_engine
from link_api.database_url import parse_database_url
from link_api.turns import in_turn
from link_kernel.errors import StoreUnavailable

MIGRATIONS: Final = "link_api:migrations"
# Ours among the advisory locks of a PostgreSQL: "link_api" in ASCII.
_MIGRATION_LOCK: Final = 0x6C696E6B5F617069
_FAILURES: Final = (DBAPIError, PoolTimeout, OSError)
_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_WRITERS: Final = "writers"

_log: Final = logging.getLogger(__name__)


class Base(DeclarativeBase):
    """Every table of the Link API; constraints are named, so that migrations can name them."""

    metadata = MetaData(naming_convention=_NAMING)


class DatabaseRefused(Exception):
    """The database cannot be used; the text says why, without the URL's password."""


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[AsyncEngine]:
    """Give the engine of the database at `url`, migrated to the newest revision.

    Raises `DatabaseRefused`.
    """
    try:
        where = parse_database_url(url)
    except ValueError as error:
        raise DatabaseRefused(f"LINK_DATABASE_URL: {error}") from None
    if where.get_backend_name() == "sqlite":
        _try_sqlite(where)
        # The driver's debug lines hold every statement's values, contacts among them.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
    await _migrate(where)
    writers = asyncio.Semaphore(1 if where.get_backend_name() == "sqlite" else MOST_WRITERS)
    engine = serving_engine(where).execution_options(**{_WRITERS: writers})
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Give a session for one statement, which is one round trip: no transaction around it.

    Raises `StoreUnavailable` where the database does not answer.
    """
    with database_failures():
        async with AsyncSession(engine.execution_options(isolation_level=AUTOCOMMIT)) as session:
            yield session


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Give a session in one transaction, committed where the context ends without an exception.

    Writers of this process wait in a queue: on SQLite, which has one at a time, its own waiting
    lets the unlucky starve; on PostgreSQL they shall leave connections to the readers. Raises
    `StoreUnavailable` where the database does not answer.
    """
    place = in_turn(engine.sync_engine.get_execution_options()[_WRITERS])
    with database_failures():
        async with place, AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session


@contextmanager
def database_failures() -> Iterator[None]:
    """Raise `StoreUnavailable` for whatever keeps the database from answering.

    What it answers to a statement of ours that cannot ever work is a fault of ours, and stays one.
    """
    try:
        yield
    except _FAILURES as error:
        if _is_our_fault(error):
            raise
        _log.warning("store_unavailable", extra={"detail": type(error).__name__})
        raise StoreUnavailable(type(error).__name__) from error


def _is_our_fault(error: BaseException) -> bool:
    """Tell whether a value or a constraint was refused: trying again would not help."""
    if isinstance(error, DataError | IntegrityError):
        return True
    # The driver of PostgreSQL tells by SQLSTATE: class 22 data, class 23 constraints.
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return state[:2] in {"22", "23"}


def _try_sqlite(url: URL) -> None:
    """Open the file once by hand; raises `DatabaseRefused` where that fails."""
    # The driver's own thread outlives a failed open, and its last words are a traceback.
    try:
        sqlite3.connect(url.database or "").close()
    except sqlite3.Error as error:
        raise DatabaseRefused(f"cannot open {url.database}: {_reason(error)}") from None


async def _migrate(url: URL) -> None:
    engine = migrating_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    except _FAILURES as error:
        raise DatabaseRefused(f"cannot open the database: {_reason(error)}") from error
    finally:
        await engine.dispose()


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
