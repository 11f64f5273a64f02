"""Whose sign-in a proved contact is: its customer's, unless the number has a new owner."""

from dataclasses import dataclass

from link_api.customers.activity import Activity
from link_api.customers.dormancy import Dormancy
from link_api.customers.former import FormerCustomers
from link_api.customers.service import CustomerRecord
from link_api.customers.storage import SqlCustomers
from link_api.database.session import Database, Session
from link_api.spelling.contacts import Contact
from link_kernel.sessions.revoke import SessionRevoker


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A customer as before the sign-in, and whose the number was until then, if it began anew."""

    customer: CustomerRecord
    former: CustomerRecord | None


@dataclass(frozen=True, slots=True)
class SignIns:
    """Finds the customer of a sign-in; each step may be repeated."""

    customers: SqlCustomers
    former: FormerCustomers
    dormancy: Dormancy
    activity: Activity
    revoker: SessionRevoker

    async def customer_of(self, contact: Contact) -> SignedIn:
        """Return the customer who has this contact, which was just proved; create one if need be.

        The phone of a dormant customer begins anew with a fresh one, and the former one's sessions
        end, should there be any that nobody refreshed for so long.
        """
        former, found = None, await self.customers.find_known(contact)
        if found is not None and self.dormancy.begins_anew(contact, found[0].active_on):
            await self.revoker.revoke_customer(found[0].id)
            if await self.former.begin_anew(contact, found[0].ids):
                former = found[0]
            found = await self.customers.find_known(contact)
        elif found is not None and self.dormancy.is_over(found[0].active_on):
            await self.former.wake(found[0].ids)
        customer = await self.customers.signed_in(contact, found)
        self.activity.note(customer.id)
        return SignedIn(customer, former)

    async def let_go(
        self, session: Session, contact: Contact, customer_id: str
    ) -> CustomerRecord | None:
        """Part a dormant customer from a phone that another one proved, as a sign-in would.

        See `FormerCustomers.let_go`.
        """
        former = await self.former.let_go(session, contact, customer_id)
        if former is not None:
            await self.revoker.revoke_customer(former.id)
        return former


def sign_ins_of(
    dormant_days: int, database: Database, activity: Activity, revoker: SessionRevoker
) -> SignIns:
    """Return the sign-ins of a database, by the clock of `activity`."""
    dormancy = Dormancy(dormant_days, activity.clock)
    return SignIns(
        customers=SqlCustomers(database, activity.clock),
        former=FormerCustomers(database, dormancy),
        dormancy=dormancy,
        activity=activity,
        revoker=revoker,
    )
