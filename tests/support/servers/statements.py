"""SQL statements sent to a database: counted, recorded, and failing where a test wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Engine, Pool, event
from sqlalchemy.exc import OperationalError

Moment = Literal["before", "after"]


@dataclass
class Steps:
    """The steps of a transaction so far: its statements, the `BEGIN`s among them, and its end."""

    seen: list[str] = field(default_factory=list)


@contextmanager
def failing(step: int | None = None, moment: Moment = "before") -> Iterator[Steps]:
    """Count steps to any database; have the database fail once, before or after it does a step."""
    steps = Steps()

    def reach(name: str) -> None:
        if moment == "before":
            steps.seen.append(name)
        if len(steps.seen) == step and name == steps.seen[-1]:
            steps.seen.append("the failure")
            raise OperationalError(name, None, RuntimeError("made to fail"))

    def before(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if moment == "after":
            steps.seen.append(statement)
        else:
            reach(statement)

    def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if moment == "after":
            reach(statement)

    def commit(_connection: object) -> None:
        if moment == "after":
            steps.seen.append("COMMIT")
        reach("COMMIT")

    with _listening(
        (Engine, "before_cursor_execute", before),
        (Engine, "after_cursor_execute", after),
        (Engine, "commit", commit),
    ):
        yield steps


@contextmanager
def sent_to_the_database() -> Iterator[list[str]]:
    """Collect what the drivers themselves send, transactions included.

    asyncpg tells of all but prepared statements, so those are noted as they come back from it. A
    `PRAGMA` is a setting of the process's own connection and sent nowhere.
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
