"""SQL sessions that read or write, and the database failures that become a 503.

Outside this package only the storage modules and `idempotency` build SQL statements.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from sqlalchemy import MetaData
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import DeclarativeBase

from link_api.database.engine import AUTOCOMMIT
from link_api.database.locks import acquire
from link_kernel.errors import StoreUnavailable

DATABASE_FAILURES: Final = (DBAPIError, PoolTimeout, OSError)

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

WRITERS: Final = "writers"

_log: Final = logging.getLogger(__name__)


class Base(DeclarativeBase):
    """Base of all tables; constraints have names, by which migrations can refer to them."""

    metadata = MetaData(naming_convention=_NAMING)


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

    A semaphore limits the writers of this process: SQLite has one writer at a time, and its own
    waiting is unfair; on PostgreSQL it leaves connections to the readers. Raises
    `StoreUnavailable` where the database does not answer.
    """
    writer_place = acquire(engine.sync_engine.get_execution_options()[WRITERS])
    with database_failures():
        async with (
            writer_place,
            AsyncSession(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session


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
    if isinstance(error, DataError | IntegrityError):
        return True
    # PostgreSQL reports by SQLSTATE: class 22 is data, class 23 constraints.
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return state[:2] in {"22", "23"}
