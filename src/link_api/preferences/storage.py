"""A customer's preferences in SQL; the existence of the row is the enrolment."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, ForeignKey, String, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its `ON CONFLICT` is SQLite's too
from sqlalchemy.orm import Mapped, mapped_column

from link_api.addresses.storage import ADDRESSES
from link_api.customers.scope import CustomerScope
from link_api.customers.tables import ID_LENGTH, CustomerRow
from link_api.database.session import Base, Session
from link_api.database.statements import Statement
from link_api.mobile_money.storage import WALLETS
from link_api.preferences.service import CustomerPreferences, Preferences
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


PREFERENCES_COLUMNS: Final = (
    PreferencesRow.customer_id,
    PreferencesRow.enrolled_at,
    PreferencesRow.enrollment_business_id,
    PreferencesRow.preferred_order_type,
    PreferencesRow.notify_on_order,
    PreferencesRow.notify_on_payment,
    PreferencesRow.created_at,
    PreferencesRow.updated_at,
)
_IS_OWN: Final = PreferencesRow.customer_id == bindparam("of_customer")
_POINTERS: Final = {
    "default_address_id": DefaultsRow.address_id,
    "default_mobile_money_id": DefaultsRow.mobile_money_id,
}
_OWN: Final = (
    select(*PREFERENCES_COLUMNS, DefaultsRow.address_id, DefaultsRow.mobile_money_id)
    .select_from(PreferencesRow)
    .outerjoin(DefaultsRow, DefaultsRow.customer_id == PreferencesRow.customer_id)
    .where(_IS_OWN)
)
_SELECT: Final = Statement(_OWN)
_SELECT_WITH: Final = Statement(
    _OWN.add_columns(
        ADDRESSES.count_of("default_address_id"), WALLETS.count_of("default_mobile_money_id")
    )
)
_INSERT: Final = Statement(insert(PreferencesRow))


@cache
def _update(names: frozenset[str]) -> Statement:
    changed: dict[str, Any] = {name: bindparam(name) for name in names}
    return Statement(update(PreferencesRow).where(_IS_OWN).values(changed))


@cache
def _point_at(names: frozenset[str]) -> Statement:
    """Insert the customer's row of defaults, or change these pointers in it."""
    pointers: dict[str, Any] = {_POINTERS[name].key: bindparam(name) for name in sorted(names)}
    row = upsert(DefaultsRow).values({"customer_id": bindparam("of_customer"), **pointers})
    return Statement(
        row.on_conflict_do_update(
            index_elements=[DefaultsRow.customer_id],
            set_={name: row.excluded[name] for name in pointers},
        )
    )


class SqlPreferences:
    """One customer's preferences, within a SQL session."""

    def __init__(self, session: Session, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def find(self) -> Preferences | None:
        """Return the preferences in one statement, `None` before the enrolment."""
        found = await self._session.fetch(_SELECT, of_customer=self._customer_id)
        if not found:
            return None
        *stored, address_id, wallet_id = found[0]
        return preferences_of(stored, address_id, wallet_id)

    async def find_with(self, defaults: Mapping[str, str]) -> tuple[Preferences | None, bool]:
        """Return the preferences, and whether all these items are the customer's: one statement."""
        found = await self._session.fetch(
            _SELECT_WITH,
            of_customer=self._customer_id,
            **{name: defaults.get(name) for name in _POINTERS},
        )
        if not found:
            return None, False
        *stored, address_id, wallet_id, addresses, wallets = found[0]
        return preferences_of(stored, address_id, wallet_id), addresses + wallets == len(defaults)

    async def add(self, preferences: Preferences) -> None:
        """Store the first preferences, which is the enrolment."""
        self._session.defer(
            _INSERT,
            customer_id=self._customer_id,
            enrolled_at=preferences.enrolled_at,
            enrollment_business_id=preferences.enrollment_business_id,
            preferred_order_type=preferences.preferred_order_type,
            notify_on_order=preferences.notify_on_order,
            notify_on_payment=preferences.notify_on_payment,
            created_at=preferences.created_at,
            updated_at=preferences.updated_at,
        )

    async def change(self, changes: Mapping[str, Any]) -> None:
        """Change these fields of the stored preferences."""
        self._session.defer(_update(frozenset(changes)), of_customer=self._customer_id, **changes)

    async def promote(self, defaults: Mapping[str, str]) -> None:
        """Make these items the defaults, in one statement: two could not be sent together."""
        self._session.defer(
            _point_at(frozenset(defaults)), of_customer=self._customer_id, **defaults
        )


def open_preferences(scope: CustomerScope) -> CustomerPreferences:
    """Return the preferences of the scope's customer, within its SQL session."""
    stored = SqlPreferences(scope.session, scope.customer_id)
    return CustomerPreferences(stored, scope.customer_id, scope.clock)


def preferences_of(
    values: Sequence[Any], address_id: str | None, mobile_money_id: str | None
) -> Preferences:
    """Return the preferences of a row of `PREFERENCES_COLUMNS`, and the ids of the defaults."""
    customer_id, enrolled_at, business_id, order_type, on_order, on_payment, *instants = values
    created_at, updated_at = instants
    return Preferences(
        customer_id=customer_id,
        enrolled_at=enrolled_at,
        enrollment_business_id=business_id,
        preferred_order_type=order_type,
        notify_on_order=bool(on_order),
        notify_on_payment=bool(on_payment),
        default_address_id=address_id,
        default_mobile_money_id=mobile_money_id,
        created_at=created_at,
        updated_at=updated_at,
    )
