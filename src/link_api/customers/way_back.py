"""How a former customer comes back in a session of the one with whom a phone began anew, in SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import bindparam, func, select, update

from link_api.customers.dormancy import today
from link_api.customers.former import LEAVE_PHONE, former_id_of, number_of_fresh
from link_api.customers.storage import FIND_CUSTOMER, LOCK_CUSTOMER, SqlCustomer, write_contacts
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, Session, writing
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.sessions.revoke import SessionRevoker

_IS_IT: Final = CustomerRow.id == bindparam("customer_id")
_FRESH_WITH: Final = Statement(
    select(CustomerRow.id)
    .join(ContactRow, ContactRow.customer_id == CustomerRow.id)
    .where(CustomerRow.former_id == bindparam("former_id"))
    .where(ContactRow.address == bindparam("contact"))
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


class Closes(Protocol):
    """Closes accounts; see `link_api.account.service`."""

    async def close_within(self, session: Session, customer_id: str) -> None:
        """Close an account in the transaction of a session that holds the customer's lock."""
        ...


@dataclass(frozen=True, slots=True)
class CameBack:
    """What became of a way back: `had` are the former customer's contacts before it.

    `given` are the numbers that came to them, each with the contacts that stay with the fresh
    customer who had it, one of `fresh_ids`.
    """

    fresh_ids: tuple[str, ...]
    had: tuple[Contact, ...]
    given: Mapping[Contact, tuple[Contact, ...]]


@dataclass(frozen=True, slots=True)
class WayBack:
    """Gives phones that began anew back to a former customer.

    Raises `StoreUnavailable` where Redis or the database does not answer.
    """

    database: Database
    clock: Clock
    revoker: SessionRevoker
    closing: Closes

    async def bring_back(self, fresh_id: str, proved: Contact) -> CameBack | None:
        """Give a fresh customer's number back to the former one, if they had the proved contact.

        They did where it is theirs, and where it is a number that began anew as well: that one
        goes back too. Both were proved in a session of the fresh customer, the number by a code to
        it. What else a fresh customer has stays with them, since it may be another person's; the
        account of one who has no contact left is closed.
        """
        async with writing(self.database) as session:
            former_id = await former_id_of(session, fresh_id)
            if former_id is None:
                return None
            numbers = await self._lock(session, fresh_id, former_id, proved)
            owner_id = await self._owner(session, proved)
            is_theirs = owner_id == former_id or numbers.get(owner_id) == proved
            if owner_id == fresh_id or fresh_id not in numbers or not is_theirs:
                return None
            given = {of: numbers[of] for of in (fresh_id, owner_id) if of in numbers}
            former = await SqlCustomer(session, former_id, self.clock).get()
            # The release before noted them without rows, which the first row of one would hide.
            await write_contacts(session, former, self.clock.now_ms())
            for customer_id, phone in given.items():
                await self._give(session, customer_id, former_id, phone)
            left = {phone: await self._left(session, of) for of, phone in given.items()}
            # Before the commit, so that a failure leaves all as it was.
            await self._end_sessions(given)
        had = tuple(own.contact for own in former.contacts)
        return CameBack(tuple(given), had, left)

    async def end_fresh(self, came: CameBack) -> None:
        """End the sessions of the fresh ones again: a sign-in may have made one meanwhile."""
        await self._end_sessions(came.fresh_ids)

    async def _end_sessions(self, customer_ids: Iterable[str]) -> None:
        for customer_id in customer_ids:
            await self.revoker.revoke_customer(customer_id)

    async def _lock(
        self, session: Session, fresh_id: str, former_id: str, proved: Contact
    ) -> dict[str, Contact]:
        """Lock the former customer and the fresh ones; return the numbers of these by their ids.

        They are the one who calls and the one with whom the proved number began anew.
        """
        asked = {"contact": proved.address, "former_id": former_id}
        found = await session.fetch(_FRESH_WITH, **asked)
        fresh_ids = {fresh_id, *(customer_id for (customer_id,) in found)}
        # Two that wait for each other's rows would deadlock: all begin with the former one's, and
        # whoever adds a number has locked their own.
        for row_id in (former_id, fresh_id, *sorted(fresh_ids - {fresh_id})):
            await session.fetch(LOCK_CUSTOMER, row_id=row_id)
        numbers = {of: await number_of_fresh(session, of, former_id) for of in sorted(fresh_ids)}
        return {of: number for of, number in numbers.items() if number is not None}

    async def _owner(self, session: Session, contact: Contact) -> str:
        """Return the id of who has a contact, empty where nobody has it."""
        asked = {"contact": contact.address, "now": self.clock.now_ms()}
        found = await session.fetch(FIND_CUSTOMER[contact.contact_type], **asked)
        return str(found[0][0]) if found else ""

    async def _give(self, session: Session, fresh_id: str, former_id: str, phone: Contact) -> None:
        written = {"phone": phone.address, "today": today(self.clock)}
        await session.fetch(_GIVE, contact=phone.address, former_id=former_id)
        await session.fetch(LEAVE_PHONE, customer_id=fresh_id, **written)
        await session.fetch(_RETURN, customer_id=former_id, **written)

    async def _left(self, session: Session, fresh_id: str) -> tuple[Contact, ...]:
        """Return the contacts of a fresh customer; without any, nobody can sign in as them."""
        fresh = await SqlCustomer(session, fresh_id, self.clock).get()
        if not fresh.contacts:
            await self.closing.close_within(session, fresh_id)
        return tuple(own.contact for own in fresh.contacts)
