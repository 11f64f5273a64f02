"""SQL statements of SQLAlchemy Core, whose text is made once for each kind of database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

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

    def prepared_for(self, dialect: Dialect) -> PreparedText:
        """Return the text for the drivers of this dialect."""
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _compile(self._core, dialect)
        return prepared


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
