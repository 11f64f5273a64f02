"""SQL sessions that read or write.

A session runs prepared statements on the driver's own connection.
Outside this package only the storage modules and `idempotency` build SQL statements.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

from sqlalchemy import Dialect, MetaData, text
from sqlalchemy.orm import DeclarativeBase

from link_api.database.failures import DATABASE_FAILURES, database_failures
from link_api.database.lease import Kind, Lease, counting_time, tracing_sql
from link_api.database.locks import take_turn
from link_api.database.pool import ConnectionPool, Connections
from link_api.database.statements import (
    Call,
    RowLock,
    Rows,
    Statement,
    joined,
    writes_together,
)
from link_kernel.observability.metrics import Metrics

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# The most connections, and how many of them may write at once.
_SIZES: Final[Mapping[str, tuple[int, int]]] = {"sqlite": (15, 1), "postgresql": (20, 10)}

_ONE_ROW: Final = "SELECT 1"  # PostgreSQL's command tag


class Base(DeclarativeBase):
    """Base of all tables; constraints have names, by which migrations can refer to them."""

    metadata = MetaData(naming_convention=_NAMING)


class Session(ABC):
    """One connection of the pool while a call uses it; see `reading` and `writing`."""

    BEGIN: Statement
    _COMMIT: Final = Statement(text("COMMIT"))

    def __init__(self, lease: Lease[Any], dialect: Dialect) -> None:
        """Take a lease of the driver's connection, and the dialect that it speaks."""
        self.lease = lease
        self.dialect = dialect
        self._deferred: list[Call] = []
        self._known: tuple[Call, Rows] | None = None
        self._may_be_repeated = True

    @property
    def driver(self) -> Any:  # noqa: ANN401  # the driver's own
        """The driver's connection."""
        return self.lease.connection

    async def fetch(self, statement: Statement, /, **values: Any) -> Rows:  # noqa: ANN401  # of any column
        """Run a statement and return its rows, unless they are known."""
        call = Call(statement, values)
        if self._known is not None and self._known[0] == call:
            return self._known[1]
        return (await self.run(call))[0]

    def know(self, call: Call, rows: Rows) -> None:
        """Note the rows of a read that was part of another statement, until the next statement."""
        self._known = call, rows

    def defer(self, statement: Statement, /, **values: Any) -> None:  # noqa: ANN401  # of any column
        """Run a write together with the next statement, or with the commit: no wait of its own."""
        self._known = None
        self._deferred.append(Call(statement, values))

    async def run(self, *calls: Call) -> Sequence[Rows]:
        """Run the deferred statements and then these, in order; return the rows of these."""
        self._known = None
        due, self._deferred = [*self._deferred, *calls], []
        with tracing_sql(self.dialect.name, due):
            rows = await self._send_or_repeat(due)
        self._may_be_repeated = False
        return rows[len(due) - len(calls) :]

    async def commit(self) -> None:
        """Run the deferred statements and commit."""
        await self.run(Call(self._COMMIT, {}))

    async def _send_or_repeat(self, due: Sequence[Call]) -> Sequence[Rows]:
        """Send the statements; once more on another connection, where that is sure to be safe.

        These are the session's first ones, which read or began a transaction: nothing was done. A
        commit may have been, and who waited for a time-out waits for no second one.
        """
        try:
            return await self.send(due)
        except Exception as error:
            may_do_better = self.lease.judge(error, is_closed=self.is_closed)
            if not (may_do_better and self._did_nothing(due)) or isinstance(error, TimeoutError):
                raise
        await self.lease.renew()
        return await self.send(due)

    def _did_nothing(self, due: Sequence[Call]) -> bool:
        """Tell whether statements that failed are sure to have changed nothing."""
        is_undone = due[0].statement is self.BEGIN or not any(
            call.statement.written for call in due
        )
        return self._may_be_repeated and is_undone

    @abstractmethod
    async def send(self, calls: Sequence[Call]) -> Sequence[Rows]:
        """Have the driver run these statements, in order, and return the rows of each."""

    @abstractmethod
    async def roll_back(self) -> None:
        """Roll back the transaction, if there is one, and drop the deferred statements."""

    @property
    @abstractmethod
    def is_closed(self) -> bool:
        """Whether the connection was closed, or lost."""


class SqliteSession(Session):
    """A session on SQLite: a call to `run` is one hand-over to the connection's thread."""

    # The write lock is taken at once: SQLite refuses to upgrade a read transaction later.
    BEGIN = Statement(text("BEGIN IMMEDIATE"))

    async def send(self, calls: Sequence[Call]) -> Sequence[Rows]:
        """Run all statements in the connection's thread."""
        texts = []
        for call in calls:
            prepared = call.statement.prepared_for(self.dialect)
            texts.append((prepared.text, prepared.arguments(call.values)))
        rows: Sequence[Rows] = await self.driver.run(partial(_fetch_all, texts))
        return rows

    async def roll_back(self) -> None:
        """Roll back in the connection's thread."""
        self._deferred = []
        await self.driver.run(sqlite3.Connection.rollback)

    @property
    def is_closed(self) -> bool:
        """Whether the connection's thread was told to end."""
        return bool(self.driver.is_stopped)


