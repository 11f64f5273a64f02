"""SQL statements sent to a database: counted, recorded, and failing where a test wants it."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from sqlalchemy import Engine, Pool, event

from link_api.database.session import PostgresqlSession, Session, SqliteSession
from link_api.database.statements import Call, Rows

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
            batches.append([call.statement.prepared_for(session.dialect).text for call in calls])
            return await send(session, calls)

        return noted

    with _watching(watched):
        yield batches


@contextmanager
def sent_to_the_database() -> Iterator[list[str]]:
    """Collect what the drivers themselves send, transactions included.

    SQLAlchemy prepares its statements itself, of which asyncpg does not tell: those are noted as
    they come back from it. A `PRAGMA` is a setting of our own connection and sent nowhere.
    """
    sent: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith("PRAGMA"):
            sent.append(statement)

    def watch(connection: Any, *_rest: object) -> None:  # noqa: ANN401  # the driver's own
        driver = connection.driver_connection
        if hasattr(driver, "add_query_logger"):
            driver.add_query_logger(log)
            return
        connection.run_async(lambda opened: opened.set_trace_callback(note))

    def unwatch(connection: Any, *_rest: object) -> None:  # noqa: ANN401  # the driver's own
        if hasattr(connection.driver_connection, "remove_query_logger"):
            connection.driver_connection.remove_query_logger(log)

    def log(query: Any) -> None:  # noqa: ANN401  # the driver's own
        note(query.query)

    def prepared(connection: Any, _cursor: object, statement: str, *_rest: object) -> None:  # noqa: ANN401  # SQLAlchemy's
        if connection.dialect.name == "postgresql":
            note(statement)

    with _listening(
        (Pool, "checkout", watch),
        (Pool, "checkin", unwatch),
        (Engine, "after_cursor_execute", prepared),
    ):
        yield sent


@contextmanager
def _listening(*listeners: tuple[Any, str, Any]) -> Iterator[None]:
    for listener in listeners:
        event.listen(*listener)
    try:
        yield
    finally:
        for listener in listeners:
            event.remove(*listener)


@contextmanager
def _watching(watched: Callable[[Send], Send]) -> Iterator[None]:
    """Replace what hands statements to a driver by what watches it."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (SqliteSession, PostgresqlSession):
            patch.setattr(kind, "send", watched(kind.send))
        yield
