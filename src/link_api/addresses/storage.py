"""A customer's addresses in SQL."""

from typing import Final

from sqlalchemy import Float, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from link_api.addresses.service import Address, AddressBook
from link_api.customers.scope import CustomerScope
from link_api.saved_items.storage import DefaultsRow, ItemTable, SavedItemRow, SavedItems
from link_api.spelling.phone_numbers import LONGEST_E164

_LINE: Final = 120
_LONG_LINE: Final = 500
_COUNTRY: Final = 2


class AddressRow(SavedItemRow):
    """An address as the customer wrote it."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("customer_id", "id"),)

    street_address: Mapped[str] = mapped_column(String(_LINE))
    apartment: Mapped[str | None] = mapped_column(String(_LINE))
    city: Mapped[str] = mapped_column(String(_LINE))
    region: Mapped[str] = mapped_column(String(_LINE))
    country: Mapped[str] = mapped_column(String(_COUNTRY))
    postal_code: Mapped[str | None] = mapped_column(String(_LINE))
    delivery_instructions: Mapped[str | None] = mapped_column(String(_LONG_LINE))
    phone_for_delivery: Mapped[str | None] = mapped_column(String(LONGEST_E164))
    latitude: Mapped[float | None] = mapped_column(Float(53))
    longitude: Mapped[float | None] = mapped_column(Float(53))


ADDRESSES: Final = ItemTable(AddressRow, Address, DefaultsRow.address_id)


def saved_addresses(scope: CustomerScope) -> SavedItems[Address]:
    """Return the stored addresses of the scope's customer."""
    return SavedItems(scope, ADDRESSES)


def open_address_book(scope: CustomerScope) -> AddressBook:
    """Return the address book of the scope's customer, within its SQL session."""
    return AddressBook(
        saved_addresses(scope),
        scope.customer_id,
        scope.clock,
        scope.default_region,
        scope.reserved,
    )
