"""Rules of one customer's preferences (docs/protocol.md#link-api)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

from link_api.errors import NotEnrolled
from link_kernel.clock import Clock
from link_kernel.errors import NotFound

OrderType = Literal["delivery", "pickup", "dine-in"]
DEFAULT_FIELDS: Final = frozenset({"default_address_id", "default_mobile_money_id"})
"""The fields that name the default items: changing one promotes the item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """An enrolled customer's preferences; instants are epoch ms.

    The ids of the default items are the pointers that promoting an item sets.
    """

    customer_id: str
    enrolled_at: int
    enrollment_business_id: str | None
    preferred_order_type: OrderType | None = None
    notify_on_order: bool = True
    notify_on_payment: bool = True
    default_address_id: str | None = None
    default_mobile_money_id: str | None = None
    created_at: int
    updated_at: int


class StoredPreferences(Protocol):
    """One customer's stored preferences, which exist from the enrolment on."""

    async def find(self) -> Preferences | None:
        """Return the preferences, `None` before the enrolment."""
        ...

    async def add(self, preferences: Preferences) -> None:
        """Store the first preferences, which is the enrolment."""
        ...

    async def find_with(self, defaults: Mapping[str, str]) -> tuple[Preferences | None, bool]:
        """Return the preferences, and whether all these items are there and the customer's own."""
        ...

    async def change(self, changes: Mapping[str, Any]) -> None:
        """Change these fields of the stored preferences."""
        ...

    async def promote(self, defaults: Mapping[str, str]) -> None:
        """Make these items the defaults; the keys are of `DEFAULT_FIELDS`."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerPreferences:
    """One customer's preferences, within the SQL session that `stored` works in.

    All methods raise `StoreUnavailable`.
    """

    stored: StoredPreferences
    customer_id: str
    clock: Clock

    async def get(self) -> Preferences:
        """Return the preferences; raises `NotEnrolled`."""
        preferences = await self.stored.find()
        if preferences is None:
            raise NotEnrolled
        return preferences

    async def change(self, changes: Mapping[str, Any]) -> Preferences:
        """Change these fields and no other; a default's id promotes the item.

        Raises `NotEnrolled`, and `NotFound` for an item that is not the customer's own.
        """
        defaults = {name: changes[name] for name in DEFAULT_FIELDS & changes.keys()}
        preferences, are_own = await self.stored.find_with(defaults)
        if preferences is None:
            raise NotEnrolled
        if not are_own:
            raise NotFound("no such item of this customer")
        own = {name: value for name, value in changes.items() if name not in defaults}
        now = self.clock.now_ms()
        await self.stored.change({**own, "updated_at": now})
        if defaults:
            await self.stored.promote(defaults)
        return replace(preferences, **changes, updated_at=now)

    async def enrol(self, business_id: str | None) -> bool:
        """Enrol the customer through this business; `False` if already enrolled.

        A second enrolment changes nothing.
        """
        if await self.stored.find() is not None:
            return False
        now = self.clock.now_ms()
        await self.stored.add(
            Preferences(
                customer_id=self.customer_id,
                enrolled_at=now,
                enrollment_business_id=business_id,
                created_at=now,
                updated_at=now,
            )
        )
        return True
