"""Connections to PostgreSQL and SQLite that serve, and engines that migrate; with time-outs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, NullPool, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from link_api.database.postgresql_connections import PostgresqlConnections
from link_api.database.sqlite_connections import SqliteConnections

_DRIVERS: Final = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
_SHAPE: Final = (
    "must be postgresql://user:password@host/database or sqlite:///file.db; write @ : / ? # % in a"
    " password as %40 %3A %2F %3F %23 %25"
)
_TLS: Final = "sslmode"
_TLS_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_MEMORY: Final = (":memory:", "file:")


def parse_database_url(text: str) -> URL:
    """Return the URL with its asynchronous driver, whether or not the text names one.

    The one parameter is PostgreSQL's `sslmode`; `verify-full` checks the certificate against the
    authorities in the file named by `PGSSLROOTCERT`. Raises `ValueError`.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(_SHAPE) from None
    kind = url.drivername.partition("+")[0]
    if url.drivername not in {kind, _DRIVERS.get(kind)} or kind not in _DRIVERS:
        raise ValueError(_SHAPE)
    url = url.set(drivername=_DRIVERS[kind])
    return _sqlite(url) if kind == "sqlite" else _postgresql(url)


def _sqlite(url: URL) -> URL:
    if not url.database or url.database.startswith(_MEMORY) or url.host or url.query:
        raise ValueError(
            "SQLite takes a file alone: sqlite:///relative.db or sqlite:////absolute.db"
        )
    return url


def _postgresql(url: URL) -> URL:
    if not url.host or not url.database:
        raise ValueError("PostgreSQL needs a host and a database: postgresql://host/database")
    mode = url.query.get(_TLS)
    if set(url.query) - {_TLS} or (mode is not None and mode not in _TLS_MODES):
        raise ValueError(f"the one parameter is {_TLS}: {', '.join(_TLS_MODES)}")
    return url.set(query={} if mode is None else {"ssl": mode})  # the driver's own name for it


_NAME: Final = "link-api"
_CONNECT_S: Final = 2.0
_STATEMENT_MS: Final = 5_000
_ANSWER_S: Final = 6.0  # longer, so that a server that is alive reports the time-out itself
_IDLE_MS: Final = 10_000
_LOCK_MS: Final = 4_000
_BUSY_MS: Final = 2_000
_MIGRATION_MS: Final = 60_000  # the wait of one service while another migrates


def serving_connections(url: URL) -> SqliteConnections | PostgresqlConnections:
    """Return what opens the connections that serve requests, while its context lasts."""
    if is_sqlite(url):
        return SqliteConnections(url.database or "", _pragmas(_BUSY_MS, foreign_keys="ON"))
    limits = {
        "statement_timeout": str(_STATEMENT_MS),
        "lock_timeout": str(_LOCK_MS),
        "idle_in_transaction_session_timeout": str(_IDLE_MS),
    }
    _, where = url.get_dialect()().create_connect_args(url)
    return PostgresqlConnections(**where, **_arguments(limits, answer_s=_ANSWER_S))


@asynccontextmanager
async def migrating_engine(url: URL) -> AsyncIterator[AsyncEngine]:
    """Give an engine for migrations, which may be slow and wait for each other's lock.

    SQLite's foreign keys are off: a migration that recreates a table drops it for a moment. The
    connections are closed with the context.
    """
    if not is_sqlite(url):
        limits = {"statement_timeout": "0", "lock_timeout": str(_MIGRATION_MS)}
        arguments = _arguments(limits, answer_s=None)
        async with _opened(url, connect_args=arguments) as engine:
            yield engine
        return
    pragmas = _pragmas(_MIGRATION_MS, foreign_keys="OFF")
    async with (
        SqliteConnections(url.database or "", pragmas) as connections,
        _opened(url, async_creator=connections.connect) as engine,
    ):
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        yield engine


@asynccontextmanager
async def _opened(url: URL, **arguments: Any) -> AsyncIterator[AsyncEngine]:  # noqa: ANN401  # SQLAlchemy's own
    engine = create_async_engine(url, hide_parameters=True, poolclass=NullPool, **arguments)
    try:
        yield engine
    finally:
        await engine.dispose()


def _pragmas(busy_ms: int, *, foreign_keys: str) -> dict[str, str | int]:
    """Return SQLite's settings: with WAL readers run beside the writer."""
    return {"busy_timeout": busy_ms, "journal_mode": "WAL", "foreign_keys": foreign_keys}


def _arguments(limits: dict[str, str], *, answer_s: float | None) -> dict[str, object]:
    """Return the arguments of asyncpg; `limits` are settings of the server."""
    return {
        "timeout": _CONNECT_S,
        "max_cached_statement_lifetime": 0,  # a prepared statement is kept with its connection
        "command_timeout": answer_s,
        "server_settings": {"application_name": _NAME, **limits},
    }


def is_sqlite(url: URL) -> bool:
    """Tell whether a parsed URL is of a SQLite file."""
    return url.get_backend_name() == "sqlite"


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: SQLite refuses to upgrade a read transaction later."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
