"""A former customer comes back while somebody signs in by the number."""

from dataclasses import replace

from redis.asyncio import Redis

from link_api.app_key import SERVICES
from link_api.auth.owners import come_back
from link_api.customers.dormancy import DAY_MS
from link_api.customers.service import CustomerRecord
from link_api.customers.storage import Known, SqlCustomers
from link_api.database.startup import open_database
from link_api.services import KeyedServices
from link_api.spelling.contacts import Contact
from tests.link_api.contacts.steps import add
from tests.support.clients.link_client import LinkClient, new_phone, refusal
from tests.support.time_machine import MovableClock, TimeMachine

SILENT = 366 * DAY_MS


class CameBackMeanwhile(SqlCustomers):
    """Customers of whom a former one comes back between two steps of a sign-in."""

    keyed: KeyedServices
    mailbox: Contact

    async def signed_in(self, contact: Contact, found: Known | None) -> CustomerRecord:
        """Return the fresh customer, who has no contact any more by then."""
        customer = await super().signed_in(contact, found)
        way_back, marks, notices = self.keyed.way_back, self.keyed.marks, self.keyed.auth.notices
        await come_back(way_back, marks, notices, fresh_id=customer.id, proved=self.mailbox)
        return customer


async def test_a_sign_in_that_found_the_fresh_customer_before_gets_no_token(
    link: LinkClient,
    redis: Redis,
    database_url: str,
    clock: MovableClock,
    time_machine: TimeMachine,
) -> None:
    """It would be a login of a customer without a contact; the next one is the former one's."""
    phone, mailbox = new_phone(), "akos@back-in-between.example"
    former = await link.sign_in(phone)
    await add(former, mailbox)
    await time_machine.forward(SILENT)
    fresh = await link.sign_in(phone)
    await time_machine.forward(60_000)
    code = await link.code_for(phone)
    keyed = link.http.app[SERVICES].keyed
    async with open_database(database_url) as database:
        customers = CameBackMeanwhile(database, clock)
        customers.keyed, customers.mailbox = keyed.current, Contact("email", mailbox)
        auth = keyed.current.auth
        sign_ins = replace(auth.sign_ins, customers=customers)
        slow = replace(auth, customers=customers, sign_ins=sign_ins)
        object.__setattr__(keyed.current, "auth", slow)
        answer = await link.verify_otp(code, phone)

    assert await refusal(answer) == (422, "OTP_EXPIRED")
    assert [key async for key in redis.scan_iter(f"*{{{fresh.id}}}:session:*")] == []
    object.__setattr__(keyed.current, "auth", auth)
    await time_machine.forward(60_000)
    assert (await link.sign_in(phone)).id == former.id
