"""A customer's mobile-money wallets in SQL."""

from typing import Final

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from link_api.customers.scope import CustomerScope
from link_api.mobile_money.service import MobileMoney, Wallets
from link_api.saved_items.storage import DefaultsRow, ItemTable, SavedItemRow, SavedItems
from link_api.spelling.phone_numbers import LONGEST_E164

_PROVIDER: Final = 8
_PROVIDER_NAME: Final = 16


class MobileMoneyRow(SavedItemRow):
    """A wallet: one number with one provider, once a customer."""

    __tablename__ = "mobile_money"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("customer_id", "provider", "phone_number"),
    )

    provider: Mapped[str] = mapped_column(String(_PROVIDER))
    chosen_provider: Mapped[str | None] = mapped_column(String(_PROVIDER_NAME))
    phone_number: Mapped[str] = mapped_column(String(LONGEST_E164))
    verified_at: Mapped[int | None] = mapped_column(BigInteger)


WALLETS: Final = ItemTable(MobileMoneyRow, MobileMoney, DefaultsRow.mobile_money_id)


def saved_wallets(scope: CustomerScope) -> SavedItems[MobileMoney]:
    """Return the stored wallets of the scope's customer."""
    return SavedItems(scope, WALLETS)


def open_wallets(scope: CustomerScope) -> Wallets:
    """Return the wallets of the scope's customer, within its SQL session."""
    return Wallets(saved_wallets(scope), scope.customer_id, scope.clock, scope.reserved)
