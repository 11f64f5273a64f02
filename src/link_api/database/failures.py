"""The database's failures, which become a 503 unless they are faults of this program."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError

from link_kernel.errors import StoreUnavailable

DATABASE_FAILURES: Final = (
    DBAPIError,
    OSError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
# A connection to a primary that was demoted, or from before a migration: another one does better.
OUTLIVED: Final = (asyncpg.ReadOnlySQLTransactionError, asyncpg.InvalidCachedStatementError)
_OUR_FAULTS: Final = (sqlite3.DataError, sqlite3.IntegrityError)

_log: Final = logging.getLogger(__name__)


@contextmanager
def database_failures() -> Iterator[None]:
    """Raise `StoreUnavailable` for every failure of the database.

    The error of a statement that can never succeed is a fault of this program, and stays as it is.
    """
    try:
        yield
    except DATABASE_FAILURES as error:
        if _is_our_fault(error):
            raise
        _log.warning("store_unavailable", extra={"detail": type(error).__name__})
        raise StoreUnavailable(type(error).__name__) from error


def _is_our_fault(error: BaseException) -> bool:
    """Tell whether a value or a constraint was refused: a retry would not help."""
    if isinstance(error, _OUR_FAULTS):
        return True
    # PostgreSQL reports by SQLSTATE: class 22 is data, class 23 constraints.
    state = getattr(error, "sqlstate", None) or ""
    return state[:2] in {"22", "23"}
