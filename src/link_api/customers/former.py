"""Customers whose phone began anew with somebody else, in SQL; `way_back` brings them back."""

from typing import Final

from sqlalchemy import bindparam, case, delete, func, select, update
from sqlalchemy.orm import aliased

from link_api.customers.contacts import (
    ADD_CONTACT,
    NOBODYS_ADDRESS,
    added,
    first_contact_id,
)
from link_api.customers.dormancy import Dormancy, today
from link_api.customers.service import Customer, CustomerRecord, ProvedContact
from link_api.customers.storage import (
    FIND_CUSTOMER,
    INSERT_CUSTOMER,
    LOCK_CUSTOMER,
    customer_missing,
    new_customer,
    record_of,
)
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, Session, writing
from link_api.database.statements import Call, Statement
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id

_IS_IT: Final = CustomerRow.id == bindparam("customer_id")
LEAVE_PHONE: Final = Statement(
    update(CustomerRow)
    .where(_IS_IT)
    .values(
        former_since=bindparam("today"),
        phone=case((CustomerRow.phone == bindparam("phone"), None), else_=CustomerRow.phone),
        email=func.coalesce(CustomerRow.email, NOBODYS_ADDRESS),
    )
)
"""Take a phone from the columns of the release before; a row without any contact is refused."""

_DROP_CONTACT: Final = Statement(
    delete(ContactRow).where(
        ContactRow.customer_id == bindparam("customer_id"),
        ContactRow.address == bindparam("contact"),
    )
)
_WAKE: Final = Statement(
    update(CustomerRow).where(_IS_IT).values(active_on=bindparam("today"), former_since=None)
)
_FORMER_ID: Final = Statement(select(CustomerRow.former_id).where(_IS_IT))
_Former: Final = aliased(CustomerRow)
_NUMBER_OF_FRESH: Final = Statement(
    select(ContactRow.address)
    .join(CustomerRow, CustomerRow.id == ContactRow.customer_id)
    .join(_Former, _Former.id == CustomerRow.former_id)
    .where(_IS_IT, ContactRow.id == bindparam("contact_id"), ContactRow.goes_at.is_(None))
    .where(_Former.id == bindparam("former_id"), _Former.closed_at.is_(None))
)


class FormerCustomers:
    """Parts a dormant customer from its phone. Raises `StoreUnavailable` as the database does."""

    def __init__(self, database: Database, dormancy: Dormancy) -> None:
        """Take the database, and the bound of silence with its clock."""
        self._database = database
        self._dormancy = dormancy
        self._clock = dormancy.clock

    async def begin_anew(self, phone: Contact, former: Customer) -> bool:
        """Give the phone of a dormant customer to a new one, who has nothing else of theirs.

        Nothing changes, and this is `False`, where another sign-in did so a moment ago, or the
        customer is active again.
        """
        async with writing(self._database) as session:
            is_dormant = await self._is_dormant(session, phone, former)
            if is_dormant:
                await self._hand_on(session, phone, former)
        return is_dormant

    async def let_go(
        self, session: Session, phone: Contact, customer_id: str
    ) -> CustomerRecord | None:
        """Part a dormant customer from a phone that another one, of this id, just proved.

        Return who had it, `None` if nothing changed. The transaction is the other one's. Where that
        is their fresh customer nothing does: the phone is what brings the former one back.
        """
        asked = {"contact": phone.address, "now": self._clock.now_ms()}
        found = await session.fetch(FIND_CUSTOMER[phone.contact_type], **asked)
        former = record_of(found[0]) if found else None
        if former is None or not self._dormancy.begins_anew(phone, former.active_on):
            return None
        if former.id == customer_id or await number_of_fresh(session, customer_id, former.id):
            return None
        if not await self._is_dormant(session, phone, former.ids):
            return None
        await self._part(session, phone, former.ids)
        return former

    async def wake(self, customer: Customer) -> None:
        """Note at once that a dormant customer is active: its phone may be proved next."""
        async with writing(self._database) as session:
            session.defer(_WAKE, customer_id=customer.id, today=today(self._clock))

    async def _is_dormant(self, session: Session, phone: Contact, former: Customer) -> bool:
        """Lock the customer, then look again: in one statement it would be as before the lock."""
        _, found = await session.run(
            Call(LOCK_CUSTOMER, {"row_id": former.id}),
            Call(FIND_CUSTOMER["phone"], {"contact": phone.address, "now": self._clock.now_ms()}),
        )
        if not found:
            return False
        owner = record_of(found[0])
        return owner.id == former.id and self._dormancy.begins_anew(phone, owner.active_on)

    async def _hand_on(self, session: Session, phone: Contact, former: Customer) -> None:
        """Write one after the other: parts of one statement would not see what the others did."""
        customer_id, now_ms = new_id("cus"), self._clock.now_ms()
        await self._part(session, phone, former)
        fresh = new_customer(phone, customer_id, self._clock)
        await session.fetch(INSERT_CUSTOMER, **fresh | {"former_id": former.id})
        proved = ProvedContact(first_contact_id(customer_id, "phone"), phone, now_ms, None)
        await session.fetch(ADD_CONTACT, **added(proved, customer_id, now_ms=now_ms))

    async def _part(self, session: Session, phone: Contact, former: Customer) -> None:
        day = today(self._clock)
        await session.fetch(LEAVE_PHONE, customer_id=former.id, phone=phone.address, today=day)
        await session.fetch(_DROP_CONTACT, customer_id=former.id, contact=phone.address)


async def former_id_of(session: Session, fresh_id: str) -> str | None:
    """Return the id of the customer whose phone began anew with this one, if one did."""
    found = await session.fetch(_FORMER_ID, customer_id=fresh_id)
    if not found:
        raise customer_missing()
    former_id: str | None = found[0][0]
    return former_id


async def number_of_fresh(session: Session, fresh_id: str, former_id: str) -> Contact | None:
    """Return the phone that began anew with a customer, if it was that former one's.

    `None` as well once it is not the customer's any more, or is being removed, or the former one's
    account is closed.
    """
    asked = {"contact_id": first_contact_id(fresh_id, "phone"), "former_id": former_id}
    found = await session.fetch(_NUMBER_OF_FRESH, customer_id=fresh_id, **asked)
    return Contact("phone", found[0][0]) if found else None
