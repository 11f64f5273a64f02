"""SQL statements of SQLAlchemy Core, whose text is made once for each kind of database."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Dialect,
    Select,
    UpdateBase,
    bindparam,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler

from link_kernel.ids import is_id

_MARKER: Final = "ROW_ID"
_PARAMETER: Final = re.compile(r"\$(\d+)")
_JOINED: Final = 256

Rows = Sequence[Sequence[Any]]
"""The rows of a result; a statement without a result has none."""


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A statement's text as a driver takes it; `fixed` holds the values that the text names."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]

    def arguments(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the driver's positional arguments; a missing value is a `KeyError`."""
        fixed = self.fixed
        return tuple([values[name] if name in values else fixed[name] for name in self.names])


class Statement:
    """A statement with named parameters, compiled at its first use and never again.

    Results are the driver's own: SQLite returns 0 and 1 for booleans.
    """

    def __init__(self, core: ClauseElement) -> None:
        """Take the statement; its parameters are `bindparam`s, or the columns of an `insert`."""
        self._core = core
        self._prepared: dict[str, PreparedText] = {}
        self.written = str(core.table) if isinstance(core, UpdateBase) else None
        """The table that it writes, if any; it returns no rows then."""

    def prepared_for(self, dialect: Dialect) -> PreparedText:
        """Return the text for the drivers of this dialect."""
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _compile(self._core, dialect)
        return prepared

    @cached_property
    def summary(self) -> str:
        """Its verb, and the tables that it names first: all that a trace says of it."""
        if self.written is not None:
            return f"{self._core.__visit_name__.upper()} {self.written}"
        if isinstance(self._core, Select):
            tables = [table.description for table in self._core.get_final_froms()]
            return " ".join(["SELECT", *tables])
        return str(self._core).split(maxsplit=1)[0]


class Number(Statement):
    """A statement that reads one number; another one may read it as `column`."""

    def __init__(self, core: Select[int]) -> None:
        """Take the select."""
        super().__init__(core)
        self.column = core.scalar_subquery()


class RowLock(Statement):
    """A statement that locks the row of the id `row_id` until the transaction ends."""

    def __init__(
        self, column: InstrumentedAttribute[str], prefix: str, *conditions: ColumnElement[bool]
    ) -> None:
        """Take the column of ids of ours, their prefix, and what a row must be to be locked."""
        # `FOR UPDATE` would block inserts that refer to the row by a foreign key.
        lock = select(column).where(*conditions).with_for_update(key_share=True)
        super().__init__(lock.where(column == bindparam("row_id")))
        self._marked = lock.where(column == literal(_MARKER))
        self._prefix = prefix
        self._literal: str | None = None

    def text_for(self, row_id: str, dialect: Dialect) -> str | None:
        """Return the text with the id in it, since only such texts are sent several at once.

        `None` for anything but an id of ours, which is letters and digits and needs no quoting.
        """
        if not is_id(row_id, self._prefix):
            return None
        if self._literal is None:
            compiled = self._marked.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            self._literal = str(compiled)
        return self._literal.replace(_MARKER, row_id)


def _compile(core: ClauseElement, dialect: Dialect) -> PreparedText:
    compiled = core.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("not a statement")
    names = tuple(compiled.positiontup or ())
    parameters = compiled.params
    fixed = {name: parameters[name] for name in names if not compiled.binds[name].required}
    return PreparedText(compiled.string, names, fixed)


@dataclass(frozen=True, slots=True)
class Call:
    """A statement and the values of its parameters."""

    statement: Statement
    values: Mapping[str, Any]


def writes_together(calls: Iterable[Call]) -> Iterator[list[Call]]:
    """Group calls in their order: writes to different tables are one group, all else is alone.

    Such writes can be one statement, whose parts do not see each other's effects.
    """
    group: list[Call] = []
    for call in calls:
        tables = {one.statement.written for one in group}
        if group and (call.statement.written in {None, *tables} or None in tables):
            yield group
            group = []
        group.append(call)
    if group:
        yield group


@lru_cache(_JOINED)
def joined(texts: tuple[str, ...]) -> str:
    """Return one statement of PostgreSQL that does these writes; it takes all their arguments."""
    *first, last = _renumbered(texts)
    parts = ", ".join(f"write_{at} AS ({text})" for at, text in enumerate(first))
    return f"WITH {parts} {last}"


def _renumbered(texts: Iterable[str]) -> Iterator[str]:
    """Return the texts, with the parameters of each numbered after those of the one before it."""
    taken = 0
    for text in texts:
        numbers = [int(number) for number in _PARAMETER.findall(text)]
        yield _PARAMETER.sub(partial(_raised, by=taken), text)
        taken += max(numbers, default=0)


def _raised(parameter: re.Match[str], *, by: int) -> str:
    return f"${int(parameter[1]) + by}"
