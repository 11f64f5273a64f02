"""SQL statements that requests send to a database: counted, recorded, and failing where wanted.

Those of the sweeper, which runs beside the requests when it likes, count nowhere.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from link_api.database.pool import ConnectionPool
from link_api.database.session import PostgresqlSession, Session, SqliteSession
from link_api.database.sqlite_connections import SqliteConnection
from link_api.database.statements import Call, Rows
from link_kernel.observability.logs import REQUEST_ID

Moment = Literal["before", "after"]
Send = Callable[[Any, Sequence[Call]], Awaitable[Sequence[Rows]]]


@dataclass
class Steps:
    """The steps of a transaction so far: its statements, the `BEGIN`s among them, and its end."""

    seen: list[str] = field(default_factory=list)


@contextmanager
def failing(step: int | None = None, moment: Moment = "before") -> Iterator[Steps]:
    """Count steps to any database; have the database fail once, before or after it does a step."""
    steps = Steps()

    def reach(name: str) -> None:
        if len(steps.seen) == step and name == steps.seen[-1]:
            steps.seen.append("the failure")
            raise sqlite3.OperationalError("made to fail")

    def watched(send: Send) -> Send:
        async def one_by_one(session: Session, calls: Sequence[Call]) -> Sequence[Rows]:
            rows: list[Rows] = []
            if REQUEST_ID.get() is None:
                return await send(session, calls)
            for call in calls:
                name = call.statement.prepared_for(session.dialect).text
                steps.seen.append(name)
                if moment == "before" or name == "COMMIT":  # what is committed has not failed
                    reach(name)
                rows.extend(await send(session, [call]))
                if moment == "after":
                    reach(name)
            return rows

        return one_by_one

    with _watching(watched):
        yield steps


@contextmanager
def hand_overs() -> Iterator[list[list[str]]]:
    """Collect the statements that sessions hand to a driver together."""
    batches: list[list[str]] = []

    def watched(send: Send) -> Send:
        async def noted(session: Session, calls: Sequence[Call]) -> Sequence[Rows]:
            if REQUEST_ID.get() is not None:
                texts = [call.statement.prepared_for(session.dialect).text for call in calls]
                batches.append(texts)
            return await send(session, calls)

        return noted

    with _watching(watched):
        yield batches


@contextmanager
def sent_to_the_database() -> Iterator[list[str]]:
    """Collect what the drivers of serving connections send, transactions included."""
    log, take = _Log(), ConnectionPool.take

    async def watched(pool: ConnectionPool[Any]) -> Any:  # noqa: ANN401  # the driver's own
        driver = await take(pool)
        if REQUEST_ID.get() is not None:
            await log.follow(driver)
        return driver

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConnectionPool, "take", watched)
        yield log.sent
        log.is_open = False


@dataclass
class _Log:
    """What drivers tell of their statements, as long as it is open: they go on telling."""

    sent: list[str] = field(default_factory=list)
    is_open: bool = True

    async def follow(self, driver: Any) -> None:  # noqa: ANN401  # the driver's own
        """Have a driver's connection tell of its statements, once each."""
        if isinstance(driver, SqliteConnection):
            await driver.run(lambda opened: opened.set_trace_callback(self._note))
        else:
            driver.add_query_logger(self._note_query)  # a set: a second time changes nothing

    def _note(self, statement: str) -> None:
        if self.is_open:
            self.sent.append(statement)

    def _note_query(self, query: Any) -> None:  # noqa: ANN401  # the driver's own
        self._note(query.query)


@contextmanager
def _watching(watched: Callable[[Send], Send]) -> Iterator[None]:
    """Replace what hands statements to a driver by what watches it."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (SqliteSession, PostgresqlSession):
            patch.setattr(kind, "send", watched(kind.send))
        yield
