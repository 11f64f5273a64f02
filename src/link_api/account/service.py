"""Rules of closing an account (docs/protocol.md#link-api).

First the customer is marked in SQL, which frees the contacts and deletes the data; then the marks
and codes of the contacts go, and all sessions. A call that raised `StoreUnavailable` in between may
be repeated: it goes on where it was.
"""

from dataclasses import dataclass

from link_api.account.storage import Closing, SqlClosing
from link_api.auth.codes.marks import ContactMarks
from link_api.auth.confirmations import require_staying
from link_api.auth.notices import News, Notices
from link_api.auth.records import Change, CodePurpose
from link_api.customers.service import CustomerRecord
from link_api.customers.storage import SqlCustomer
from link_api.database.session import Database, Session, reading, writing
from link_kernel.clock import Clock
from link_kernel.sessions.revoke import SessionRevoker


@dataclass(frozen=True, slots=True)
class AccountClosing:
    """Closes accounts. All methods raise `StoreUnavailable`."""

    database: Database
    clock: Clock
    marks: ContactMarks
    revoker: SessionRevoker
    notices: Notices

    async def find(self, customer_id: str) -> Closing | None:
        """Return the closing of a customer's account, `None` while it is open."""
        async with reading(self.database) as session:
            return await SqlClosing(session, customer_id).find()

    async def close(self, customer_id: str, *, confirmed_by: str | None) -> Closing:
        """Close an account, or finish closing it; a second time changes nothing.

        `confirmed_by` is the id of the contact whose code said so, if one did: the others are told.
        Raises `ConfirmationRequired` where that one is being removed.
        """
        closing, news = await self._mark(customer_id, confirmed_by)
        if news is not None:
            self.notices.tell(news)
        await self._erase(customer_id, closing)
        return closing

    async def close_due(self, customer_id: str, *, day: int) -> bool:
        """Close an account that is without a contact since before a day; tell whether it was.

        Looked at again once the customer is locked: nobody comes back in between.
        """
        async with writing(self.database) as session:
            rows = SqlClosing(session, customer_id)
            await rows.lock()
            if not await rows.is_due(day=day, now_ms=self.clock.now_ms()):
                return False
            closing = await rows.find() or await self._close(rows)
        await self._erase(customer_id, closing)
        return True

    async def close_within(self, session: Session, customer_id: str) -> None:
        """Close an account without a contact, whose customer the transaction of a session locks.

        The caller ends its sessions, and nothing is left in Redis of a contact that it had.
        """
        rows = SqlClosing(session, customer_id)
        rows.close(Closing(self.clock.now_ms(), ()))
        rows.finish()

    async def _erase(self, customer_id: str, closing: Closing) -> None:
        await self.marks.forget(closing.names_left)
        # Twice: a sign-in that had found the customer before may have made a session meanwhile.
        await self.revoker.revoke_customer(customer_id)
        await self.revoker.revoke_customer(customer_id)
        async with writing(self.database) as session:
            SqlClosing(session, customer_id).finish()

    async def _mark(
        self, customer_id: str, confirmed_by: str | None
    ) -> tuple[Closing, News | None]:
        """Mark the customer in SQL, unless that was done; return whom to tell of it."""
        async with writing(self.database) as session:
            rows = SqlClosing(session, customer_id)
            await rows.lock()
            closing = await rows.find()
            if closing is not None:
                return closing, None
            customer = await SqlCustomer(session, customer_id, self.clock).get()
            if confirmed_by is not None:
                require_staying(customer, confirmed_by, CodePurpose.CLOSE_ACCOUNT)
            closing = await self._close(rows)
        return closing, _news(customer, confirmed_by)

    async def _close(self, rows: SqlClosing) -> Closing:
        names = {name for contact in await rows.contacts() for name in self.marks.names_of(contact)}
        closing = Closing(self.clock.now_ms(), tuple(sorted(names)))
        rows.close(closing)
        return closing


def _news(customer: CustomerRecord, confirmed_by: str | None) -> News | None:
    for own in customer.contacts:
        if own.id == confirmed_by:
            return News(Change.ACCOUNT_CLOSED, own.contact, customer.others(own.contact))
    return None
