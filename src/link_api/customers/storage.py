"""Customers in SQL: a row is inserted when a contact is first proved."""

import logging
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, String, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert  # its `ON CONFLICT` is SQLite's too
from sqlalchemy.orm import Mapped, mapped_column

from link_api.customers.service import Customer, CustomerRecord
from link_api.database.session import Base, Database, Session, reading, writing
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from link_api.spelling.phone_numbers import LONGEST_E164
from link_kernel.clock import Clock
from link_kernel.errors import StoreUnavailable
from link_kernel.ids import new_id

ID_LENGTH: Final = 40
_log: Final = logging.getLogger(__name__)
_EMAIL_LENGTH: Final = 254  # RFC 5321
LONGEST_NAME: Final = 100


class CustomerRow(Base):
    """A customer has at least one contact; a contact belongs to one customer."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("phone IS NOT NULL OR email IS NOT NULL", name="has_contact"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    phone: Mapped[str | None] = mapped_column(String(LONGEST_E164), unique=True)
    email: Mapped[str | None] = mapped_column(String(_EMAIL_LENGTH), unique=True)
    name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    created_at: Mapped[int] = mapped_column(BigInteger)


CUSTOMER_COLUMNS: Final = (
    CustomerRow.id,
    CustomerRow.account_id,
    CustomerRow.phone,
    CustomerRow.email,
    CustomerRow.name,
    CustomerRow.created_at,
)
_CONTACTS: Final = {"phone": CustomerRow.phone, "email": CustomerRow.email}
_FIND: Final = {
    kind: Statement(
        select(CustomerRow.id, CustomerRow.account_id).where(column == bindparam("contact"))
    )
    for kind, column in _CONTACTS.items()
}
_HAS: Final = {
    kind: Statement(select(exists().where(column == bindparam("contact"))))
    for kind, column in _CONTACTS.items()
}
_INSERT: Final = Statement(insert(CustomerRow).on_conflict_do_nothing())
_SELECT: Final = Statement(
    select(*CUSTOMER_COLUMNS).where(CustomerRow.id == bindparam("customer_id"))
)
_RENAME: Final = Statement(
    update(CustomerRow)
    .where(CustomerRow.id == bindparam("customer_id"))
    .values(name=bindparam("new_name"))
)


class SqlCustomers:
    """Finds and creates customers. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take the database and the clock that dates new customers (epoch ms)."""
        self._database = database
        self._clock = clock

    async def of_contact(self, contact: Contact) -> Customer:
        """Return the customer who has this proved contact; create one at the first login."""
        found = await self.find(contact)
        if found is None:
            await self._add(contact)
            found = await self.find(contact)
        if found is None:
            raise StoreUnavailable("a customer vanished between two statements")
        return found

    async def find(self, contact: Contact) -> Customer | None:
        """Return the customer who has this contact, if there is one."""
        async with reading(self._database) as session:
            found = await session.fetch(_FIND[contact.contact_type], contact=contact.address)
        return Customer(*found[0]) if found else None

    async def has(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's, without reading the customer's row."""
        async with reading(self._database) as session:
            [[found]] = await session.fetch(_HAS[contact.contact_type], contact=contact.address)
        return bool(found)

    async def _add(self, contact: Contact) -> None:
        """Insert a customer, unless a concurrent login has just inserted one for this contact."""
        async with writing(self._database) as session:
            session.defer(
                _INSERT,
                id=new_id("cus"),
                account_id=new_id("acc"),
                phone=contact.address if contact.contact_type == "phone" else None,
                email=contact.address if contact.contact_type == "email" else None,
                name=None,
                created_at=self._clock.now_ms(),
            )


def customer_missing() -> StoreUnavailable:
    """Return the error for a login in Redis whose customer is missing in SQL.

    One of the two stores was restored from an older backup: a 503 logs nobody out.
    """
    _log.error("customer_missing")
    return StoreUnavailable("no such customer")


class SqlCustomer:
    """One customer's row, within a SQL session."""

    def __init__(self, session: Session, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def get(self) -> CustomerRecord:
        """Return the customer; raises `StoreUnavailable` where there is none any more."""
        found = await self._session.fetch(_SELECT, customer_id=self._customer_id)
        if not found:
            raise customer_missing()
        return record_of(found[0])

    async def rename(self, name: str) -> None:
        """Store the customer's name."""
        self._session.defer(_RENAME, customer_id=self._customer_id, new_name=name)


def record_of(values: Sequence[Any]) -> CustomerRecord:
    """Return the customer of a row of `CUSTOMER_COLUMNS`."""
    customer_id, account_id, phone, email, name, created_at = values
    return CustomerRecord(
        id=customer_id,
        account_id=account_id,
        name=name,
        phone=phone,
        email=email,
        created_at=created_at,
    )
