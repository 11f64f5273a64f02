"""SQL sessions that read or write, and which failures of the database are a 503.

Here and in the slices' storage is all that knows of SQLAlchemy.
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
from link_api.database.write_queue import acquire
from link_kernel.errors import StoreUnavailable

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
    place = acquire(engine.sync_engine.get_execution_options()[_WRITERS])
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
