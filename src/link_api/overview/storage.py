"""Reads a customer's whole data in one SQL statement, which is one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    literal_column,
    select,
    true,
    union_all,
)

from link_api.addresses.service import Address
from link_api.addresses.storage import ADDRESSES, AddressRow
from link_api.customers.service import CustomerRecord
from link_api.customers.storage import CUSTOMER_COLUMNS, IS_OPEN, no_customer, record_of
from link_api.customers.tables import CustomerRow
from link_api.database.session import Session
from link_api.database.statements import Rows, Statement
from link_api.mobile_money.service import MobileMoney
from link_api.mobile_money.storage import WALLETS, MobileMoneyRow
from link_api.preferences.service import Preferences
from link_api.preferences.storage import PREFERENCES_COLUMNS, PreferencesRow, preferences_of
from link_api.saved_items.storage import DefaultsRow, ItemTable, SavedItemRow, T


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


_CUSTOMER, _ADDRESSES, _WALLETS = range(3)
_COLUMNS: Final = (
    CUSTOMER_COLUMNS,
    PREFERENCES_COLUMNS,
    (DefaultsRow.address_id, DefaultsRow.mobile_money_id),
    ADDRESSES.columns,
    WALLETS.columns,
)


def _slices() -> list[slice]:
    """Return where each of `_COLUMNS` is in a row of the result."""
    ends = [sum(len(columns) for columns in _COLUMNS[: end + 1]) for end in range(len(_COLUMNS))]
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


_OF_CUSTOMER, _OF_PREFERENCES, _OF_DEFAULTS, _OF_ADDRESS, _OF_WALLET = _slices()


async def read_overview(
    session: Session, customer_id: str, parts: Parts, *, now_ms: int
) -> Overview:
    """Return these parts of a customer's data at this instant, the oldest items first.

    Raises `no_customer` where there is no such customer any more.
    """
    found = await session.fetch(_statement(parts), of_customer=customer_id, now=now_ms)
    if not found:
        raise await no_customer(session, customer_id)
    own = found[0]
    address_id, wallet_id = own[_OF_DEFAULTS]
    stored = own[_OF_PREFERENCES]
    return Overview(
        customer=record_of(own[_OF_CUSTOMER]),
        preferences=preferences_of(stored, address_id, wallet_id) if any(stored) else None,
        addresses=_items(ADDRESSES, found, _OF_ADDRESS, address_id),
        mobile_money=_items(WALLETS, found, _OF_WALLET, wallet_id),
    )


def _items(table: ItemTable[T], found: Rows, where: slice, default_id: str | None) -> list[T]:
    """Return the items of one kind, which each have a row of their own."""
    id_at = where.start + table.id_at
    return [
        table.item_of(row[where], is_default=row[id_at] == default_id)
        for row in found
        if row[id_at] is not None
    ]


@cache
def _statement(parts: Parts) -> Statement:
    return Statement(_select(parts))


def _select(parts: Parts) -> Select[*tuple[Any, ...]]:
    """Select the customer's row first, then one for each address and each wallet."""
    kinds = union_all(
        *(select(literal_column(str(kind)).label("kind")) for kind in range(3))
    ).subquery("kinds")

    def own(
        rows: type[PreferencesRow | DefaultsRow | SavedItemRow], kind: int, *, is_read: bool = True
    ) -> ColumnElement[bool]:
        is_included = true() if is_read else false()
        return and_(
            is_included,
            kinds.c.kind == literal_column(str(kind)),
            rows.customer_id == CustomerRow.id,
        )

    columns: Sequence[Any] = [column for columns in _COLUMNS for column in columns]
    return (
        select(*columns)
        .select_from(CustomerRow)
        .join(kinds, true())
        .outerjoin(PreferencesRow, own(PreferencesRow, _CUSTOMER))
        .outerjoin(DefaultsRow, own(DefaultsRow, _CUSTOMER))
        .outerjoin(AddressRow, own(AddressRow, _ADDRESSES, is_read=parts.addresses))
        .outerjoin(MobileMoneyRow, own(MobileMoneyRow, _WALLETS, is_read=parts.mobile_money))
        .where(CustomerRow.id == bindparam("of_customer"), IS_OPEN)
        .order_by(
            kinds.c.kind,
            AddressRow.created_at,
            AddressRow.id,
            MobileMoneyRow.created_at,
            MobileMoneyRow.id,
        )
    )
