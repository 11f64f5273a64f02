"""A customer's wallets in SQL, within one transaction or statement."""

from typing import Final

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from link_api.contacts import LONGEST_E164
from link_api.mobile_money.service import MobileMoney
from link_api.saved_items.storage import DefaultsRow, SavedItemRow, SavedItems

_PROVIDER: Final = 8


class MobileMoneyRow(SavedItemRow):
    """A wallet: one number with one provider, once a customer."""

    __tablename__ = "mobile_money"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("customer_id", "provider", "phone_number"),
    )

    provider: Mapped[str] = mapped_column(String(_PROVIDER))
    phone_number: Mapped[str] = mapped_column(String(LONGEST_E164))
    verified_at: Mapped[int | None] = mapped_column(BigInteger)


def saved_wallets(
    session: AsyncSession, customer_id: str
) -> SavedItems[MobileMoneyRow, MobileMoney]:
    """Return the wallets of one customer."""
    kinds = (MobileMoneyRow, MobileMoney)
    return SavedItems(session, customer_id, kinds, DefaultsRow.mobile_money_id)
