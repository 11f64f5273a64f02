"""Customers whose phone began anew with somebody else, and how it comes back to them, in SQL."""

from typing import Final

from sqlalchemy import bindparam, case, delete, func, select, update

from link_api.customers.contacts import ADD_CONTACT, added, first_contact_id
from link_api.customers.dormancy import Dormancy, today
from link_api.customers.service import Customer, ProvedContact
from link_api.customers.storage import (
    FIND_CUSTOMER,
    INSERT_CUSTOMER,
    customer_missing,
    new_customer,
    record_of,
)
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, Session, writing
from link_api.database.statements import Call, RowLock, Rows, Statement
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id

_LOCK: Final = RowLock(CustomerRow.id, "cus")
_IS_IT: Final = CustomerRow.id == bindparam("customer_id")
_NOBODYS: Final = CustomerRow.id + "@customer.invalid"
_LEAVE: Final = Statement(
    update(CustomerRow)
    .where(_IS_IT)
    .values(
        former_since=bindparam("today"),
        phone=case((CustomerRow.phone == bindparam("phone"), None), else_=CustomerRow.phone),
        email=func.coalesce(CustomerRow.email, _NOBODYS),
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
_FRESH: Final = Statement(
    select(CustomerRow.former_id, CustomerRow.former_since, CustomerRow.phone).where(_IS_IT)
)
_GIVE_CONTACTS: Final = Statement(
    update(ContactRow)
    .where(ContactRow.customer_id == bindparam("fresh_id"))
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


class FormerCustomers:
    """Parts a dormant customer from its phone. Raises `StoreUnavailable` as the database does."""

    def __init__(self, database: Database, dormancy: Dormancy) -> None:
        """Take the database, and the bound of silence with its clock."""
        self._database = database
        self._dormancy = dormancy
        self._clock = dormancy.clock

    async def begin_anew(self, phone: Contact, former: Customer) -> None:
        """Give the phone of a dormant customer to a new one, who has nothing else of theirs.

        Nothing changes where another sign-in did so a moment ago, or the customer is active again.
        """
        async with writing(self._database) as session:
            if await self._is_dormant(session, phone, former):
                await self._hand_on(session, phone, former)

    async def wake(self, customer: Customer) -> None:
        """Note at once that a dormant customer is active: its phone may be proved next."""
        async with writing(self._database) as session:
            session.defer(_WAKE, customer_id=customer.id, today=today(self._clock))

    async def bring_back(self, fresh_id: str, proved: Contact) -> str | None:
        """Give a fresh customer's contacts to the former one, if `proved` is a contact of theirs.

        Return the former one's id if the fresh one has become it, here or in an earlier try.
        """
        async with writing(self._database) as session:
            [(former_id, former_since, _)] = await self._fresh(session, fresh_id)
            if former_id is None or former_since is not None:
                return None if former_id is None else str(former_id)
            # In one order: two that wait for each other's rows would deadlock.
            for row_id in sorted((fresh_id, former_id)):
                await session.fetch(_LOCK, row_id=row_id)
            [(_, former_since, phone)] = await self._fresh(session, fresh_id)
            found = await session.fetch(
                FIND_CUSTOMER[proved.contact_type],
                contact=proved.address,
                now=self._clock.now_ms(),
            )
            is_theirs = bool(found) and found[0][0] == former_id
            if former_since is None and is_theirs:
                await self._give_back(session, fresh_id, former_id, phone)
            return former_id if former_since is not None or is_theirs else None

    async def _fresh(self, session: Session, fresh_id: str) -> Rows:
        found = await session.fetch(_FRESH, customer_id=fresh_id)
        if not found:
            raise customer_missing()
        return found

    async def _give_back(
        self, session: Session, fresh_id: str, former_id: str, phone: str | None
    ) -> None:
        day = today(self._clock)
        await session.fetch(_GIVE_CONTACTS, fresh_id=fresh_id, former_id=former_id)
        await session.fetch(_LEAVE, customer_id=fresh_id, phone=phone, today=day)
        await session.fetch(_RETURN, customer_id=former_id, phone=phone, today=day)

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
        customer_id, day, now_ms = new_id("cus"), today(self._clock), self._clock.now_ms()
        await session.fetch(_LEAVE, customer_id=former.id, phone=phone.address, today=day)
        await session.fetch(_DROP_CONTACT, customer_id=former.id, contact=phone.address)
        fresh = new_customer(phone, customer_id, self._clock)
        await session.fetch(INSERT_CUSTOMER, **fresh | {"former_id": former.id})
        proved = ProvedContact(first_contact_id(customer_id, "phone"), phone, now_ms, None)
        await session.fetch(ADD_CONTACT, **added(proved, customer_id, now_ms=now_ms))
