"""Storage of addresses and wallets in SQL, each kind with one default.

The default is a pointer in one row, not a flag on each item: concurrent promotions always leave
exactly one.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Select,
    String,
    func,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, declared_attr, mapped_column

from link_api.customers.scope import CustomerScope
from link_api.customers.storage import ID_LENGTH, CustomerRow
from link_api.database.session import Base
from link_api.saved_items.service import SavedItem
from link_kernel.errors import Conflict, NotFound

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


R = TypeVar("R", bound=SavedItemRow)
T = TypeVar("T", bound=SavedItem)


class SavedItems(Generic[R, T]):
    """One customer's items of one kind, within a SQL session.

    Every query is restricted to the customer: another customer's item is `NotFound` like none.
    """

    def __init__(
        self,
        scope: CustomerScope,
        kinds: tuple[type[R], type[T]],
        default: InstrumentedAttribute[str | None],
    ) -> None:
        """Take the classes of row and item, with equal fields, and the column of `DefaultsRow`."""
        self._session = scope.session
        self._customer_id = scope.customer_id
        self._rows, self._items = kinds
        self._default = default

    async def all(self) -> list[T]:
        """Return all items in one statement, the oldest first."""
        found = await self._session.execute(self._select())
        return [item_of(self._items, row, default) for row, default in found]

    async def get(self, item_id: str) -> T:
        """Return an item; raises `NotFound`."""
        return item_of(self._items, *await self._find(item_id))

    async def add(self, item: T, *, most: int) -> T:
        """Add an item; the customer's first one is the default.

        Raises `Conflict` where the customer has `most` of them.
        """
        own = select(func.count()).where(self._rows.customer_id == self._customer_id)
        present = await self._session.scalar(own) or 0
        if present >= most:
            raise Conflict(f"too many {self._rows.__tablename__}", details={"limit": most})
        self._session.add(self._rows(**_columns(item)))
        await self._session.flush()
        if not present:
            await self.promote(item.id)
        return replace(item, is_default=not present)

    async def change(self, item_id: str, changes: Mapping[str, Any]) -> T:
        """Change these fields of an item; raises `NotFound`."""
        row, is_default = await self._find(item_id)
        for name, value in changes.items():
            setattr(row, name, value)
        await self._session.flush()
        return item_of(self._items, row, is_default)

    async def promote(self, item_id: str) -> None:
        """Make an item the default instead of the present one."""
        await self._point_at(item_id)

    async def delete(self, item_id: str) -> None:
        """Delete an item; if it is the default, the most used other item becomes the default.

        Raises `NotFound`.
        """
        row, is_default = await self._find(item_id)
        if is_default:
            others = [other for other in await self.all() if other.id != item_id]
            successor = max(others, key=_usage, default=None)
            await self._point_at(None if successor is None else successor.id)
        await self._session.delete(row)
        await self._session.flush()

    async def _find(self, item_id: str) -> tuple[R, bool]:
        found = await self._session.execute(self._select().where(self._rows.id == item_id))
        pair = found.one_or_none()
        if pair is None:
            raise NotFound(f"no {self._rows.__tablename__} of this customer")
        return pair[0], pair[1]

    async def _point_at(self, item_id: str | None) -> None:
        row = await self._session.get(DefaultsRow, self._customer_id)
        if row is None:
            row = DefaultsRow(customer_id=self._customer_id)
            self._session.add(row)
        setattr(row, self._default.key, item_id)
        await self._session.flush()

    def _select(self) -> Select[R, bool]:
        """Select rows and whether each is the default."""
        rows = self._rows
        points_here = (DefaultsRow.customer_id == rows.customer_id) & (self._default == rows.id)
        return (
            select(rows, self._default.is_not(None))
            .outerjoin(DefaultsRow, points_here)
            .where(rows.customer_id == self._customer_id)
            .order_by(rows.created_at, rows.id)
        )


def item_of(kind: type[T], row: SavedItemRow, is_default: bool) -> T:  # noqa: FBT001  # as stored
    """Return a row as an item."""
    stored = {
        part.name: getattr(row, part.name) for part in fields(kind) if hasattr(row, part.name)
    }
    return kind(**stored, is_default=is_default)


def _columns(item: SavedItem) -> dict[str, Any]:
    columns = asdict(item)
    del columns["is_default"]
    return columns


def _usage(item: SavedItem) -> tuple[int, int, str]:
    """Sort key: usage count, then last use, then the id as a tie-breaker."""
    return item.usage_count, item.last_used_at or 0, item.id
