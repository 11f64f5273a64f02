"""The SQL database: SQLite in a file by default, any other by URL; brought up to date at the start.

Here and in the slices' storage is all that knows of SQLAlchemy.
"""

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, MetaData, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from link_kernel.errors import StoreUnavailable

_BUSY_MS: Final = 2_000
_AUTOCOMMIT: Final = "AUTOCOMMIT"
_NO_FILE: Final = (":memory:", "file:")
_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

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
        engine = create_async_engine(url, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseRefused(f"LINK_DATABASE_URL: {_reason(error)}") from None
    if engine.dialect.name == "sqlite":
        _try_sqlite(engine.url)
        # The driver's debug lines hold every statement's values, contacts among them.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    try:
        await _migrate(engine)
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Give a session for one statement, which is one round trip: no transaction around it.

    Raises `StoreUnavailable` where the database does not answer.
    """
    with database_failures():
        async with AsyncSession(engine.execution_options(isolation_level=_AUTOCOMMIT)) as session:
            yield session


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Give a session in one transaction, committed where the context ends without an exception.

    On SQLite writers come one after the other, from the first statement on. Raises
    `StoreUnavailable` where the database does not answer.
    """
    with database_failures():
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session


@contextmanager
def database_failures() -> Iterator[None]:
    """Raise `StoreUnavailable` for whatever keeps the database from answering."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        _log.warning("store_unavailable", extra={"detail": type(error).__name__})
        raise StoreUnavailable(type(error).__name__) from error


def _try_sqlite(url: URL) -> None:
    """Open the file once by hand; raises `DatabaseRefused` where that fails."""
    # The driver's own thread outlives a failed open, and its last words are a traceback.
    if not url.database or url.database.startswith(_NO_FILE):
        return
    try:
        sqlite3.connect(url.database).close()
    except sqlite3.Error as error:
        raise DatabaseRefused(f"cannot open {url.database}: {_reason(error)}") from None


async def _migrate(engine: AsyncEngine) -> None:
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except (DBAPIError, OSError) as error:
        raise DatabaseRefused(f"cannot open the database: {_reason(error)}") from error


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "link_api:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _reason(error: BaseException) -> str:
    """Return the driver's own line; SQLAlchemy's adds the statement and its values."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(original).__name__}: {original}"


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """Let readers and one writer go on together, and hold foreign keys to what they say."""
    cursor: sqlite3.Cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the one writer's place at once: a reader that turns writer later would be refused."""
    if connection.get_execution_options().get("isolation_level") != _AUTOCOMMIT:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
