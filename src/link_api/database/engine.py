"""Connections to PostgreSQL and SQLite that serve, and engines that migrate; with time-outs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Dialect, NullPool, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from link_api.database.postgresql_connections import PostgresqlConnections, TimeOuts
from link_api.database.postgresql_url import (
    SCHEMES,
    SHAPE,
    PostgresqlServer,
    parse_postgresql_url,
)
from link_api.database.sqlite_connections import SqliteConnections
from link_kernel.errors import InvalidSetting

_SQLITE: Final = "sqlite+aiosqlite"
_POSTGRESQL: Final = "postgresql+asyncpg"
_MEMORY: Final = (":memory:", "file:")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Milliseconds that PostgreSQL may take, as an operator allows; `None` is the default."""

    connect_ms: int | None = None
    read_ms: int | None = None

    @property
    def connect_s(self) -> float:
        """Seconds for connecting to a host."""
        return _CONNECT_S if self.connect_ms is None else self.connect_ms / 1000

    @property
    def answer_s(self) -> float:
        """Seconds for an answer."""
        return _ANSWER_S if self.read_ms is None else self.read_ms / 1000

    @property
    def statement_ms(self) -> int:
        """For a statement or the wait for one: less, so that the server reports it, if it lives."""
        return _STATEMENT_MS if self.read_ms is None else self.read_ms - _SOONER_MS

    @property
    def lock_ms(self) -> int:
        """For the wait for a lock, less again."""
        return _LOCK_MS if self.read_ms is None else self.statement_ms * 4 // 5


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The path of a SQLite database."""

    path: str


Address = PostgresqlServer | SqliteFile


def parse_database_url(text: str) -> Address:
    """Return where a database is; raises `ValueError`, whose text holds nothing of the URL."""
    if text.partition("://")[0] in SCHEMES:
        return parse_postgresql_url(text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise InvalidSetting(SHAPE) from None
    if url.drivername not in {"sqlite", _SQLITE}:
        raise InvalidSetting(SHAPE)
    if not url.database or url.database.startswith(_MEMORY) or url.host or url.query:
        raise InvalidSetting(
            "SQLite takes a file alone: sqlite:///relative.db or sqlite:////absolute.db"
        )
    return SqliteFile(url.database)


_CONNECT_S: Final = 2.0
_STATEMENT_MS: Final = 5_000
_ANSWER_S: Final = 6.0
_SOONER_MS: Final = 1_000
_LOCK_MS: Final = 4_000
_BUSY_MS: Final = 2_000
_MIGRATION_MS: Final = 60_000  # the wait of one service while another migrates
_MIGRATION_LIMITS: Final = {"statement_timeout": 0, "lock_timeout": _MIGRATION_MS}
_DEFAULTS: Final = Allowed()


def dialect_of(address: Address) -> Dialect:
    """Return the dialect of a database's driver."""
    name = _SQLITE if isinstance(address, SqliteFile) else _POSTGRESQL
    return make_url(f"{name}://").get_dialect()()


def serving_connections(
    address: Address, allowed: Allowed
) -> SqliteConnections | PostgresqlConnections:
    """Return what opens the connections that serve requests, while its context lasts."""
    if isinstance(address, SqliteFile):
        return SqliteConnections(address.path, _pragmas(_BUSY_MS, foreign_keys="ON"))
    limits = {
        "statement_timeout": allowed.statement_ms,
        "lock_timeout": allowed.lock_ms,
        # A caller whose connection died holds its lock no longer than it waits for the answer.
        "idle_in_transaction_session_timeout": allowed.statement_ms,
    }
    return PostgresqlConnections(address, TimeOuts(allowed.connect_s, allowed.answer_s, limits))


def reading_connections(
    address: Address, allowed: Allowed
) -> SqliteConnections | PostgresqlConnections:
    """Return what opens connections that are to change nothing, not even a file's journal."""
    if isinstance(address, SqliteFile):
        return SqliteConnections(address.path, {"busy_timeout": _BUSY_MS, "query_only": "ON"})
    return serving_connections(address, allowed)


@asynccontextmanager
async def migrating_engine(
    address: Address, allowed: Allowed = _DEFAULTS
) -> AsyncIterator[AsyncEngine]:
    """Give an engine for migrations, which may be slow and wait for each other's lock.

    SQLite's foreign keys are off: a migration that recreates a table drops it for a moment. The
    connections are closed with the context.
    """
    if isinstance(address, SqliteFile):
        pragmas = _pragmas(_MIGRATION_MS, foreign_keys="OFF")
        async with (
            SqliteConnections(address.path, pragmas) as files,
            _opened(_SQLITE, _begin_sqlite, async_creator=files.connect) as engine,
        ):
            yield engine
        return
    time_outs = TimeOuts(allowed.connect_s, None, _MIGRATION_LIMITS)
    async with (
        PostgresqlConnections(address, time_outs) as connections,
        _opened(_POSTGRESQL, _limit_postgresql, creator=partial(_adapted, connections)) as engine,
    ):
        yield engine


@asynccontextmanager
async def _opened(
    driver: str,
    begin: Callable[[Connection], None],
    **arguments: Any,  # noqa: ANN401  # SQLAlchemy's own
) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(
        f"{driver}://", hide_parameters=True, poolclass=NullPool, **arguments
    )
    event.listen(engine.sync_engine, "begin", begin)
    try:
        yield engine
    finally:
        await engine.dispose()


def _adapted(connections: PostgresqlConnections) -> Any:  # noqa: ANN401  # SQLAlchemy's own
    """Return a new connection for SQLAlchemy.

    Its prepared statements have names that no other has: a pooler may lend their session to others.
    """
    dialect: Any = make_url(f"{_POSTGRESQL}://").get_dialect()
    return dialect.import_dbapi().connect(
        async_creator_fn=connections.connect,
        prepared_statement_cache_size=0,
        prepared_statement_name_func=_statement_name,
    )


def _statement_name() -> str:
    return f"link_{uuid4().hex}"


def _pragmas(busy_ms: int, *, foreign_keys: str) -> dict[str, str | int]:
    """Return SQLite's settings: with WAL readers run beside the writer."""
    return {"busy_timeout": busy_ms, "journal_mode": "WAL", "foreign_keys": foreign_keys}


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: SQLite refuses to upgrade a read transaction later."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _limit_postgresql(connection: Connection) -> None:
    """Set the time-outs for the transaction: behind a pooler, sessions have those of others."""
    for name, value in _MIGRATION_LIMITS.items():
        connection.exec_driver_sql(f"SET LOCAL {name} = {value}")
