"""Customers in SQL: a row is inserted when a contact is first proved."""

import logging
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its `ON CONFLICT` is SQLite's too
from sqlalchemy.orm import aliased

from link_api.customers.contacts import (
    ADD_CONTACT,
    IS_LIVE,
    KEEP_CONTACT,
    OWN_CONTACTS,
    added,
    contacts_of,
    first_contact_id,
)
from link_api.customers.dormancy import today
from link_api.customers.service import CustomerRecord, ProvedContact
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, Session, reading, writing
from link_api.database.statements import RowLock, Statement
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.errors import ApiError, SessionRevoked, StoreUnavailable
from link_kernel.ids import new_id

_log: Final = logging.getLogger(__name__)

CUSTOMER_COLUMNS: Final = (
    CustomerRow.id,
    CustomerRow.account_id,
    CustomerRow.phone,
    CustomerRow.email,
    CustomerRow.name,
    CustomerRow.created_at,
    CustomerRow.active_on,
    OWN_CONTACTS,
)
"""What `record_of` reads; a select of it takes the time as `now` (epoch ms)."""

_Noted: Final = aliased(CustomerRow)
_NOTED_IN: Final = {"phone": _Noted.phone, "email": _Noted.email}
_OWNER: Final = select(ContactRow.customer_id).where(
    ContactRow.address == bindparam("contact"), IS_LIVE
)
FIND_CUSTOMER: Final = {
    kind: Statement(
        select(*CUSTOMER_COLUMNS).where(
            CustomerRow.id
            == func.coalesce(
                _OWNER.scalar_subquery(),
                select(_Noted.id).where(column == bindparam("contact")).scalar_subquery(),
            )
        )
    )
    for kind, column in _NOTED_IN.items()
}

_HAS: Final = {
    kind: Statement(
        select(or_(exists(_OWNER), exists(_Noted.id).where(column == bindparam("contact"))))
    )
    for kind, column in _NOTED_IN.items()
}
LOCK_CUSTOMER: Final = RowLock(CustomerRow.id, "cus")
INSERT_CUSTOMER: Final = Statement(insert(CustomerRow).on_conflict_do_nothing())
_DROP_WITHOUT_CONTACT: Final = Statement(
    delete(CustomerRow).where(
        CustomerRow.id == bindparam("customer_id"),
        ~exists(ContactRow.id).where(ContactRow.customer_id == bindparam("customer_id")),
    )
)
IS_OPEN: Final = CustomerRow.closed_at.is_(None)
_SELECT: Final = Statement(
    select(*CUSTOMER_COLUMNS).where(CustomerRow.id == bindparam("customer_id"), IS_OPEN)
)
_CLOSED_AT: Final = Statement(
    select(CustomerRow.closed_at).where(CustomerRow.id == bindparam("customer_id"))
)
_RENAME: Final = Statement(
    update(CustomerRow)
    .where(CustomerRow.id == bindparam("customer_id"))
    .values(name=bindparam("new_name"))
)

Known = tuple[CustomerRecord, bool]
"""A customer, and whether the contacts have rows of their own."""


