"""Reads a customer's whole data in one SQL statement, which is one round trip."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, literal, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from link_api.addresses.service import Address
from link_api.addresses.storage import AddressRow
from link_api.customers.service import CustomerRecord
from link_api.customers.storage import CustomerRow, customer_missing, record_of
from link_api.mobile_money.service import MobileMoney
from link_api.mobile_money.storage import MobileMoneyRow
from link_api.preferences.service import Preferences
from link_api.preferences.storage import PreferencesRow, preferences_of
from link_api.saved_items.storage import DefaultsRow, SavedItemRow, item_of


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts to read beside the customer and the preferences."""

    addresses: bool
    mobile_money: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A customer's data; parts that were not to be read are empty."""

    customer: CustomerRecord
    preferences: Preferences | None
    addresses: list[Address]
    mobile_money: list[MobileMoney]

    @property
    def default_address(self) -> Address | None:
        """The default among the addresses."""
        return next((address for address in self.addresses if address.is_default), None)

    @property
    def default_mobile_money(self) -> MobileMoney | None:
        """The default among the wallets."""
        return next((wallet for wallet in self.mobile_money if wallet.is_default), None)


_ADDRESSES: Final = "addresses"
_WALLETS: Final = "mobile_money"


@dataclass(frozen=True, slots=True)
class _Read:
    """A row of the result; `None` where an outer join found nothing."""

    customer: CustomerRow
    preferences: PreferencesRow | None
    defaults: DefaultsRow | None
    address: AddressRow | None
    wallet: MobileMoneyRow | None


async def read_overview(session: AsyncSession, customer_id: str, parts: Parts) -> Overview:
    """Return these parts of a customer's data, the oldest items first.

    Raises `StoreUnavailable` where there is no such customer any more.
    """
    found = [_Read(*row) for row in await session.execute(_select(customer_id, parts))]
    if not found:
        raise customer_missing()
    preferences, defaults = found[0].preferences, found[0].defaults
    address_id = None if defaults is None else defaults.address_id
    wallet_id = None if defaults is None else defaults.mobile_money_id
    addresses = [row.address for row in found if row.address is not None]
    wallets = [row.wallet for row in found if row.wallet is not None]
    return Overview(
        customer=record_of(found[0].customer),
        preferences=None
        if preferences is None
        else preferences_of(preferences, address_id, wallet_id),
        addresses=[item_of(Address, row, row.id == address_id) for row in addresses],
        mobile_money=[item_of(MobileMoney, row, row.id == wallet_id) for row in wallets],
    )


def _select(
    customer_id: str, parts: Parts
) -> Select[CustomerRow, PreferencesRow, DefaultsRow, AddressRow, MobileMoneyRow]:
    """Select one row for each address and each wallet, not their product; at least one row."""
    kinds = union_all(
        *(select(literal(kind).label("kind")) for kind in (_ADDRESSES, _WALLETS))
    ).subquery("kinds")

    def own(rows: type[SavedItemRow], kind: str, *, is_read: bool) -> ColumnElement[bool]:
        is_included = true() if is_read else false()
        return and_(is_included, kinds.c.kind == kind, rows.customer_id == CustomerRow.id)

    return (
        select(CustomerRow, PreferencesRow, DefaultsRow, AddressRow, MobileMoneyRow)
        .select_from(CustomerRow)
        .outerjoin(PreferencesRow, PreferencesRow.customer_id == CustomerRow.id)
        .outerjoin(DefaultsRow, DefaultsRow.customer_id == CustomerRow.id)
        .join(kinds, true())
        .outerjoin(AddressRow, own(AddressRow, _ADDRESSES, is_read=parts.addresses))
        .outerjoin(MobileMoneyRow, own(MobileMoneyRow, _WALLETS, is_read=parts.mobile_money))
        .where(CustomerRow.id == customer_id)
        .order_by(
            AddressRow.created_at, AddressRow.id, MobileMoneyRow.created_at, MobileMoneyRow.id
        )
    )
