"""A migration only adds what the release before it can live with (decision 26)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from link_api.database.alembic_upgrade import MIGRATIONS, alembic_config

# What a migration takes away that no release since the one before it uses: revision and parts.
GOES: Final[Mapping[str, frozenset[str]]] = {}

Facts = dict[str, Any]


def revisions() -> list[str]:
    """Return all revisions, the first one first."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    found = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in found][::-1]


def facts_of(connection: sa.Connection) -> Facts:
    """Return each table, column and constraint by a name of its own, with what it demands."""
    found = sa.inspect(connection)
    facts: Facts = {}
    for table in set(found.get_table_names()) - {"alembic_version"}:
        facts[f"table {table}"] = found.get_pk_constraint(table)["constrained_columns"]
        for column in found.get_columns(table):
            is_needed = not column["nullable"] and column["default"] is None
            facts[f"column {table}.{column['name']}"] = (str(column["type"]), is_needed)
        for kind, constraints in (
            ("unique", found.get_unique_constraints(table)),
            ("check", found.get_check_constraints(table)),
            ("foreign key", found.get_foreign_keys(table)),
            ("unique", [one for one in found.get_indexes(table) if one["unique"]]),
        ):
            facts |= {f"{kind} {table}.{one['name']}": True for one in constraints}
    return facts


def breaks(before: Facts, after: Facts) -> Iterator[str]:
    """Yield what the release before cannot live with.

    Something that is gone or differs, and what an older table demands for the first time.
    """
    yield from (f"{name} is gone" for name in sorted(before.keys() - after.keys()))
    for name in sorted(after):
        if name in before and before[name] != after[name]:
            yield f"{name} differs"
    for name in sorted(after.keys() - before.keys()):
        kind, _, part = name.rpartition(" ")
        is_of_an_older_table = f"table {part.partition('.')[0]}" in before
        is_demand = after[name][1] if kind == "column" else kind != "table"
        if is_of_an_older_table and is_demand:
            yield f"{name} is demanded"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    """A connection to an empty database, in a transaction."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def test_every_migration_only_adds(connection: sa.Connection) -> None:
    """Both releases run on one database during a rollout, and the older one after a rollback."""
    before: Facts = {}
    for revision in revisions():
        command.upgrade(alembic_config(connection), revision)
        after = facts_of(connection)
        found = {line for line in breaks(before, after) if before}
        assert found == {f"{part} is gone" for part in GOES.get(revision, ())}, revision
        before = after


def _needed(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda op: op.drop_table("others"), "table others is gone"),
        (lambda op: op.drop_column("old", "note"), "column old.note is gone"),
        (lambda op: op.rename_table("others", "all"), "table others is gone"),
        (
            lambda op: op.alter_column("old", "note", new_column_name="said"),
            "column old.note is gone",
        ),
        (lambda op: op.alter_column("old", "note", nullable=False), "column old.note differs"),
        (lambda op: op.alter_column("old", "note", type_=sa.Integer()), "column old.note differs"),
        (lambda op: op.add_column("old", _needed("new")), "column old.new is demanded"),
        (
            lambda op: op.create_unique_constraint("uq_note", "old", ["note"]),
            "unique old.uq_note is demanded",
        ),
        (
            lambda op: op.create_index("ix_note", "old", ["note"], unique=True),
            "unique old.ix_note is demanded",
        ),
        (
            lambda op: op.create_check_constraint("ck_note", "old", "note <> ''"),
            "check old.ck_note is demanded",
        ),
        (
            lambda op: op.create_foreign_key("fk_note", "old", "others", ["note"], ["id"]),
            "foreign key old.fk_note is demanded",
        ),
        (lambda op: op.add_column("old", sa.Column("new", sa.Integer())), None),
        (
            lambda op: op.add_column(
                "old", sa.Column("new", sa.Integer(), server_default="1", nullable=False)
            ),
            None,
        ),
        (lambda op: op.create_table("new", sa.Column("id", sa.Integer(), nullable=False)), None),
        (lambda op: op.create_index("ix_note", "old", ["note"]), None),
    ],
)
def test_what_a_release_cannot_live_with_is_noticed(
    connection: sa.Connection, change: Callable[[Operations], None], line: str | None
) -> None:
    """And what it can live with is not."""
    op = Operations(MigrationContext.configure(connection))
    op.create_table("others", sa.Column("id", sa.String(9), primary_key=True))
    op.create_table("old", sa.Column("id", sa.Integer()), sa.Column("note", sa.String(9)))
    before = facts_of(connection)
    change(_Batched(op))  # type: ignore[arg-type]  # what it does not batch is the same
    found = list(breaks(before, facts_of(connection)))
    assert (line in found) if line else not found


class _Batched:
    """Operations that SQLite has only by copying a table."""

    def __init__(self, op: Operations) -> None:
        self._op = op

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return an operation, of a batch where its table is the second argument."""
        if name in {"rename_table", "drop_table", "create_table", "create_index", "add_column"}:
            return getattr(self._op, name)  # type: ignore[no-any-return]  # of Alembic

        def batched(*arguments: Any, **named: Any) -> None:  # noqa: ANN401  # of Alembic
            is_named = name.startswith("create")
            table = arguments[1] if is_named else arguments[0]
            rest = (arguments[0], *arguments[2:]) if is_named else arguments[1:]
            with self._op.batch_alter_table(table) as batch:
                getattr(batch, name)(*rest, **named)

        return batched
