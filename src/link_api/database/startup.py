"""Opens the SQL database and migrates it: a SQLite file by default, PostgreSQL by URL."""

import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from link_api.database.engine import (
    Address,
    Allowed,
    SqliteFile,
    dialect_of,
    migrating_engine,
    parse_database_url,
    reading_connections,
    serving_connections,
)
from link_api.database.failures import DATABASE_FAILURES, lacks_rights
from link_api.database.postgresql_connections import PostgresqlConnections
from link_api.database.session import Base, Database, reading
from link_api.database.sqlite_connections import SqliteConnections
from link_api.database.statements import Statement
from link_api.migrations import NEWEST
from link_kernel.observability.metrics import Metrics

# The key of our advisory lock in PostgreSQL: "link_api" in ASCII.
_MIGRATION_LOCK: Final = 0x6C696E6B5F617069
# Alembic's own table, which a database without any migration does not have.
_REVISION: Final = text("SELECT version_num FROM alembic_version")
# Whether there is that table, and whether the server takes no writes: one that follows another, or
# whose administrator forbids them.
_HAS_REVISION: Final = {
    "sqlite": text("SELECT count(*), 0 FROM sqlite_master WHERE name = 'alembic_version'"),
    "postgresql": text(
        "SELECT to_regclass('alembic_version') IS NOT NULL,"
        " current_setting('transaction_read_only') = 'on'"
    ),
}
_RIGHTS_OF_TABLES: Final = (
    "SELECT kind || ' on ' || name FROM unnest(ARRAY[{names}]) AS name,"
    " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS kind"
    " WHERE NOT coalesce(has_table_privilege(to_regclass(name), kind), false) ORDER BY 1"
)
_RIGHT_TO_MIGRATE: Final = (
    "SELECT 'CREATE on schema ' || coalesce(current_schema(), 'public')"
    " WHERE NOT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
)
_READ_REVISION: Final = Statement(_REVISION)
_SETTING: Final = "LINK_DATABASE_URL"
_NUMBERED: Final = re.compile(r"v(\d{4,8})", re.ASCII)
_NEWEST: Final = int(NEWEST.removeprefix("v"))
_LOOK_FOR_REVISION: Final = {kind: Statement(asked) for kind, asked in _HAS_REVISION.items()}

Schema = Literal["ok", "ahead", "behind", "foreign"]

_log: Final = logging.getLogger(__name__)


class DatabaseError(Exception):
    """The database cannot be used; the text says why, without the URL's password."""


class NoDatabaseYet(DatabaseError):
    """There is no file of this database: the first start makes it."""


@asynccontextmanager
async def open_database(
    url: str,
    *,
    connect_ms: int | None = None,
    read_ms: int | None = None,
    metrics: Metrics | None = None,
) -> AsyncIterator[Database]:
    """Give the database at `url`, migrated to the newest revision.

    PostgreSQL may take so long for a connection and for an answer. Every connection is closed with
    the context, also one in use by a task. Raises `DatabaseError`.
    """
    address, allowed = _usable(url), Allowed(connect_ms, read_ms)
    if isinstance(address, SqliteFile):
        _try_sqlite(address)
    await _migrate(address, allowed)
    async with (
        serving_connections(address, allowed) as connections,
        _database_of(address, connections, metrics) as database,
    ):
        yield database


@asynccontextmanager
async def open_unchanged(
    url: str, *, connect_ms: int | None = None, read_ms: int | None = None
) -> AsyncIterator[Database]:
    """Give the database at `url` as it is, only to be read; raises `DatabaseError`.

    A SQLite file must be there, since to open it would make it.
    """
    address, allowed = _usable(url), Allowed(connect_ms, read_ms)
    if isinstance(address, SqliteFile):
        _require_file(address)
    async with (
        reading_connections(address, allowed) as connections,
        _database_of(address, connections) as database,
    ):
        yield database


def _usable(url: str) -> Address:
    """Return where a database is; raises `DatabaseError`."""
    try:
        address = parse_database_url(url)
    except ValueError as error:
        raise DatabaseError(f"{_SETTING}: {error}") from None
    if isinstance(address, SqliteFile):
        # The driver's debug lines hold every statement's values, contacts among them.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
    elif address.missing:
        raise DatabaseError(f"{_SETTING}: no readable file at {', '.join(address.missing)}")
    return address


@asynccontextmanager
async def _database_of(
    address: Address,
    connections: SqliteConnections | PostgresqlConnections,
    metrics: Metrics | None = None,
) -> AsyncIterator[Database]:
    database = Database.of(dialect_of(address), connections, metrics or Metrics())
    try:
        yield database
    finally:
        await database.pool.close()


def _require_file(file: SqliteFile) -> None:
    if not Path(file.path).is_file():
        raise NoDatabaseYet(f"there is no file {file.path}")


