"""The database's failures, which become a 503 unless they are faults of this program."""

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError

from link_kernel.errors import StoreUnavailable
from link_kernel.observability.lasting_faults import LastingFault

DATABASE_FAILURES: Final = (
    DBAPIError,
    OSError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # among them: a server has ended a session that was idle
)
# What no connection to this server does any more: those that are left are of no use either.
_OUTLIVED: Final = (
    OSError,  # lost, or a server that does not answer: time-outs are among them
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.ReadOnlySQLTransactionError,  # a primary that was demoted
    asyncpg.InvalidCachedStatementError,  # from before a migration
    # A pooler stands between, or came since.
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
)
# PostgreSQL's words for an error that ends the session; it has them in its own language, too.
_ENDING: Final = {"FATAL", "PANIC"}
# The same of a list of servers, none of which takes writes.
_READ_ONLY: Final = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TargetServerAttributeNotMatched,
)
# PgBouncer has one code for all that it refuses; the words are its own or the server's, in English.
_LOGIN_REFUSED_BY_POOLER: Final = re.compile(
    r"authentication failed|no such (?:user|database)"
    r"|(?:database|role) \".*\" (?:does not exist|is not permitted to log in)"
)
_NO_ROOM_AT_POOLER: Final = re.compile(
    r"no more connections allowed|client connections exceeded|too many (?:connections|clients)"
    r"|connection slots are reserved"
)
_OUR_FAULTS: Final = (sqlite3.DataError, sqlite3.IntegrityError)

NO_ANSWER: Final = LastingFault(
    logging.getLogger(__name__), "store_unavailable", "store_answers_again"
)


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
        cause = cause_of(error)
        NO_ANSWER.met(cause)
        raise StoreUnavailable(cause) from error
    if NO_ANSWER.lasts:
        NO_ANSWER.not_met()


def outlives(error: BaseException) -> bool:
    """Tell whether all connections met what this one did, or soon will."""
    severities = {getattr(error, name, None) for name in ("severity", "severity_en")}
    return isinstance(error, _OUTLIVED) or not severities.isdisjoint(_ENDING)


def is_read_only(error: BaseException | None) -> bool:
    """Tell whether a server answered that it takes no writes."""
    return isinstance(error, _READ_ONLY)


def refuses_login(error: BaseException | None) -> bool:
    """Tell whether a server answered that it does not know this login, or this database."""
    return _state_of(error)[:2] in {"28", "3D"} or _says(error, _LOGIN_REFUSED_BY_POOLER)


def has_no_room(error: BaseException | None) -> bool:
    """Tell whether a server answered that it has no room: for connections, on its disk."""
    return _state_of(error)[:2] == "53" or _says(error, _NO_ROOM_AT_POOLER)


def lacks_rights(error: BaseException | None) -> bool:
    """Tell whether a server answered that the user may not do this, or not in any schema."""
    return _state_of(error) in {"42501", "3F000"}


def cause_of(error: BaseException) -> str:
    """Return the error's name, with PostgreSQL's code if there is one, and nothing of its text."""
    return f"{type(error).__name__} {_state_of(error)}".rstrip()


def _says(error: BaseException | None, words: re.Pattern[str]) -> bool:
    """Tell whether a pooler's error has such words."""
    is_poolers = isinstance(error, asyncpg.ProtocolViolationError)
    return is_poolers and words.search(str(error)) is not None


def _is_our_fault(error: BaseException) -> bool:
    """Tell whether a value or a constraint was refused: a retry would not help."""
    if isinstance(error, _OUR_FAULTS):
        return True
    # Class 22 is data, class 23 constraints.
    return _state_of(error)[:2] in {"22", "23"}


def _state_of(error: BaseException | None) -> str:
    """Return PostgreSQL's code of an error; its first two characters are a class of errors."""
    return getattr(error, "sqlstate", None) or ""
