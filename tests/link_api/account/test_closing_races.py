"""What happens at the same time as a closing, and a Redis that is away in the middle of one."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from link_api.account.service import AccountClosing
from link_api.app_key import SERVICES
from link_api.auth.records import Caller, CodeAsker, CodeBinding, NewLinkSession
from link_api.auth.storage import RedisLinkSessions
from link_api.customers.service import Customer as Ids
from link_api.customers.service import CustomerRecord
from link_api.customers.storage import Known, SqlCustomers
from link_api.database.startup import open_database
from link_api.spelling.contacts import Contact
from link_kernel.errors import OtpExpired
from link_kernel.ids import new_id, to_base64url
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from tests.link_api.account.leaving import (
    CLOSE,
    NAME,
    customer_with_everything,
    personal_in,
    rows_of,
)
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.confirming import confirm
from tests.support.clients.link_client import (
    Asking,
    Customer,
    LinkClient,
    new_key,
    new_phone,
    refusal,
)
from tests.support.redis_content import announced_ids
from tests.support.time_machine import MovableClock

SIGN_INS = 8
SERVERS = CodeAsker(CodeBinding("", ""), None)
NOBODY = Caller(address=None, user_agent="", origin="")
WRITES = 20


async def test_a_sign_in_at_the_same_time_is_of_somebody_new_or_nobody(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """Whichever is first: no login that was granted reaches the account that was closed."""
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    askings = [Asking(address=f"10.9.{n}.1", key=new_key()) for n in range(SIGN_INS)]
    code = await link.code_for(phone, askings[0])
    await confirm(redis, ama, CLOSE)
    closing = asyncio.create_task(ama.call("DELETE", "account"))
    answers = await asyncio.gather(*(link.verify_otp(code, phone, asking) for asking in askings))
    assert (await closing).status == 200

    for answer in answers:
        body = await answer.json()
        if answer.status == 200 and body["customer_id"] == ama.id:  # before it was marked
            login = Customer(link, body["session_token"], ama.id)
            assert (await login.call("GET", "sessions")).status == 401
            assert (await link.refresh(body["refresh_token"])).status == 401
    live = [key async for key in redis.scan_iter(f"*{{{ama.id}}}:session:*")]
    assert live == []
    rows = await rows_of(database_url)
    assert [row for row in rows["contacts"] if row["customer_id"] == ama.id] == []


async def test_a_write_at_the_same_time_leaves_nothing_behind(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """It is done before, and deleted, or waits for the row and finds no customer."""
    ama = await customer_with_everything(link)
    await confirm(redis, ama, CLOSE)
    calls = [ama.call("POST", "addresses", HOME, key=new_key()) for _ in range(WRITES)]
    calls.insert(WRITES // 2, ama.call("DELETE", "account"))
    answers = await asyncio.gather(*calls)

    assert answers[WRITES // 2].status == 200
    assert {answer.status for answer in answers} <= {200, 201, 401}
    rows = await rows_of(database_url)
    assert rows["addresses"] == rows["kept_answers"] == []


async def test_closings_at_the_same_time_are_one(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    phone = new_phone()
    ama, elsewhere = await customer_with_everything(link, phone), await link.sign_in(phone)
    for login in (ama, elsewhere):
        await confirm(redis, login, CLOSE)
    answers = await asyncio.gather(
        *(login.call("DELETE", "account") for login in (ama, elsewhere) * 5)
    )

    assert {answer.status for answer in answers} == {200}
    assert len({(await answer.json())["data"]["closed_at"] for answer in answers}) == 1
    [row] = (await rows_of(database_url))["customers"]
    assert row["names_left"] is None


async def a_session_made_in_between(redis: Redis, customer_id: str, link: LinkClient) -> Customer:
    """Return a login that a process has made for a customer who was marked a moment before."""
    sessions, token = RedisLinkSessions(redis), f"lnk_{to_base64url(b'b' * 32)}"
    ids = Ids(customer_id, new_id("acc"))
    new = NewLinkSession(new_id("lses"), ids, "+233 •• ••• 0000", "0" * 64, 1, NOBODY)
    _, session = await sessions.create(new)
    assert session is not None
    await sessions.put_token(token, session, life_ms=60_000)
    return Customer(link, token, customer_id)


async def test_a_session_made_in_between_is_refused_for_want_of_a_customer(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """Where it would read and where it would write; a repeated closing ends it."""
    ama = await customer_with_everything(link)
    await confirm(redis, ama, CLOSE)
    await ama.delete("account")
    late = await a_session_made_in_between(redis, ama.id, link)
    before = await rows_of(database_url)

    for method, path, body in (
        ("GET", "data", None),
        ("POST", "addresses", HOME),
        ("POST", "enroll", {"contact": new_phone()}),
    ):
        assert (401, "SESSION_REVOKED") == await refusal(await late.call(method, path, body))
    assert await rows_of(database_url) == before
    await late.delete("account")
    assert (401, "UNAUTHENTICATED") == await refusal(await late.call("GET", "data"))


class ClosedMeanwhile(SqlCustomers):
    """Customers of whom one leaves between two steps of a sign-in."""

    closing: AccountClosing

    async def signed_in(self, contact: Contact, found: Known | None) -> CustomerRecord:
        """Return the customer, whose account is closed by then."""
        customer = await super().signed_in(contact, found)
        await self.closing.close(customer.id, confirmed_by=None)
        return customer


async def test_a_sign_in_that_found_the_customer_before_the_mark_gets_no_token(
    link: LinkClient, redis: Redis, database_url: str, clock: MovableClock
) -> None:
    """All sessions were ended before it made its own."""
    phone = new_phone()
    ama, services = await link.sign_in(phone), link.http.app[SERVICES]
    code = await link.code_for(phone)
    async with open_database(database_url) as database:
        customers = ClosedMeanwhile(database, clock)
        customers.closing = services.keyed.current.closing
        auth = services.keyed.current.auth
        sign_ins = replace(auth.sign_ins, customers=customers)
        auth = replace(auth, customers=customers, sign_ins=sign_ins)
        with pytest.raises(OtpExpired):
            await auth.verify_otp(
                Contact("phone", phone), code, asker=SERVERS, key=new_key(), caller=NOBODY
            )

    assert [key async for key in redis.scan_iter(f"*{{{ama.id}}}:session:*")] == []


class MadeMeanwhile(SessionRevoker):
    """Ends the sessions of a customer, and makes another one once they have ended."""

    __slots__ = ("link", "made", "redis")
    link: LinkClient
    redis: Redis
    made: list[Customer]

    async def revoke_customer(self, customer_id: str) -> int:
        """End them; the first time one is made after it."""
        ended = await super().revoke_customer(customer_id)
        if not self.made:
            late = await a_session_made_in_between(self.redis, customer_id, self.link)
            self.made.append(late)
        return ended


async def test_sessions_end_twice(link: LinkClient, redis: Redis) -> None:
    """A release that does not look at the customer again may have made one after the first time."""
    ama, closing = await link.sign_in(), link.http.app[SERVICES].keyed.current.closing
    revoker = closing.revoker
    late = MadeMeanwhile(revoker.sessions, revoker.publisher, revoker.feed, revoker.security_log)
    for name, value in (("link", link), ("redis", redis), ("made", [])):
        object.__setattr__(late, name, value)
    await replace(closing, revoker=late).close(ama.id, confirmed_by=None)

    [made] = late.made
    assert (401, "UNAUTHENTICATED") == await refusal(await made.call("GET", "sessions"))


@pytest.mark.parametrize("away", ["marks", "revocations"])
async def test_what_failed_in_the_middle_is_finished_by_a_repeat(
    link: LinkClient, redis: Redis, database_url: str, away: str
) -> None:
    """503, whichever step Redis did not do; the account is closed by then, and stays so."""
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    await confirm(redis, ama, CLOSE)
    broken = await broken_step(redis, away)
    assert (503, "STORE_UNAVAILABLE") == await refusal(await ama.call("DELETE", "account"))
    [row] = (await rows_of(database_url))["customers"]
    assert row["closed_at"]
    await redis.delete(broken)

    login = await SessionStore(redis).find_link_session_key(ama.token)
    assert await ama.delete("account")
    assert await personal_in(redis, database_url, phone, NAME, f"••• {phone[-4:]}") == []
    assert [key async for key in redis.scan_iter("*:otp-proved")] == []
    assert login is not None
    assert login.session_id in await announced_ids(redis)
    [row] = (await rows_of(database_url))["customers"]
    assert row["names_left"] is None


async def broken_step(redis: Redis, away: str) -> str:
    """Make Redis refuse one step, and return the key by which it does."""
    keys = [str(key) async for key in redis.scan_iter("*:otp-code-keys")]
    key = keys[0] if away == "marks" else REVOCATIONS
    await redis.set(key, "of another type", ex=60)
    return key
