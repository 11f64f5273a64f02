"""Adds and removes one customer's contacts in SQL."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, update

from link_api.customers.contacts import ADD_CONTACT, KEEP_CONTACT, NOBODYS_ADDRESS, added
from link_api.customers.scope import CustomerScope
from link_api.customers.service import CustomerRecord, ProvedContact
from link_api.customers.storage import FIND_CUSTOMER, SqlCustomer, write_contacts
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id

_IS_OWN: Final = (ContactRow.customer_id == bindparam("of_customer")) & (
    ContactRow.id == bindparam("contact_id")
)
_DELETE: Final = Statement(delete(ContactRow).where(_IS_OWN))
_LET_GO: Final = Statement(update(ContactRow).where(_IS_OWN).values(goes_at=bindparam("at")))
_FORGET: Final = {
    "phone": Statement(
        update(CustomerRow)
        .where(CustomerRow.id == bindparam("of_customer"), CustomerRow.phone == bindparam("gone"))
        .values(phone=None, email=func.coalesce(CustomerRow.email, NOBODYS_ADDRESS))
    ),
    "email": Statement(
        update(CustomerRow)
        .where(CustomerRow.id == bindparam("of_customer"), CustomerRow.email == bindparam("gone"))
        .values(email=NOBODYS_ADDRESS)
    ),
}


class SqlContacts:
    """One customer's contacts, within a transaction that holds the customer's lock."""

    def __init__(self, scope: CustomerScope) -> None:
        """Take the scope; every statement is restricted to its customer."""
        self._session = scope.session
        self._customer_id = scope.customer_id
        self._clock = scope.clock
        self._customer = SqlCustomer(scope.session, scope.customer_id, scope.clock)

    async def get(self) -> CustomerRecord:
        """Return the customer; raises `StoreUnavailable` where there is none any more."""
        return await self._customer.get()

    async def add(self, contact: Contact) -> bool:
        """Give a contact to the customer, for good; `False` where another customer has it.

        Where somebody else is just getting it, PostgreSQL waits for the end of that.
        """
        await self._write_all()
        now_ms = self._clock.now_ms()
        owner = await self._owner(contact)
        if owner is None:
            proved = ProvedContact(new_id("con"), contact, now_ms, None)
            await self._session.fetch(
                ADD_CONTACT, **added(proved, self._customer_id, now_ms=now_ms)
            )
            owner = await self._owner(contact)
        if owner != self._customer_id:
            return False
        kept = {"contact": contact.address, "customer_id": self._customer_id}
        await self._session.fetch(KEEP_CONTACT, **kept, now=now_ms)
        return True

    async def remove(self, proved: ProvedContact, *, goes_at: int | None) -> None:
        """Remove a contact, at an instant if one is said, else now.

        The release before knows it no more from now on.
        """
        await self._write_all()
        own = {"of_customer": self._customer_id, "contact_id": proved.id}
        if goes_at is None:
            self._session.defer(_DELETE, **own)
        else:
            self._session.defer(_LET_GO, **own, at=goes_at)
        forget = _FORGET[proved.contact.contact_type]
        self._session.defer(forget, of_customer=self._customer_id, gone=proved.contact.address)

    async def _write_all(self) -> None:
        await write_contacts(self._session, await self.get(), self._clock.now_ms())

    async def _owner(self, contact: Contact) -> str | None:
        found: Sequence[Sequence[Any]] = await self._session.fetch(
            FIND_CUSTOMER[contact.contact_type],
            contact=contact.address,
            now=self._clock.now_ms(),
        )
        return found[0][0] if found else None
