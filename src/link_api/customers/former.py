"""Customers whose phone began anew with somebody else, and how it comes back to them, in SQL."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, case, delete, func, select, update
from sqlalchemy.orm import aliased

from link_api.customers.contacts import (
    ADD_CONTACT,
    NOBODYS_ADDRESS,
    added,
    customer_of_first,
    first_contact_id,
)
from link_api.customers.dormancy import Dormancy, today
from link_api.customers.service import Customer, CustomerRecord, ProvedContact
from link_api.customers.storage import (
    FIND_CUSTOMER,
    INSERT_CUSTOMER,
    SqlCustomer,
    customer_missing,
    new_customer,
    record_of,
)
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, Session, writing
from link_api.database.statements import Call, RowLock, Statement
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id

_LOCK: Final = RowLock(CustomerRow.id, "cus")
_IS_IT: Final = CustomerRow.id == bindparam("customer_id")
_LEAVE: Final = Statement(
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
_CONTACT_ID: Final = Statement(
    select(ContactRow.id).where(ContactRow.address == bindparam("contact"))
)
_Former: Final = aliased(CustomerRow)
_PHONE_OF_FRESH: Final = Statement(
    select(CustomerRow.phone)
    .join(_Former, _Former.id == CustomerRow.former_id)
    .where(_IS_IT, _Former.id == bindparam("former_id"), _Former.closed_at.is_(None))
)
_GIVE_ALL: Final = Statement(
    update(ContactRow)
    .where(ContactRow.customer_id == bindparam("customer_id"))
    .values(customer_id=bindparam("former_id"))
)
_GIVE: Final = Statement(
    update(ContactRow)
    .where(ContactRow.address == bindparam("contact"))
    .values(customer_id=bindparam("former_id"))
)
_RETURN: Final = Statement(
    update(CustomerRow)
    .where(_IS_IT)
    .values(
        active_on=bindparam("today"),
        former_since=None,
        phone=func.coalesce(CustomerRow.phone, bindparam("phone")),
    )
)


@dataclass(frozen=True, slots=True)
class CameBack:
    """The ids of a former customer who came back, and of the fresh ones who gave a contact back.

    `had` are the contacts that the former one had before, `got` those that came then.
    """

    former_id: str
    fresh_ids: tuple[str, ...]
    had: tuple[Contact, ...]
    got: tuple[Contact, ...]


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
        if former.id in {customer_id, await self._former_id(session, customer_id)}:
            return None
        if not await self._is_dormant(session, phone, former.ids):
            return None
        await self._part(session, phone, former.ids)
        return former

    async def wake(self, customer: Customer) -> None:
        """Note at once that a dormant customer is active: its phone may be proved next."""
        async with writing(self._database) as session:
            session.defer(_WAKE, customer_id=customer.id, today=today(self._clock))

    async def bring_back(self, fresh_id: str, proved: Contact) -> CameBack | None:
        """Give a fresh customer's contacts to the former one, if `proved` was a contact of theirs.

        So it was where it is theirs, and where it is a phone that began anew as well: that one goes
        back, and nothing else of who has it now. A repeat changes nothing, so nothing came then.
        """
        async with writing(self._database) as session:
            former_id = await self._former_id(session, fresh_id)
            if former_id is None:
                return None
            phones = await self._lock_fresh(session, fresh_id, former_id, proved)
            owner_id = await self._owner(session, proved)
            if fresh_id not in phones or owner_id not in {former_id, *phones} - {fresh_id}:
                return None
            had = await self._contacts(session, former_id)
            await session.fetch(_GIVE_ALL, customer_id=fresh_id, former_id=former_id)
            await session.fetch(_GIVE, contact=proved.address, former_id=former_id)
            for customer_id, phone in phones.items():
                gone = phone if customer_id == fresh_id else proved.address
                await self._return(session, customer_id, former_id, gone)
            has = await self._contacts(session, former_id)
            got = tuple(contact for contact in has if contact not in had)
            return CameBack(former_id, tuple(phones), had, got)

    async def _lock_fresh(
        self, session: Session, fresh_id: str, former_id: str, proved: Contact
    ) -> dict[str, str | None]:
        """Lock the former customer and the fresh ones, and return the phones of these by their ids.

        They are the one who calls and the one with whom the proved phone began anew.
        """
        found = await session.fetch(_CONTACT_ID, contact=proved.address)
        fresh_ids = {fresh_id, *(customer_of_first(contact_id) for (contact_id,) in found)}
        # In one order: two that wait for each other's rows would deadlock.
        for row_id in sorted({former_id, *fresh_ids}):
            await session.fetch(_LOCK, row_id=row_id)
        asked = {"former_id": former_id}
        return {
            customer_id: phone
            for customer_id in sorted(fresh_ids)
            for (phone,) in await session.fetch(_PHONE_OF_FRESH, customer_id=customer_id, **asked)
        }

    async def _contacts(self, session: Session, customer_id: str) -> tuple[Contact, ...]:
        customer = await SqlCustomer(session, customer_id, self._clock).get()
        return tuple(own.contact for own in customer.contacts)

    async def _former_id(self, session: Session, fresh_id: str) -> str | None:
        found = await session.fetch(_FORMER_ID, customer_id=fresh_id)
        if not found:
            raise customer_missing()
        former_id: str | None = found[0][0]
        return former_id

    async def _return(
        self, session: Session, fresh_id: str, former_id: str, phone: str | None
    ) -> None:
        day = today(self._clock)
        await session.fetch(_LEAVE, customer_id=fresh_id, phone=phone, today=day)
        await session.fetch(_RETURN, customer_id=former_id, phone=phone, today=day)

    async def _owner(self, session: Session, contact: Contact) -> str | None:
        asked = {"contact": contact.address, "now": self._clock.now_ms()}
        found = await session.fetch(FIND_CUSTOMER[contact.contact_type], **asked)
        return found[0][0] if found else None

    async def _is_dormant(self, session: Session, phone: Contact, former: Customer) -> bool:
        """Lock the customer, then look again: in one statement it would be as before the lock."""
        _, found = await session.run(
            Call(_LOCK, {"row_id": former.id}),
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
        await session.fetch(_LEAVE, customer_id=former.id, phone=phone.address, today=day)
        await session.fetch(_DROP_CONTACT, customer_id=former.id, contact=phone.address)
