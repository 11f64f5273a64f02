"""Base of addresses and wallets: an item, its store, and the rules they share.

Instants are epoch ms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from link_kernel.clock import Clock


@dataclass(slots=True, kw_only=True)  # not frozen: a frozen one takes three times as long to make
class SavedItem:
    """The fields that addresses and wallets have in common; an item is replaced, never changed."""

    id: str
    customer_id: str
    label: str
    is_default: bool = False
    usage_count: int = 0
    last_used_at: int | None = None
    created_at: int
    updated_at: int


T = TypeVar("T", bound=SavedItem)


class ItemStore(Protocol[T]):
    """The store of one customer's items of one kind; any other id raises `NotFound`."""

    async def all(self) -> list[T]:
        """Return all items, the oldest first."""
        ...

    async def get(self, item_id: str) -> T:
        """Return an item."""
        ...

    async def add(self, item: T, *, most: int) -> T:
        """Add an item, the first as the default; raises `Conflict` where there are `most`."""
        ...

    async def change(self, item: T, changes: Mapping[str, Any]) -> T:
        """Change these fields of an item that `get` returned."""
        ...

    async def promote(self, item: T) -> T:
        """Make an item that `get` returned the default instead of the present one."""
        ...

    async def delete(self, item_id: str) -> None:
        """Delete an item; if it is the default, the most used other item becomes the default."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerItems(Generic[T]):
    """One customer's items of one kind, within the SQL session that `saved` works in.

    All methods raise `StoreUnavailable`; methods that take an id raise `NotFound`.
    """

    saved: ItemStore[T]
    customer_id: str
    clock: Clock

    async def promote(self, item_id: str) -> T:
        """Make an item the default instead of the present one."""
        return await self.saved.promote(await self.saved.get(item_id))

    async def track_usage(self, item_id: str) -> T:
        """Count a use of an item."""
        item = await self.saved.get(item_id)
        changes = {"usage_count": item.usage_count + 1, "last_used_at": self.clock.now_ms()}
        return await self.saved.change(item, changes)