class SqlCustomers:
    """Finds and creates customers. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take the database and the clock that dates new customers (epoch ms)."""
        self._database = database
        self._clock = clock

    async def of_contact(self, contact: Contact) -> CustomerRecord:
        """Return the customer who has this contact, which was just proved; see `signed_in`."""
        return await self.signed_in(contact, await self.find_known(contact))

    async def signed_in(self, contact: Contact, found: Known | None) -> CustomerRecord:
        """Return the customer who was found by this contact, which was just proved, as before that.

        One is created at the first login. A contact that was being removed is kept.
        """
        if found is None:
            await self._add(contact)
            found = await self.find_known(contact)
        if found is None:
            raise StoreUnavailable("a customer vanished between two statements")
        customer, is_written = found
        if not is_written or customer.is_leaving(contact):
            await self._keep(customer.id, contact)
        return customer

    async def has(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's, without reading the customer's row."""
        async with reading(self._database) as session:
            [[found]] = await session.fetch(
                _HAS[contact.contact_type], contact=contact.address, now=self._clock.now_ms()
            )
        return bool(found)

    async def get(self, customer_id: str) -> CustomerRecord:
        """Return a customer; raises `StoreUnavailable` where there is none any more."""
        async with reading(self._database) as session:
            return await SqlCustomer(session, customer_id, self._clock).get()

    async def is_owner(self, customer_id: str, contact: Contact) -> bool:
        """Tell whether a contact is this customer's; a closed account has none."""
        found = await self.find_known(contact)
        return found is not None and found[0].id == customer_id

    async def left_ms(self, contact: Contact) -> int | None:
        """Return in how many ms a contact goes; `None` if it stays, or is nobody's."""
        found = await self.find_known(contact)
        owned = () if found is None else found[0].contacts
        instants = [own.goes_at for own in owned if own.contact == contact and own.goes_at]
        return instants[0] - self._clock.now_ms() if instants else None

    async def find_known(self, contact: Contact) -> Known | None:
        """Return the customer, and whether there are rows of the contacts."""
        async with reading(self._database) as session:
            found = await session.fetch(
                FIND_CUSTOMER[contact.contact_type],
                contact=contact.address,
                now=self._clock.now_ms(),
            )
        return (record_of(found[0]), has_contacts_in(found[0])) if found else None

    async def _add(self, contact: Contact) -> None:
        """Insert a customer, unless a concurrent call has just given this contact to somebody."""
        customer_id, now_ms = new_id("cus"), self._clock.now_ms()
        contact_id = first_contact_id(customer_id, contact.contact_type)
        proved = ProvedContact(contact_id, contact, now_ms, None)
        async with writing(self._database) as session:
            # One after the other: parts of one statement would not see the row of the first.
            await session.fetch(INSERT_CUSTOMER, **new_customer(contact, customer_id, self._clock))
            await session.fetch(ADD_CONTACT, **added(proved, customer_id, now_ms=now_ms))
            session.defer(_DROP_WITHOUT_CONTACT, customer_id=customer_id)

    async def _keep(self, customer_id: str, contact: Contact) -> None:
        """Write the rows of contacts that the release before noted; remove this one no more.

        The contacts are read after the lock: one that was removed a moment ago stays removed.
        """
        owned = {"customer_id": customer_id, "now": self._clock.now_ms()}
        async with writing(self._database) as session:
            await session.fetch(LOCK_CUSTOMER, row_id=customer_id)
            found = await session.fetch(_SELECT, **owned)
            if found:  # else the account was closed meanwhile
                await write_contacts(session, record_of(found[0]), self._clock.now_ms())
                session.defer(KEEP_CONTACT, contact=contact.address, **owned)


async def write_contacts(session: Session, customer: CustomerRecord, now_ms: int) -> None:
    """Write a row for each contact of a customer that has none yet."""
    for own in customer.contacts:
        await session.fetch(ADD_CONTACT, **added(own, customer.id, now_ms=now_ms))


def new_customer(contact: Contact, customer_id: str, clock: Clock) -> dict[str, Any]:
    """Return the parameters of `INSERT_CUSTOMER` for a customer whose first contact this is."""
    return {
        "id": customer_id,
        "account_id": new_id("acc"),
        "phone": contact.address if contact.contact_type == "phone" else None,
        "email": contact.address if contact.contact_type == "email" else None,
        "name": None,
        "created_at": clock.now_ms(),
        "active_on": today(clock),
        "former_since": None,
        "former_id": None,
        "closed_at": None,
        "names_left": None,
    }


def customer_missing() -> StoreUnavailable:
    """Return the error for a login in Redis whose customer is missing in SQL.

    One of the two stores was restored from an older backup: a 503 logs nobody out.
    """
    _log.error("customer_missing")
    return StoreUnavailable("no such customer")


async def no_customer(session: Session, customer_id: str) -> ApiError:
    """Return the error for a caller whose customer has no open account."""
    found = await session.fetch(_CLOSED_AT, customer_id=customer_id)
    if found and found[0][0] is not None:
        return SessionRevoked("account closed")
    return customer_missing()


class SqlCustomer:
    """One customer's row, within a SQL session."""

    def __init__(self, session: Session, customer_id: str, clock: Clock) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id
        self._clock = clock

    async def get(self) -> CustomerRecord:
        """Return the customer; raises `no_customer` where there is none any more."""
        found = await self._session.fetch(
            _SELECT, customer_id=self._customer_id, now=self._clock.now_ms()
        )
        if not found:
            raise await no_customer(self._session, self._customer_id)
        return record_of(found[0])

    async def rename(self, name: str) -> None:
        """Store the customer's name."""
        self._session.defer(_RENAME, customer_id=self._customer_id, new_name=name)


def record_of(values: Sequence[Any]) -> CustomerRecord:
    """Return the customer of a row of `CUSTOMER_COLUMNS`."""
    customer_id, account_id, phone, email, name, created_at, active_on, contacts = values
    return CustomerRecord(
        id=customer_id,
        account_id=account_id,
        name=name,
        contacts=contacts_of(contacts, (customer_id, phone, email, created_at)),
        created_at=created_at,
        active_on=active_on,
    )


def has_contacts_in(values: Sequence[Any]) -> bool:
    """Tell whether a row of `CUSTOMER_COLUMNS` has contacts that are rows of their own."""
    return values[-1] is not None
