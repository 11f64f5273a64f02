"""Storage of addresses and wallets in SQL, each kind with one default.

The default is a pointer in one row, not a flag on each item: concurrent promotions always leave
exactly one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    ScalarSelect,
    Select,
    String,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert  # its `ON CONFLICT` is SQLite's too
from sqlalchemy.orm import InstrumentedAttribute, Mapped, declared_attr, mapped_column

from link_api.customers.scope import CustomerScope
from link_api.customers.tables import ID_LENGTH, CustomerRow
from link_api.database.session import Base
from link_api.database.statements import Number, Statement
from link_api.errors import TooMany
from link_api.saved_items.service import SavedItem
from link_kernel.errors import NotFound

_LABEL_LENGTH: Final = 60


class DefaultsRow(Base):
    """A customer's default address and default wallet; without a row there is no default."""

    __tablename__ = "defaults"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "address_id"], ["addresses.customer_id", "addresses.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "mobile_money_id"], ["mobile_money.customer_id", "mobile_money.id"]
        ),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey(CustomerRow.id), primary_key=True)
    address_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    mobile_money_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))


class SavedItemRow(Base):
    """The columns that addresses and wallets have in common; instants are epoch ms."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    label: Mapped[str] = mapped_column(String(_LABEL_LENGTH))
    usage_count: Mapped[int] = mapped_column(Integer, default=0)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)

    @declared_attr
    @classmethod
    def customer_id(cls) -> Mapped[str]:
        """Return the column of the customer who owns the item."""
        return mapped_column(ForeignKey(CustomerRow.id), index=True)


T = TypeVar("T", bound=SavedItem)


class ItemTable(Generic[T]):
    """The table of one kind of items, and its statements; each names the customer."""

    def __init__(
        self,
        rows: type[SavedItemRow],
        kind: type[T],
        default: InstrumentedAttribute[str | None],
    ) -> None:
        """Take the classes of row and item, with equal fields, and the column of `DefaultsRow`."""
        self.name = rows.__tablename__
        self._rows, self._kind, self._default = rows, kind, default
        names = {part.name for part in fields(kind)} - {"is_default"}
        self.columns = tuple(column for column in rows.__table__.columns if column.name in names)
        self._names = tuple(column.name for column in self.columns)
        self.id_at = self._names.index("id")
        self._read = attrgetter(*self._names)
        self.select_all = Statement(self._select())
        self.select_one = Statement(self._select().where(rows.id == bindparam("item_id")))
        self.count = Number(select(func.count()).where(self._is_own))
        self.insert = Statement(insert(rows))
        self.delete = Statement(delete(rows).where(self._is_own, rows.id == bindparam("item_id")))
        self.point_at = Statement(self._point_at())
        self._updates: dict[frozenset[str], Statement] = {}

    def item_of(self, values: Sequence[Any], *, is_default: bool) -> T:
        """Return the item of these values, which stand in the order of `columns`."""
        return self._kind(**dict(zip(self._names, values, strict=True)), is_default=is_default)

    def values_of(self, item: T) -> dict[str, Any]:
        """Return the values of an item's columns, by their names."""
        return dict(zip(self._names, self._read(item), strict=True))

    def count_of(self, parameter: str) -> ScalarSelect[int]:
        """Return what counts, as 0 or 1, the customer's item of the id in this parameter."""
        is_item = self._rows.id == bindparam(parameter)
        return select(func.count()).where(self._is_own, is_item).scalar_subquery()

    def update(self, names: Collection[str]) -> Statement:
        """Return the statement that changes these columns of an item."""
        key = frozenset(names)
        if key not in self._updates:
            changed: dict[str, Any] = {name: bindparam(name) for name in names}
            of_item = update(self._rows).where(
                self._rows.customer_id == bindparam("of_customer"),
                self._rows.id == bindparam("item_id"),
            )
            self._updates[key] = Statement(of_item.values(changed))
        return self._updates[key]

    @property
    def _is_own(self) -> ColumnElement[bool]:
        return self._rows.customer_id == bindparam("of_customer")

    def _select(self) -> Select[*tuple[Any, ...]]:
        """Select the columns of items, and whether each is the default."""
        rows = self._rows
        points_here = (DefaultsRow.customer_id == rows.customer_id) & (self._default == rows.id)
        return (
            select(*self.columns, self._default.is_not(None))
            .select_from(rows)
            .outerjoin(DefaultsRow, points_here)
            .where(self._is_own)
            .order_by(rows.created_at, rows.id)
        )

    def _point_at(self) -> Insert:
        """Insert the customer's row of defaults, or change the one pointer in it."""
        column = self._default.key
        pointer = insert(DefaultsRow).values(
            {"customer_id": bindparam("of_customer"), column: bindparam("item_id")}
        )
        return pointer.on_conflict_do_update(
            index_elements=[DefaultsRow.customer_id], set_={column: pointer.excluded[column]}
        )


class SavedItems(Generic[T]):
    """One customer's items of one kind, within a SQL session.

    Every query is restricted to the customer: another customer's item is `NotFound` like none.
    """

    def __init__(self, scope: CustomerScope, table: ItemTable[T]) -> None:
        """Take the customer and the kind of items."""
        self._session = scope.session
        self._customer_id = scope.customer_id
        self._table = table

    async def all(self) -> list[T]:
        """Return all items in one statement, the oldest first."""
        found = await self._session.fetch(self._table.select_all, of_customer=self._customer_id)
        return [self._item(row) for row in found]

    async def get(self, item_id: str) -> T:
        """Return an item; raises `NotFound`."""
        found = await self._session.fetch(
            self._table.select_one, of_customer=self._customer_id, item_id=item_id
        )
        if not found:
            raise NotFound(f"no {self._table.name} of this customer")
        return self._item(found[0])

    async def add(self, item: T, *, most: int) -> T:
        """Add an item; the customer's first one is the default.

        Raises `TooMany` where the customer has `most` of them.
        """
        [[present]] = await self._session.fetch(self._table.count, of_customer=self._customer_id)
        if present >= most:
            raise TooMany(self._table.name, details={"limit": most})
        self._session.defer(self._table.insert, **self._table.values_of(item))
        if not present:
            self._point_at(item.id)
        return replace(item, is_default=not present)

    async def change(self, item: T, changes: Mapping[str, Any]) -> T:
        """Change these fields of an item that `get` returned."""
        self._session.defer(
            self._table.update(changes), of_customer=self._customer_id, item_id=item.id, **changes
        )
        return replace(item, **changes)

    async def promote(self, item: T) -> T:
        """Make an item that `get` returned the default instead of the present one."""
        self._point_at(item.id)
        return replace(item, is_default=True)

    async def delete(self, item_id: str) -> None:
        """Delete an item; if it is the default, the most used other item becomes the default.

        Raises `NotFound`.
        """
        item = await self.get(item_id)
        if item.is_default:
            others = [other for other in await self.all() if other.id != item_id]
            successor = max(others, key=_usage, default=None)
            self._point_at(None if successor is None else successor.id)
        self._session.defer(self._table.delete, of_customer=self._customer_id, item_id=item_id)

    def _point_at(self, item_id: str | None) -> None:
        self._session.defer(self._table.point_at, of_customer=self._customer_id, item_id=item_id)

    def _item(self, row: Sequence[Any]) -> T:
        return self._table.item_of(row[:-1], is_default=bool(row[-1]))


def _usage(item: SavedItem) -> tuple[int, int, str]:
    """Sort key: usage count, then last use, then the id as a tie-breaker."""
    return item.usage_count, item.last_used_at or 0, item.id
