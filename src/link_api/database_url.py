"""Where the SQL database is: reads `LINK_DATABASE_URL`. What it refuses it never quotes."""

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

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

    Of parameters PostgreSQL may have `sslmode`, which `verify-full` checks against the authorities
    in the file that `PGSSLROOTCERT` names. Raises `ValueError`.
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