def _try_sqlite(file: SqliteFile) -> None:
    """Open the file once without the driver; raises `DatabaseError` where that fails."""
    # The driver's thread would outlive a failed open and print a traceback.
    try:
        sqlite3.connect(file.path).close()
    except sqlite3.Error as error:
        raise DatabaseError(
            f"{_SETTING}: cannot open {file.path}: {_reason(error)}; name a file in a folder that"
            " this user can write"
        ) from None


async def _migrate(address: Address, allowed: Allowed) -> None:
    try:
        async with migrating_engine(address, allowed) as engine, engine.begin() as connection:
            await connection.run_sync(upgrade)
    except DATABASE_FAILURES as error:
        raise DatabaseError(
            f"{_SETTING}: cannot open the database: {_reason(error)}; {_cure_of(error, address)}"
        ) from error


def _cure_of(error: BaseException, address: Address) -> str:
    if isinstance(address, SqliteFile):
        return "name a file that SQLite wrote and this user can write, or none yet"
    if lacks_rights(_original(error)):
        granting = "GRANT CREATE, USAGE ON SCHEMA public TO this user"
        return f"{granting}, and make it the owner of the tables that are there"
    return "see that a server runs there and admits this user"


def upgrade(connection: Connection) -> None:
    """Migrate in the connection's transaction, one service at a time.

    A database at the newest revision, or at one of a newer release, is left alone, without
    PostgreSQL's advisory lock. Otherwise each service reads the revision again after it has got
    the lock. Raises `DatabaseError` for a revision of another program.
    """
    if not _is_due(connection):
        return
    # Its lines are templates, whose values no log of ours has; some come with the import.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Due once for each release; at the top, every process would hold Alembic at every start.
    from link_api.database.alembic_upgrade import upgrade_to_newest  # noqa: PLC0415

    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        if not _is_due(connection):  # Alembic does not know a newer release's revision
            return
    upgrade_to_newest(connection)
    _log.info("database_migrated", extra={"version": NEWEST})


def _is_due(connection: Connection) -> bool:
    """Tell whether there is something to migrate; say so where a newer release has."""
    applied = _applied(connection)
    schema = _schema_at(applied)
    if schema == "foreign":
        raise DatabaseError(
            f"{_SETTING}: the database is at a revision of another program, not of this one; give"
            " this one a database of its own"
        )
    if schema == "ahead":
        [revision] = applied
        extra = {"version": revision, "detail": f"this release knows {NEWEST}"}
        _log.warning("database_is_ahead", extra=extra)
    return schema == "behind"


def _reason(error: BaseException) -> str:
    """Return the first line of the driver's error; SQLAlchemy's adds the statement's values."""
    original = _original(error)
    said = f"{type(original).__name__}: {str(original).partition(chr(10))[0]}"
    return said.removesuffix(": ")  # a time-out has no words


def _original(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The schema of a database as this release sees it, and whether the server takes no writes."""

    schema: Schema
    is_read_only: bool


async def examine(database: Database) -> DatabaseState:
    """Return the state of the database; connections to a server without writes are replaced.

    Another one is asked then: a session may keep what it began with. Raises `StoreUnavailable`
    where the database does not answer.
    """
    look = _LOOK_FOR_REVISION[database.dialect.name]
    async with reading(database) as session:
        [[has_revision, is_read_only]] = await session.fetch(look)
        if is_read_only:
            database.pool.replace(session.driver, "read_only")
            await session.lease.renew()
            [[has_revision, is_read_only]] = await session.fetch(look)
        found = await session.fetch(_READ_REVISION) if has_revision else ()
    return DatabaseState(_schema_at({revision for (revision,) in found}), bool(is_read_only))


async def lacking_rights(database: Database, schema: Schema) -> list[str]:
    """Return the rights that the user lacks, as PostgreSQL names them; a SQLite file has none.

    Before migrations the tables are not all there, and what counts is the right to make them.
    Raises `StoreUnavailable`.
    """
    if database.dialect.name != "postgresql":
        return []
    names = ", ".join(f"'{table}'" for table in sorted(Base.metadata.tables))
    asked = _RIGHTS_OF_TABLES.format(names=names) if schema != "behind" else _RIGHT_TO_MIGRATE
    async with reading(database) as session:
        return [str(right) for (right,) in await session.fetch(Statement(text(asked)))]


def _schema_at(revisions: AbstractSet[str]) -> Schema:
    """Compare a revision with this release's newest one, by their numbers.

    A newer release's migrations are not known here, but they only add what this one can live with.
    """
    if not revisions:
        return "behind"
    numbers = [_NUMBERED.fullmatch(revision) for revision in revisions]
    if len(numbers) > 1 or numbers[0] is None or not int(numbers[0][1]):
        return "foreign"
    beyond = int(numbers[0][1]) - _NEWEST
    return "ahead" if beyond > 0 else "behind" if beyond < 0 else "ok"


def _applied(connection: Connection) -> set[str]:
    """Return the revision of the database; a database without any migration has none."""
    if not connection.scalar(_HAS_REVISION[connection.dialect.name]):
        return set()
    return set(connection.scalars(_REVISION))
