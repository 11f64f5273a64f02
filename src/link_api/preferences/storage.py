"""A customer's preferences in SQL; the existence of the row is the enrolment."""

from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import BigInteger, ForeignKey, String, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from link_api.customers.scope import CustomerScope
from link_api.customers.storage import ID_LENGTH, CustomerRow
from link_api.database.session import Base
from link_api.preferences.service import CustomerPreferences, OrderType, Preferences
from link_api.saved_items.storage import DefaultsRow

ORDER_TYPE_LENGTH: Final = 16


class PreferencesRow(Base):
    """An enrolled customer's preferences."""

    __tablename__ = "preferences"

    customer_id: Mapped[str] = mapped_column(ForeignKey(CustomerRow.id), primary_key=True)
    enrolled_at: Mapped[int] = mapped_column(BigInteger)
    enrollment_business_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    preferred_order_type: Mapped[str | None] = mapped_column(String(ORDER_TYPE_LENGTH))
    notify_on_order: Mapped[bool]
    notify_on_payment: Mapped[bool]
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class SqlPreferences:
    """One customer's preferences, within a SQL session."""

    def __init__(self, session: AsyncSession, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def find(self) -> Preferences | None:
        """Return the preferences in one statement, `None` before the enrolment."""
        found = await self._session.execute(
            select(PreferencesRow, DefaultsRow.address_id, DefaultsRow.mobile_money_id)
            .outerjoin(DefaultsRow, DefaultsRow.customer_id == PreferencesRow.customer_id)
            .where(PreferencesRow.customer_id == self._customer_id)
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else preferences_of(row[0], row[1], row[2])

    async def add(self, preferences: Preferences) -> None:
        """Store the first preferences, which is the enrolment."""
        self._session.add(
            PreferencesRow(
                customer_id=self._customer_id,
                enrolled_at=preferences.enrolled_at,
                enrollment_business_id=preferences.enrollment_business_id,
                preferred_order_type=preferences.preferred_order_type,
                notify_on_order=preferences.notify_on_order,
                notify_on_payment=preferences.notify_on_payment,
                created_at=preferences.created_at,
                updated_at=preferences.updated_at,
            )
        )
        await self._session.flush()

    async def change(self, changes: Mapping[str, Any]) -> None:
        """Change these fields of the stored preferences."""
        await self._session.execute(
            update(PreferencesRow)
            .where(PreferencesRow.customer_id == self._customer_id)
            .values(**changes)
        )


def open_preferences(scope: CustomerScope) -> CustomerPreferences:
    """Return the preferences of the scope's customer, within its SQL session."""
    stored = SqlPreferences(scope.session, scope.customer_id)
    return CustomerPreferences(stored, scope.customer_id, scope.clock)


def preferences_of(
    row: PreferencesRow, address_id: str | None, mobile_money_id: str | None
) -> Preferences:
    """Return the preferences of a row and the ids of the default items."""
    return Preferences(
        customer_id=row.customer_id,
        enrolled_at=row.enrolled_at,
        enrollment_business_id=row.enrollment_business_id,
        preferred_order_type=cast("OrderType | None", row.preferred_order_type),
        notify_on_order=row.notify_on_order,
        notify_on_payment=row.notify_on_payment,
        default_address_id=address_id,
        default_mobile_money_id=mobile_money_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
