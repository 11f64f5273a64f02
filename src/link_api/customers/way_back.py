"""How a former customer comes back in a session of the one with whom a phone began anew, in SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import aliased

from link_api.customers.contacts import first_contact_id
from link_api.customers.dormancy import today
from link_api.customers.former import LEAVE_PHONE, former_id_of
from link_api.customers.storage import FIND_CUSTOMER, LOCK_CUSTOMER, SqlCustomer
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, Session, writing
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.sessions.revoke import SessionRevoker

_IS_IT: Final = CustomerRow.id == bindparam("customer_id")
_Former: Final = aliased(CustomerRow)
_PHONE_OF_FRESH: Final = Statement(
    select(CustomerRow.phone)
    .join(_Former, _Former.id == CustomerRow.former_id)
    .where(_IS_IT, _Former.id == bindparam("former_id"), _Former.closed_at.is_(None))
)
_FRESH_OF_PHONE: Final = Statement(
    select(CustomerRow.id).where(
        CustomerRow.former_id == bindparam("former_id"), CustomerRow.phone == bindparam("contact")
    )
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
class Claim:
    """A contact that a session proved as one of an earlier account, for its customer `fresh_id`.

    `confirmed_by` is the id of the customer's contact whose code this session entered before.
    """

    fresh_id: str
    proved: Contact
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """What became of a way back: `had` are the former one's contacts before, `got` came then.

    `fresh_ids` are those with whom the phones had begun anew. `left` are these phones, each with
    the contacts that its fresh customer still has.
    """

    fresh_ids: tuple[str, ...]
    had: tuple[Contact, ...]
    got: tuple[Contact, ...]
    left: Mapping[Contact, tuple[Contact, ...]]


@dataclass(frozen=True, slots=True)
class WayBack:
    """Gives phones that began anew back to a former customer.

    Raises `StoreUnavailable` where Redis or the database does not answer.
    """

    database: Database
    clock: Clock
    revoker: SessionRevoker
    closing: Closes

    async def bring_back(self, claim: Claim) -> CameBack | None:
        """Give a fresh customer's phone back to the former one, if the contact was theirs.

        So it was where it is theirs, and where it is a phone that began anew as well: that one goes
        back too. Nothing but the code of the phone itself gives it away. What else a fresh customer
        has stays with them, since it may be another person's; the account of one who has no contact
        left is closed.
        """
        fresh_id = claim.fresh_id
        async with writing(self.database) as session:
            former_id = await former_id_of(session, fresh_id)
            if former_id is None or claim.confirmed_by != first_contact_id(fresh_id, "phone"):
                return None
            phones = await self._lock(session, fresh_id, former_id, claim.proved)
            owner_id = await self._owner(session, claim.proved)
            if phones.get(fresh_id) is None or owner_id not in {former_id, *phones} - {fresh_id}:
                return None
            had = await self._contacts(session, former_id)
            phone_of = {fresh_id: phones[fresh_id], owner_id: phones.get(owner_id)}
            given = {of: Contact("phone", phone) for of, phone in phone_of.items() if phone}
            for customer_id, phone in given.items():
                await self._give(session, customer_id, former_id, phone)
            has = await self._contacts(session, former_id)
            left = {
                phone: await self._left(session, customer_id)
                for customer_id, phone in given.items()
            }
            # Before the commit, so that a failure leaves all as it was.
            await self._end_sessions(given)
        got = tuple(contact for contact in has if contact not in had)
        return CameBack(tuple(given), had, got, left)

    async def end_fresh(self, came: CameBack) -> None:
        """End the sessions of the fresh ones again: a sign-in may have made one meanwhile."""
        await self._end_sessions(came.fresh_ids)

    async def _end_sessions(self, customer_ids: Iterable[str]) -> None:
        for customer_id in customer_ids:
            await self.revoker.revoke_customer(customer_id)

    async def _lock(
        self, session: Session, fresh_id: str, former_id: str, proved: Contact
    ) -> dict[str, str | None]:
        """Lock the former customer and the fresh ones, and return the phones of these by their ids.

        They are the one who calls and the one with whom the proved phone began anew.
        """
        asked = {"former_id": former_id}
        found = await session.fetch(_FRESH_OF_PHONE, contact=proved.address, **asked)
        fresh_ids = {fresh_id, *(customer_id for (customer_id,) in found)}
        # In one order, and nobody else's: two that wait for each other's rows would deadlock.
        for row_id in sorted({former_id, *fresh_ids}):
            await session.fetch(LOCK_CUSTOMER, row_id=row_id)
        return {
            customer_id: phone
            for customer_id in sorted(fresh_ids)
            for (phone,) in await session.fetch(_PHONE_OF_FRESH, customer_id=customer_id, **asked)
        }

    async def _owner(self, session: Session, contact: Contact) -> str | None:
        asked = {"contact": contact.address, "now": self.clock.now_ms()}
        found = await session.fetch(FIND_CUSTOMER[contact.contact_type], **asked)
        return found[0][0] if found else None

    async def _contacts(self, session: Session, customer_id: str) -> tuple[Contact, ...]:
        customer = await SqlCustomer(session, customer_id, self.clock).get()
        return tuple(own.contact for own in customer.contacts)

    async def _give(self, session: Session, fresh_id: str, former_id: str, phone: Contact) -> None:
        written = {"phone": phone.address, "today": today(self.clock)}
        await session.fetch(_GIVE, contact=phone.address, former_id=former_id)
        await session.fetch(LEAVE_PHONE, customer_id=fresh_id, **written)
        await session.fetch(_RETURN, customer_id=former_id, **written)

    async def _left(self, session: Session, fresh_id: str) -> tuple[Contact, ...]:
        """Return the contacts of a fresh customer; without any, nobody can sign in as them."""
        left = await self._contacts(session, fresh_id)
        if not left:
            await self.closing.close_within(session, fresh_id)
        return left
