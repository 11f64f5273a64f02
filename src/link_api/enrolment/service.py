"""Rules of enrolment, alone or with an order (docs/protocol.md#link-api)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from link_api.addresses.service import Address, AddressBook
from link_api.customers.service import CustomerRecord
from link_api.errors import NotOwnContact, OrderTaken
from link_api.mobile_money.service import MobileMoney, Wallets
from link_api.preferences.service import CustomerPreferences, OrderType, Preferences
from link_api.saved_items.service import CustomerItems, SavedItem
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.errors import ValidationFailed

T = TypeVar("T", bound=SavedItem)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolled customer; `is_new` says whether this very call enrolled them."""

    customer: CustomerRecord
    preferences: Preferences
    is_new: bool


@dataclass(frozen=True, slots=True)
class OrderInput:
    """An order to link, and the fields of its address and wallet.

    `order_id` is the business's own, of any spelling.
    """

    business_id: str
    order_id: str
    order_type: OrderType
    address: Mapping[str, Any] | None
    wallet: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LinkedOrder:
    """A customer's order; its address and wallet may have been deleted since (`None`)."""

    business_id: str
    order_id: str
    order_type: OrderType
    address_id: str | None
    mobile_money_id: str | None
    linked_at: int


@dataclass(frozen=True, slots=True)
class OrderEnrolment:
    """An enrolled customer and their order; `is_new` says whether this very call linked it."""

    customer: CustomerRecord
    preferences: Preferences
    order: LinkedOrder
    address: Address | None
    wallet: MobileMoney | None
    is_new: bool


class OneCustomer(Protocol):
    """One customer's row."""

    async def get(self) -> CustomerRecord:
        """Return the customer; raises `StoreUnavailable` where there is none any more."""
        ...

    async def rename(self, name: str) -> None:
        """Store the customer's name."""
        ...


class LinkedOrders(Protocol):
    """One customer's linked orders."""

    async def find(
        self, business_id: str, order_id: str, order_type: OrderType
    ) -> LinkedOrder | None:
        """Return a linked order of the customer, or `None`."""
        ...

    async def claim(self, business_id: str, order_id: str) -> bool:
        """Claim an order for the customer; `False` where another customer has claimed it."""
        ...

    async def add(self, order: LinkedOrder) -> None:
        """Store an order that the customer has claimed."""
        ...


@dataclass(frozen=True, slots=True)
class Enrolments:
    """One customer's enrolment, within one SQL transaction.

    An exception rolls everything back. All methods raise `StoreUnavailable`.
    """

    customer: OneCustomer
    preferences: CustomerPreferences
    orders: LinkedOrders
    addresses: AddressBook
    wallets: Wallets
    clock: Clock

    async def enrol(self, contact: Contact, name: str | None, business_id: str | None) -> Enrolment:
        """Enrol the customer; a second time changes nothing, the name included.

        Raises `NotOwnContact` for a contact that the customer has not proved, known or unknown.
        """
        if not (await self.customer.get()).has(contact):
            raise NotOwnContact("contact", details={"fields": ["contact"]})
        is_new = await self.preferences.enrol(business_id)
        if is_new and name is not None:
            await self.customer.rename(name)
        return Enrolment(await self.customer.get(), await self.preferences.get(), is_new)

    async def link_order(self, order_input: OrderInput) -> OrderEnrolment:
        """Enrol the customer and link an order; a repeat returns the linked order.

        An address or a wallet that is saved already is not saved again. Raises `OrderTaken` for an
        order of another customer, and what `AddressBook.add` and `Wallets.add` raise.
        """
        await self.preferences.enrol(order_input.business_id)
        linked = await self.orders.find(
            order_input.business_id, order_input.order_id, order_input.order_type
        )
        order = await self._link(order_input) if linked is None else linked
        return OrderEnrolment(
            customer=await self.customer.get(),
            preferences=await self.preferences.get(),
            order=order,
            address=await _find(self.addresses, order.address_id),
            wallet=await _find(self.wallets, order.mobile_money_id),
            is_new=linked is None,
        )

    async def _link(self, order_input: OrderInput) -> LinkedOrder:
        if not await self.orders.claim(order_input.business_id, order_input.order_id):
            raise OrderTaken("order", details={"fields": ["order_id"]})
        address, wallet = None, None
        if order_input.address is not None:
            with _naming_part("address"):
                address = await self.addresses.get_or_create(order_input.address)
        if order_input.wallet is not None:
            with _naming_part("mobile_money"):
                wallet = await self.wallets.get_or_create(order_input.wallet)
        order = LinkedOrder(
            business_id=order_input.business_id,
            order_id=order_input.order_id,
            order_type=order_input.order_type,
            address_id=None if address is None else address.id,
            mobile_money_id=None if wallet is None else wallet.id,
            linked_at=self.clock.now_ms(),
        )
        await self.orders.add(order)
        return order


@contextmanager
def _naming_part(part: str) -> Iterator[None]:
    """Prefix the field names of a `ValidationFailed` with the part of the body they are in.

    Those of its reasons too.
    """
    try:
        yield
    except ValidationFailed as error:
        raise ValidationFailed(
            error.detail, details=_prefixed(error.details or {}, part)
        ) from error


def _prefixed(details: Mapping[str, object], part: str) -> dict[str, object]:
    fields, reasons = details.get("fields"), details.get("reasons")
    if not isinstance(fields, list):
        return {"fields": [part]}
    prefixed: dict[str, object] = {"fields": [f"{part}.{name}" for name in fields]}
    if isinstance(reasons, dict):
        prefixed["reasons"] = {f"{part}.{name}": reason for name, reason in reasons.items()}
    return prefixed


async def _find(items: CustomerItems[T], item_id: str | None) -> T | None:
    return None if item_id is None else await items.saved.get(item_id)
