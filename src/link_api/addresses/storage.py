"""A customer's addresses in SQL, within one transaction or statement."""

from typing import Final

from sqlalchemy import Float, String, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from link_api.addresses.service import Address
from link_api.contacts import LONGEST_E164
from link_api.saved_items.storage import DefaultsRow, SavedItemRow, SavedItems

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


def saved_addresses(session: AsyncSession, customer_id: str) -> SavedItems[AddressRow, Address]:
    """Return the addresses of one customer."""
    return SavedItems(session, customer_id, (AddressRow, Address), DefaultsRow.address_id)
