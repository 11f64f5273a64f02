"""Customers in SQL: one row a contact, made at the first proof of it."""

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
    """A customer: at least one contact, each contact one customer's."""

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
    """Finds and makes customers. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        """Take the database and the clock that dates new customers (epoch ms)."""
        self._engine = engine
        self._clock = clock

    async def of_contact(self, contact: Contact) -> Customer:
        """Return the one customer who has this proved contact, making it at the first login."""
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
        """Tell whether a contact is a customer's; nothing of the customer is read."""
        async with reading(self._engine) as session:
            found = await session.scalar(
                select(exists().where(_column(contact) == contact.address))
            )
        return bool(found)

    async def _add(self, contact: Contact) -> None:
        """Insert a customer; whoever came first for this contact wins."""
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
    """Return the refusal of a login that lives in Redis while SQL does not know its customer.

    One of the two stores is older than the other: that logs nobody out.
    """
    _log.error("customer_missing")
    return StoreUnavailable("no such customer")


class SqlCustomer:
    """One customer, within the transaction or statement of a session."""

    def __init__(self, session: AsyncSession, customer_id: str) -> None:
        """Take who it is; no query of this class names anybody else."""
        self._session = session
        self._customer_id = customer_id

    async def get(self) -> CustomerRecord:
        """Return the customer; raises `StoreUnavailable` where there is none any more."""
        return record_of(await self._row())

    async def rename(self, name: str) -> None:
        """Keep how the customer wants to be called; raises as `get` does."""
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
