"""A number with a new owner: after a long silence it begins anew with nothing."""

import asyncio

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from elements_bridge.businesses.store import RedisBusinesses as Businesses
from link_api.customers.contacts import ADD_CONTACT, added
from link_api.customers.dormancy import DAY_MS
from link_api.customers.service import ProvedContact
from link_api.database.session import writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from link_kernel.ids import new_id
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.bridge_client import configure
from tests.support.clients.frames import Together
from tests.support.clients.link_client import Asking as AskingOf
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    data_of,
    granted,
    new_address,
    new_phone,
    refusal,
    running_link_api,
)
from tests.support.time_machine import MovableClock, TimeMachine

SHOP = "bus_0123456789abcdef"
ORDER = {
    "business_id": SHOP,
    "order_id": "order-1",
    "order_type": "delivery",
    "address": HOME,
    "mobile_money": MTN,
}
LIMIT = 365


@pytest.fixture(autouse=True)
async def shop(redis: Redis) -> None:
    """A business of this deployment's mode."""
    await configure(Businesses(redis), business_id=SHOP, mode="test")


@pytest.fixture
def phone() -> str:
    """The number that changes hands."""
    return new_phone()


@pytest.fixture
async def former(link: LinkClient, phone: str) -> Customer:
    """A customer with everything that one can have."""
    customer = await link.sign_in(phone)
    await data_of(await customer.call("POST", "enroll", {"contact": phone, "name": "Ama"}))
    await data_of(await customer.call("POST", "enroll-and-link-order", ORDER))
    return customer


async def has_also(settings: Settings, customer: Customer, mailbox: str) -> None:
    """Give a customer a second contact."""
    url = settings.database_url.get_secret_value()
    async with open_database(url) as database, writing(database) as session:
        proved = ProvedContact(new_id("con"), Contact("email", mailbox), 0, None)
        await session.fetch(ADD_CONTACT, **added(proved, customer.id, now_ms=0))


async def by_mail(link: LinkClient, mailbox: str) -> Customer:
    """Sign in by a mailbox."""
    login = await link.log_in(mailbox, AskingOf(address=new_address()), contact_type="email")
    return Customer(link, login["session_token"], login["customer_id"])


