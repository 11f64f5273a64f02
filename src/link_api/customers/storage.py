"""Customers in SQL: a row is inserted when a contact is first proved."""

import logging
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, String, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from link_api.contacts import LONGEST_E164, Contact
from link_api.customers.service import Customer, CustomerRecord
from link_api.database.session import Base, reading, writing
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


class SqlCustomers:
    """Finds and creates customers. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        """Take the database and the clock that dates new customers (epoch ms)."""
        self._engine = engine
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
        column = _column(contact)
        async with reading(self._engine) as session:
            row = await session.scalar(select(CustomerRow).where(column == contact.address))
        return None if row is None else Customer(row.id, row.account_id)

    async def has(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's, without reading the customer's row."""
        async with reading(self._engine) as session:
            found = await session.scalar(
                select(exists().where(_column(contact) == contact.address))
            )
        return bool(found)

    async def _add(self, contact: Contact) -> None:
        """Insert a customer, unless a concurrent login has just inserted one for this contact."""
        row = CustomerRow(
            id=new_id("cus"),
            account_id=new_id("acc"),
            phone=contact.address if contact.contact_type == "phone" else None,
            email=contact.address if contact.contact_type == "email" else None,
            created_at=self._clock.now_ms(),
        )
        async with writing(self._engine) as session:
            try:
                async with session.begin_nested():
                    session.add(row)
            except IntegrityError:
                return


def customer_missing() -> StoreUnavailable:
    """Return the error for a login in Redis whose customer is missing in SQL.

    One of the two stores was restored from an older backup: a 503 logs nobody out.
    """
    _log.error("customer_missing")
    return StoreUnavailable("no such customer")


class SqlCustomer:
    """One customer's row, within a SQL session."""

    def __init__(self, session: AsyncSession, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def get(self) -> CustomerRecord:
        """Return the customer; raises `StoreUnavailable` where there is none any more."""
        return record_of(await self._row())

    async def rename(self, name: str) -> None:
        """Store the customer's name; raises as `get` does."""
        (await self._row()).name = name
        await self._session.flush()

    async def _row(self) -> CustomerRow:
        row = await self._session.get(CustomerRow, self._customer_id)
        if row is None:
            raise customer_missing()
        return row


def record_of(row: CustomerRow) -> CustomerRecord:
    """Return the customer that a row holds."""
    return CustomerRecord(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        phone=row.phone,
        email=row.email,
        created_at=row.created_at,
    )


def _column(contact: Contact) -> InstrumentedAttribute[str | None]:
    return CustomerRow.phone if contact.contact_type == "phone" else CustomerRow.email
