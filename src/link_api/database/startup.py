"""Opens the SQL database and migrates it: a SQLite file by default, PostgreSQL by URL."""

import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import URL, Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from link_api.database.engine import (
    is_sqlite,
    migrating_engine,
    parse_database_url,
    serving_connections,
)
from link_api.database.failures import DATABASE_FAILURES
from link_api.database.session import Database, reading
from link_api.database.statements import Statement
from link_api.migrations import NEWEST

# The key of our advisory lock in PostgreSQL: "link_api" in ASCII.
_MIGRATION_LOCK: Final = 0x6C696E6B5F617069
# Alembic's own table, which a database without any migration does not have.
_REVISION: Final = text("SELECT version_num FROM alembic_version")
_HAS_REVISION: Final = {
    "sqlite": text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"),
    "postgresql": text("SELECT to_regclass('alembic_version') IS NOT NULL"),
}
_READ_REVISION: Final = Statement(_REVISION)
_NUMBERED: Final = re.compile(r"v(\d{4,8})", re.ASCII)
_NEWEST: Final = int(NEWEST.removeprefix("v"))
_LOOK_FOR_REVISION: Final = {kind: Statement(asked) for kind, asked in _HAS_REVISION.items()}


class DatabaseError(Exception):
    """The database cannot be used; the text says why, without the URL's password."""


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Give the database at `url`, migrated to the newest revision.

    Every connection is closed with the context, also one in use by a task. Raises `DatabaseError`.
    """
    try:
        parsed = parse_database_url(url)
    except ValueError as error:
        raise DatabaseError(f"LINK_DATABASE_URL: {error}") from None
    if is_sqlite(parsed):
        _try_sqlite(parsed)
        # The driver's debug lines hold every statement's values, contacts among them.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
    await _migrate(parsed)
    async with serving_connections(parsed) as connections:
        database = Database.of(parsed.get_dialect()(), connections)
        try:
            yield database
        finally:
            await database.pool.close()


def _try_sqlite(url: URL) -> None:
    """Open the file once without the driver; raises `DatabaseError` where that fails."""
    # The driver's thread would outlive a failed open and print a traceback.
    try:
        sqlite3.connect(url.database or "").close()
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot open {url.database}: {_reason(error)}") from None


async def _migrate(url: URL) -> None:
    try:
        async with migrating_engine(url) as engine, engine.begin() as connection:
            await connection.run_sync(upgrade)
    except DATABASE_FAILURES as error:
        raise DatabaseError(f"cannot open the database: {_reason(error)}") from error


def upgrade(connection: Connection) -> None:
    """Migrate in the connection's transaction, one service at a time.

    A database at the newest revision, or at one of a newer release, is left alone, without
    PostgreSQL's advisory lock. Otherwise each service reads the revision again after it has got
    the lock.
    """
    if _is_enough(_applied(connection)):
        return
    # Due once for each release; at the top, every process would hold Alembic at every start.
    from link_api.database.alembic_upgrade import upgrade_to_newest  # noqa: PLC0415

    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        if _is_enough(_applied(connection)):  # Alembic does not know a newer release's revision
            return
    upgrade_to_newest(connection)


def _reason(error: BaseException) -> str:
    """Return the first line of the driver's error; SQLAlchemy's adds the statement's values."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(original).__name__}: {str(original).partition(chr(10))[0]}"


async def is_migrated(database: Database) -> bool:
    """Tell whether the database is at the newest revision that this program knows, or a newer one.

    Raises `StoreUnavailable` where the database does not answer.
    """
    async with reading(database) as session:
        [[has_revision]] = await session.fetch(_LOOK_FOR_REVISION[database.dialect.name])
        found = await session.fetch(_READ_REVISION) if has_revision else ()
    return _is_enough(revision for (revision,) in found)


def _is_enough(revisions: Iterable[str]) -> bool:
    """Tell whether this is one revision, of this release or a newer one, by its number.

    A newer release's migrations are not known here, but they only add what this one can live with.
    """
    numbers = [_NUMBERED.fullmatch(revision) for revision in revisions]
    return [found is not None and int(found[1]) >= _NEWEST for found in numbers] == [True]


def _applied(connection: Connection) -> set[str]:
    """Return the revision of the database; a database without any migration has none."""
    if not connection.scalar(_HAS_REVISION[connection.dialect.name]):
        return set()
    return set(connection.scalars(_REVISION))