async def test_after_the_limit_a_number_begins_anew(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """Its owner is a fresh customer, who sees and reaches nothing of the former one."""
    before = await former.get("data")
    [address] = before["addresses"]
    [wallet] = before["mobile_money"]
    await time_machine.forward((LIMIT + 1) * DAY_MS)
    fresh = await link.sign_in(phone)

    assert fresh.id != former.id
    data = await fresh.get("data")
    assert data["customer"]["account_id"] != before["customer"]["account_id"]
    assert data["customer"]["name"] is None
    assert (data["addresses"], data["mobile_money"], data["preferences"]) == ([], [], None)
    assert len(await fresh.get("sessions")) == 1
    for path in (f"addresses/{address['id']}", f"mobile-money/{wallet['id']}"):
        assert await refusal(await fresh.call("DELETE", path)) == (404, "NOT_FOUND")
    claimed = await fresh.call("POST", "enroll-and-link-order", ORDER)
    assert await refusal(claimed) == (409, "CONFLICT")
    enrolled = await data_of(await fresh.call("POST", "enroll", {"contact": phone, "name": "Kofi"}))
    assert enrolled["customer"]["id"] == fresh.id
    assert enrolled["customer"]["name"] == "Kofi"


@pytest.mark.parametrize("days", [1, LIMIT])
async def test_until_the_limit_a_number_is_its_customers(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine, days: int
) -> None:
    """Each sign-in begins the silence anew."""
    for _ in range(2):
        await time_machine.forward(days * DAY_MS)
        assert (await link.sign_in(phone)).id == former.id


async def test_a_refresh_begins_the_silence_anew(
    settings: Settings, clock: MovableClock, time_machine: TimeMachine, phone: str
) -> None:
    """On the last day of a login; without it the number begins anew."""
    shortest = settings.model_copy(update={"dormant_days": 91})
    async with running_link_api(shortest, clock) as link:
        others_phone = new_phone()
        login, other = await link.log_in(phone), await link.log_in(others_phone)
        await time_machine.forward(30 * DAY_MS - 60_000)
        await granted(await link.refresh(login["refresh_token"]))
        await time_machine.forward(91 * DAY_MS)

        assert (await link.sign_in(phone)).id == login["customer_id"]
        assert (await link.sign_in(others_phone)).id != other["customer_id"]


async def test_requests_for_codes_break_no_silence(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """Whoever knows the number could keep it from its new owner."""
    for _ in range(13):
        await time_machine.forward(30 * DAY_MS)
        await link.code_for(phone)
    await time_machine.forward(60_000)

    assert (await link.sign_in(phone)).id != former.id


async def test_where_it_is_off_a_number_is_its_customers_for_ever(
    settings: Settings, clock: MovableClock, time_machine: TimeMachine, phone: str
) -> None:
    """As before this release."""
    never = settings.model_copy(update={"dormant_days": 0})
    async with running_link_api(never, clock) as link:
        customer = await link.sign_in(phone)
        await time_machine.forward(4000 * DAY_MS)
        assert (await link.sign_in(phone)).id == customer.id


async def test_a_mailbox_is_its_customers_for_ever(
    link: LinkClient, settings: Settings, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """No carrier gives it to another; who proves it has the phone again too."""
    await has_also(settings, former, "esi@former.example")
    await time_machine.forward((LIMIT + 1) * DAY_MS)

    assert (await by_mail(link, "esi@former.example")).id == former.id
    assert (await link.sign_in(phone)).id == former.id


async def test_a_former_owner_has_everything_but_the_number(
    link: LinkClient, settings: Settings, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """By another contact, in a session of its own, and nothing of the new owner's."""
    await has_also(settings, former, "yaa@former.example")
    before = await former.get("data")
    await time_machine.forward((LIMIT + 1) * DAY_MS)
    fresh = await link.sign_in(phone)
    await fresh.post("addresses", {**HOME, "label": "Theirs"})
    returned = await by_mail(link, "yaa@former.example")

    assert returned.id == former.id
    data = await returned.get("data")
    assert data["addresses"] == before["addresses"]
    assert data["mobile_money"] == before["mobile_money"]
    assert data["customer"]["phone"] is None
    assert data["customer"]["email"] == "yaa@former.example"
    assert (await link.sign_in(phone)).id == fresh.id
    assert [saved["label"] for saved in await fresh.get("addresses")] == ["Theirs"]


async def test_the_new_owners_silence_is_their_own(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """A number may change hands again, and each owner begins with nothing."""
    owners = [former.id]
    for _ in range(2):
        await time_machine.forward((LIMIT + 1) * DAY_MS)
        owners.append((await link.sign_in(phone)).id)
        await time_machine.forward(LIMIT * DAY_MS)
        assert (await link.sign_in(phone)).id == owners[-1]

    assert len(set(owners)) == 3


async def test_sign_ins_at_once_make_one_fresh_customer(
    link: LinkClient, settings: Settings, clock: MovableClock, time_machine: TimeMachine, phone: str
) -> None:
    """At one process and at two: the customer's row decides."""
    former = await link.sign_in(phone)
    await time_machine.forward((LIMIT + 1) * DAY_MS)
    async with running_link_api(settings, clock) as other:
        code = await link.code_for(phone, AskingOf(address=new_address()))
        answers = await asyncio.gather(
            *(
                each.verify_otp(code, phone, AskingOf(key="the-key-of-one-sign-in-0123"))
                for each in (link, other) * 8
            )
        )
        logins = [await granted(answer) for answer in answers]

    assert len({login["customer_id"] for login in logins}) == 1
    assert logins[0]["customer_id"] != former.id


async def test_sessions_of_the_former_one_end_where_there_are_any(
    together: Together, database_url: str, phone: str
) -> None:
    """A shop that holds its `lnk_`, and a frame, whose last days no database was told of."""
    former = await together.link.sign_in(phone)
    frame = await together.handed_over(former)
    async with open_database(database_url) as database, writing(database) as session:
        await session.fetch(Statement(text("UPDATE customers SET active_on = active_on - 366")))
    fresh = await together.link.sign_in(phone)

    assert fresh.id != former.id
    assert await refusal(await former.call("GET", "data")) == (401, "UNAUTHENTICATED")
    assert await refusal(await frame.call("GET", "data")) == (401, "SESSION_REVOKED")
    assert (await frame.refresh()).status == 401
    assert (await fresh.get("data"))["customer"]["id"] == fresh.id


async def test_at_once_with_a_sign_in_by_mail_nobody_loses_more_than_the_number(
    link: LinkClient, settings: Settings, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """Whichever comes first: the mailbox is the former one's, and the number one customer's."""
    await has_also(settings, former, "abena@former.example")
    await time_machine.forward((LIMIT + 1) * DAY_MS)
    code = await link.code_for(phone)
    code_by_mail = await link.code_for("abena@former.example", contact_type="email")
    answers = await asyncio.gather(
        link.verify_otp(code, phone),
        link.verify_otp(code_by_mail, "abena@former.example", contact_type="email"),
    )
    by_phone, mail = [(await granted(answer))["customer_id"] for answer in answers]

    assert mail == former.id
    await time_machine.forward(60_000)
    assert (await link.sign_in(phone)).id == by_phone
    assert (await by_mail(link, "abena@former.example")).id == former.id
