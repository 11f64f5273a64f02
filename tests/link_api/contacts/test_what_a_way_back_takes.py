"""A former customer who comes back gets the number, and nothing else of who has it now."""

from redis.asyncio import Redis

from link_kernel.redis.keys import REVOCATIONS
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.contacts.steps import FORMER, add, code_for, confirm, entered, prove, typed
from tests.link_api.contacts.test_former_contact import (
    MAIL,
    REQUIRED,
    SILENT,
    database_url,
    former,
    fresh,
    phone,
)
from tests.support.clients.link_client import (
    Asking,
    Customer,
    LinkClient,
    granted,
    new_key,
    new_phone,
    refusal,
)
from tests.support.time_machine import TimeMachine

__all__ = ["database_url", "former", "fresh", "phone"]
ADDED = "afia@added-since.example"


async def test_each_contact_is_told_of_what_came_to_it_or_left(
    link: LinkClient, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """What the fresh one added since stays with them, with all that is theirs."""
    await add(fresh, ADDED)
    await fresh.post("addresses", HOME)
    await time_machine.forward(60_000)
    told = len(link.outbox.notices)
    await prove(fresh, MAIL)

    assert [(to.address, notice.change) for to, notice in link.outbox.notices[told:]] == [
        (MAIL, "contact_added"),
        (ADDED, "contact_removed"),
    ]
    login = await link.log_in(ADDED, contact_type="email")
    assert login["customer_id"] == fresh.id
    again = Customer(link, login["session_token"], fresh.id)
    assert [saved["city"] for saved in await again.get("addresses")] == [HOME["city"]]


async def test_a_contact_that_the_fresh_one_added_gives_the_number_to_nobody(
    link: LinkClient, fresh: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """Whoever reads that mailbox, and is the former one, has not the number."""
    await add(fresh, ADDED)
    await time_machine.forward(60_000)
    [_, mailbox] = await fresh.get("contacts")
    await confirm(fresh, "add_contact", contact_id=mailbox["id"])
    asked = {"purpose": FORMER, **typed(MAIL)}
    [number, _] = await fresh.get("contacts")
    answer = await fresh.call("POST", "contacts/request-otp", asked, key=new_key())
    assert await refusal(answer) == REQUIRED
    wanted = (await answer.json())["error"]["details"]
    assert wanted == {"purpose": "add_contact", "contact_id": number["id"]}
    assert await refusal(await entered(fresh, FORMER, "000000", **typed(MAIL))) == REQUIRED
    assert (await link.sign_in(phone)).id == fresh.id


async def test_without_the_number_no_earlier_account_is_looked_for(link: LinkClient) -> None:
    """The same for everybody: here a customer who began with a mailbox."""
    login = await link.log_in("kojo@began-by-mail.example", contact_type="email")
    kojo = Customer(link, login["session_token"], login["customer_id"])
    await confirm(kojo, "add_contact")
    asked = {"purpose": FORMER, **typed(MAIL)}
    answer = await kojo.call("POST", "contacts/request-otp", asked, key=new_key())
    assert await refusal(answer) == (409, "CONFLICT")
    assert "this one began with" in await answer.text()


async def test_another_phone_of_the_former_one_is_told_nothing(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """It may be a stranger's by now, who would be told to sign in."""
    await time_machine.forward(60_000)
    await add(former, new_phone())
    await time_machine.forward(SILENT)
    fresh = await link.sign_in(phone)
    await time_machine.forward(60_000)
    told = len(link.outbox.notices)
    await prove(fresh, MAIL)

    assert [to.address for to, _ in link.outbox.notices[told:]] == [MAIL]


async def test_where_a_store_fails_nobody_has_come_back(
    link: LinkClient,
    redis: Redis,
    former: Customer,
    fresh: Customer,
    phone: str,
    time_machine: TimeMachine,
) -> None:
    """All is as it was, nobody is told, and the next try brings the former customer back."""
    await confirm(fresh, "add_contact")
    code = await code_for(fresh, FORMER, **typed(MAIL))
    told = len(link.outbox.notices)
    await redis.delete(REVOCATIONS)
    await redis.set(REVOCATIONS, "of another type", ex=60)
    answer = await entered(fresh, FORMER, code, **typed(MAIL))
    assert await refusal(answer) == (503, "STORE_UNAVAILABLE")
    assert link.outbox.notices[told:] == []

    await redis.delete(REVOCATIONS)
    await time_machine.forward(60_000)
    again = await link.sign_in(phone)
    assert again.id == fresh.id
    await time_machine.forward(60_000)
    await prove(again, MAIL)
    await time_machine.forward(60_000)
    assert (await link.sign_in(phone)).id == former.id


async def test_a_code_that_the_fresh_one_spent_signs_nobody_in_to_the_former_one(
    link: LinkClient, former: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """A repeat with its key, while the code lives."""
    await time_machine.forward(SILENT)
    code, key = await link.code_for(phone), new_key()
    answer = await link.verify_otp(code, phone, Asking(key=key))
    login = await granted(answer)
    fresh = Customer(link, login["session_token"], login["customer_id"])
    await time_machine.forward(60_000)
    await prove(fresh, MAIL)

    answer = await link.verify_otp(code, phone, Asking(key=key))
    assert await refusal(answer) == (422, "OTP_EXPIRED")
