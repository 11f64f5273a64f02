"""Statements that are joined for PostgreSQL: which, and how their parameters are numbered."""

from sqlalchemy import Table, bindparam, delete, func, insert, make_url, select, update

from link_api.customers.tables import CustomerRow
from link_api.database.statements import Call, RowLock, Statement, joined, writes_together
from link_api.idempotency import KeptAnswerRow
from link_api.saved_items.storage import DefaultsRow
from link_kernel.ids import new_id

POSTGRESQL = make_url("postgresql+asyncpg://").get_dialect()()
SQLITE = make_url("sqlite+aiosqlite://").get_dialect()()
LOCK = RowLock(CustomerRow.id, "cus")
READ = Statement(select(func.count()).select_from(CustomerRow))
RENAME = Statement(update(CustomerRow).values(name=bindparam("name")))
KEEP = Statement(insert(KeptAnswerRow))
FORGET = Statement(delete(KeptAnswerRow))
POINT = Statement(insert(DefaultsRow))


def groups(*statements: Statement) -> list[list[Statement]]:
    """Group statements, whatever their values."""
    calls = [Call(statement, {}) for statement in statements]
    return [[call.statement for call in group] for group in writes_together(calls)]


def test_writes_to_different_tables_go_together() -> None:
    """In their order."""
    assert groups(RENAME, POINT, KEEP) == [[RENAME, POINT, KEEP]]


def test_a_table_is_written_once_in_a_statement() -> None:
    """A second write to it would not see the first: a key that is deleted and stored anew."""
    assert groups(FORGET, RENAME, KEEP, POINT) == [[FORGET, RENAME], [KEEP, POINT]]


def test_a_read_is_alone() -> None:
    """It must see the writes before it, and none that come after."""
    assert groups(RENAME, READ, POINT, KEEP) == [[RENAME], [READ], [POINT, KEEP]]
    assert groups(READ, READ) == [[READ], [READ]]
    assert groups() == []


def test_parameters_are_numbered_on() -> None:
    """One that stands twice in its statement stays one."""
    text = joined(("INSERT INTO a VALUES ($1, $2, $1)", "DELETE FROM b", "UPDATE c SET d = $1"))

    assert text == (
        "WITH write_0 AS (INSERT INTO a VALUES ($1, $2, $1)), write_1 AS (DELETE FROM b)"
        " UPDATE c SET d = $3"
    )


def test_a_lock_holds_only_ids_of_ours_in_its_text() -> None:
    """Anything else is sent as a parameter."""
    own = new_id("cus")
    text = LOCK.text_for(own, POSTGRESQL)

    assert text is not None
    assert f"'{own}'" in text
    assert text.split()[-4:] == ["FOR", "NO", "KEY", "UPDATE"]
    for foreign in ("", new_id("acc"), f"{own}' OR ''='", f"{own};", f"{own}\n", "cus_é" * 8):
        assert LOCK.text_for(foreign, POSTGRESQL) is None


def test_sqlite_locks_no_row() -> None:
    """Its transaction has the one write lock from its begin."""
    assert "FOR" not in LOCK.prepared_for(SQLITE).text.split()


def test_a_write_names_its_table() -> None:
    """By which writes are told apart."""
    assert isinstance(CustomerRow.__table__, Table)
    assert RENAME.written == CustomerRow.__tablename__
    assert READ.written is None
    assert LOCK.written is None