class PostgresqlSession(Session):
    """A session on PostgreSQL: each statement is one round trip, but for what can be joined."""

    BEGIN = Statement(text("BEGIN"))

    async def send(self, calls: Sequence[Call]) -> Sequence[Rows]:
        """Run the statements one after the other; each is prepared once a connection.

        A row is locked with the message that begins the transaction, and writes to different
        tables are one statement.
        """
        rows: list[Rows] = []
        if calls[0].statement is self.BEGIN:
            rows = await self._begin(calls[1:2])
        for together in writes_together(calls[len(rows) :]):
            rows += await self._run_together(together)
        return rows

    async def _begin(self, following: Sequence[Call]) -> list[Rows]:
        """Begin, and lock a row in the same message, where that follows; return the rows of both.

        Those of the locked row are empty.
        """
        if following and isinstance(lock := following[0].statement, RowLock):
            text = lock.text_for(following[0].values["row_id"], self.dialect)
            if text is not None:
                status = await self.driver.execute(f"{self.driver.begin}; {text}")
                return [(), [()] if status == _ONE_ROW else []]
        await self.driver.execute(self.driver.begin)
        return [()]

    async def _run_together(self, calls: Sequence[Call]) -> Sequence[Rows]:
        if calls[0].statement is self._COMMIT:
            self._may_be_repeated = False
            await self.driver.execute("COMMIT")
            return [()]
        texts: list[str] = []
        arguments: list[Any] = []
        for call in calls:
            prepared = call.statement.prepared_for(self.dialect)
            texts.append(prepared.text)
            arguments += prepared.arguments(call.values)
        if len(calls) == 1:
            return [await self.driver.fetch(texts[0], *arguments)]
        await self.driver.fetch(joined(tuple(texts)), *arguments)
        return [()] * len(calls)

    async def roll_back(self) -> None:
        """Roll back, also where a statement has failed."""
        self._deferred = []
        if self.driver.is_in_transaction():
            await self.driver.execute("ROLLBACK")

    @property
    def is_closed(self) -> bool:
        """Whether the socket is closed."""
        return bool(self.driver.is_closed())


_SESSIONS: Final[Mapping[str, type[Session]]] = {
    "sqlite": SqliteSession,
    "postgresql": PostgresqlSession,
}


@dataclass(frozen=True, slots=True)
class Database:
    """The database that serves requests: its dialect, its connections, the places of its writers.

    SQLite has one writer at a time, and its own waiting is unfair; on PostgreSQL a bound leaves
    connections to the readers.
    """

    dialect: Dialect
    pool: ConnectionPool[Any]
    writers: asyncio.Semaphore
    metrics: Metrics

    @classmethod
    def of(cls, dialect: Dialect, connections: Connections[Any], metrics: Metrics) -> Self:
        """Return the database that these connections lead to."""
        size, writers = _SIZES[dialect.name]
        pool = ConnectionPool(connections, size=size)
        return cls(dialect, pool, asyncio.Semaphore(writers), metrics)


@asynccontextmanager
async def reading(database: Database, kind: Kind = "read") -> AsyncIterator[Session]:
    """Give a session for one statement, which is one round trip: no transaction around it.

    Raises `StoreUnavailable` where the database does not answer.
    """
    with counting_time(database.metrics, kind), database_failures():
        lease = Lease(database.pool, await database.pool.take())
        session = _SESSIONS[database.dialect.name](lease, database.dialect)
        is_intact = False
        try:
            yield session
            is_intact = True
        except TimeoutError:
            raise  # a server that is silent answers no ROLLBACK either
        except Exception:
            if lease.closing is None and not session.is_closed:
                with suppress(*DATABASE_FAILURES):
                    await session.roll_back()
                    is_intact = not session.is_closed
            raise
        finally:
            # After a time-out or a cancellation the statement may still run.
            lease.end(is_intact=is_intact)


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Session]:
    """Give a session in one transaction, committed where the context ends without an exception.

    The transaction begins with the first statement. Raises `StoreUnavailable` where the database
    does not answer, or no writer's place is free.
    """
    await take_turn(database.writers)
    session: Session | None = None
    try:
        async with reading(database, "transaction") as session:
            session.defer(session.BEGIN)
            yield session
            await session.commit()
    finally:
        if session is None or session.lease.closing is None:
            database.writers.release()
        else:  # its transaction may hold the lock that the next writer needs
            session.lease.closing.add_done_callback(lambda _closed: database.writers.release())


def _fetch_all(
    texts: Sequence[tuple[str, tuple[Any, ...]]], connection: sqlite3.Connection
) -> list[Rows]:
    """Run statements; in the connection's thread."""
    return [connection.execute(text, arguments).fetchall() for text, arguments in texts]
