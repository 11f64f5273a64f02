"""`DELETE /v1/link/account`: what goes, what stays, and who may ask for it."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from link_api.auth.records import CodePurpose
from tests.link_api.account.leaving import (
    CLOSE,
    EXPORT,
    NAME,
    ORDER,
    STREET,
    WALLET,
    customer_with_everything,
    personal_in,
    rows_of,
)
from tests.link_api.contacts.steps import add, ids_of, remove
from tests.link_api.contacts.steps import confirm as confirm_by_code
from tests.support.clients.confirming import confirm, confirm_in
from tests.support.clients.frames import Together
from tests.support.clients.link_client import Customer, LinkClient, data_of, new_phone, refusal
from tests.support.time_machine import TimeMachine

DIGITS_MASKED = 4
DAY = 24 * 60 * 60 * 1000


async def test_nothing_personal_is_left_in_either_store(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """Only whose order it was, by a random id."""
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    await link.code_for(phone)
    sought = (phone, phone[-9:], NAME, STREET, WALLET[1:], f"••• {phone[-DIGITS_MASKED:]}")
    assert len(await personal_in(redis, database_url, *sought)) == len(sought)
    await confirm(redis, ama, CLOSE)
    closed = await ama.delete("account")

    assert await personal_in(redis, database_url, *sought) == []
    rows = await rows_of(database_url)
    assert [name for name, found in rows.items() if found] == [
        *("customers", "order_owners", "linked_orders")
    ]
    [customer], [order] = rows["customers"], rows["linked_orders"]
    assert (customer["id"], customer["names_left"]) == (ama.id, None)
    assert closed["closed_at"]
    assert (order["customer_id"], order["order_id"]) == (ama.id, "order-77")
    assert (order["address_id"], order["mobile_money_id"]) == (None, None)


async def test_marks_and_codes_of_every_contact_go(link: LinkClient, redis: Redis) -> None:
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    code = await link.code_for(phone)
    await confirm(redis, ama, CLOSE)
    await ama.delete("account")

    assert (422, "OTP_EXPIRED") == await refusal(await link.verify_otp(code, phone))
    left = [key async for key in redis.scan_iter("*:otp-proved")]
    assert left == []


async def test_every_contact_goes_and_those_that_did_not_confirm_it_are_told(
    link: LinkClient, redis: Redis, database_url: str, time_machine: TimeMachine
) -> None:
    """One that is leaving is told too; each is free at once, and without a mark."""
    first, second, third = new_phone(), "esi@second.example", "esi@third.example"
    ama = await link.sign_in(first)
    await add(ama, second)
    leaving = await add(ama, third)
    await remove(ama, leaving["id"], by=(await ids_of(ama))[0])
    link.outbox.notices.clear()
    await confirm_by_code(ama, "close_account")
    await ama.delete("account")

    told = {(contact.address, notice.change) for contact, notice in link.outbox.notices}
    assert told == {(second, "account_closed"), (third, "account_closed")}
    assert await personal_in(redis, database_url, first, second, third) == []
    assert [key async for key in redis.scan_iter("*:otp-proved")] == []
    await time_machine.forward(DAY)  # messages to a contact wait, whoever has it by then
    fresh = {
        (await link.log_in(contact, contact_type=kind))["customer_id"]
        for contact, kind in ((first, "phone"), (second, "email"), (third, "email"))
    }
    assert len(fresh - {ama.id}) == 3


async def test_the_contact_is_free_for_a_customer_who_has_nothing(
    link: LinkClient, redis: Redis
) -> None:
    """Who signs in by it is somebody else, to whom the order of before is another's."""
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    await confirm(redis, ama, CLOSE)
    await ama.delete("account")
    fresh = await link.sign_in(phone)

    assert fresh.id != ama.id
    assert await fresh.get("addresses") == []
    assert (await fresh.get("data"))["customer"]["name"] is None
    response = await fresh.call("POST", "enroll-and-link-order", ORDER)
    assert (409, "CONFLICT") == await refusal(response)


async def test_every_session_ends(together: Together, redis: Redis) -> None:
    """Logins and frames; whoever else is signed in at the shop goes on."""
    phone = new_phone()
    ama = await customer_with_everything(together.link, phone)
    elsewhere = await together.link.sign_in(phone)
    frame = await together.signed_in("address", phone=phone)
    kofi, kofis = await together.link.sign_in(), await together.signed_in("address")
    await confirm(redis, ama, CLOSE)
    await ama.delete("account")

    for login in (ama, elsewhere):
        assert (401, "UNAUTHENTICATED") == await refusal(await login.call("GET", "data"))
    assert (401, "SESSION_REVOKED") == await refusal(await frame.call("GET", "addresses"))
    assert (await frame.refresh()).status == 401
    assert await kofi.get("addresses") == []
    assert (await kofis.call("GET", "addresses")).status == 200
    assert (await kofis.refresh()).status == 200


async def test_a_sibling_shops_customers_keep_everything(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """What another customer has of the same kind is no row less."""
    ama, kofi = await customer_with_everything(link), await link.sign_in()
    await kofi.post("enroll-and-link-order", {**ORDER, "order_id": "order-78"})
    before = await kofi.get("data")
    await confirm(redis, ama, CLOSE)
    await ama.delete("account")

    assert await kofi.get("data") == before
    orders = (await rows_of(database_url))["linked_orders"]
    linked = {order["customer_id"]: order["address_id"] is not None for order in orders}
    assert linked == {ama.id: False, kofi.id: True}


@pytest.mark.parametrize(("method", "path"), [("DELETE", "account"), ("GET", "account/export")])
async def test_a_copied_bearer_closes_and_exports_nothing(
    link: LinkClient, redis: Redis, method: str, path: str
) -> None:
    """It needs a code of a contact, for this purpose and this session, of this customer."""
    phone = new_phone()
    ama, kofi = await customer_with_everything(link, phone), await link.sign_in()
    elsewhere = await link.sign_in(phone)
    own = CLOSE if method == "DELETE" else EXPORT
    for purpose in set(CodePurpose) - {own}:
        await confirm(redis, ama, purpose)
    await confirm(redis, elsewhere, own)
    await confirm(redis, kofi, own)

    for held in (ama, elsewhere, kofi):
        for confirmation in held.confirmations:
            answer = await replace(ama, confirmations=[confirmation]).call(method, path)
            assert await refusal(answer) == (403, "CONFIRMATION_REQUIRED")
            assert not (await answer.json())["error"]["retryable"]
    assert (await ama.get("data"))["customer"]["name"] == NAME


async def test_a_page_that_hands_its_login_over_makes_no_frame_that_may(
    together: Together,
) -> None:
    """Its `amr` is what the shop vouched for."""
    ama = await customer_with_everything(together.link)
    frame = await together.handed_over(ama, "auth")
    for method, path in (("DELETE", "account"), ("GET", "account/export")):
        assert (403, "INSUFFICIENT_SCOPE") == await refusal(await frame.call(method, path))


async def test_a_repeat_is_safe_and_needs_no_confirmation(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """The answer may have been lost; the session that asked is ended by then."""
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    await confirm(redis, ama, CLOSE)
    first = await ama.delete("account")
    fresh = await link.sign_in(phone)
    rows = await rows_of(database_url)

    assert await ama.delete("account") == first
    assert await rows_of(database_url) == rows
    assert await fresh.get("addresses") == []
    stranger = Customer(link, "lnk_" + 43 * "A", ama.id)
    assert (401, "UNAUTHENTICATED") == await refusal(await stranger.call("DELETE", "account"))


async def test_an_ended_login_of_an_open_account_closes_nothing(
    link: LinkClient, redis: Redis
) -> None:
    """Its confirmation is of no use any more."""
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    await confirm(redis, ama, CLOSE)
    await link.logout(ama.token)

    assert (401, "UNAUTHENTICATED") == await refusal(await ama.call("DELETE", "account"))
    assert (await link.sign_in(phone)).id == ama.id


async def test_a_frame_closes_with_its_own_confirmation(
    together: Together, redis: Redis, database_url: str
) -> None:
    """A confirmation of the login that it hangs on is another session's."""
    frame = await together.signed_in("auth")
    customer_id = frame.grant["session"]["customer_id"]
    logins = [key async for key in redis.scan_iter(f"*{{{customer_id}}}:session:*")]
    login_id = logins[0].rpartition(":")[2]
    frame.confirmations.append(await confirm_in(redis, customer_id, login_id, CLOSE))
    assert (403, "CONFIRMATION_REQUIRED") == await refusal(await frame.call("DELETE", "account"))
    frame.confirmations.append(await confirm_in(redis, customer_id, frame.session_id, CLOSE))

    assert (await data_of(await frame.call("DELETE", "account")))["closed_at"]
    [row] = (await rows_of(database_url))["customers"]
    assert row["closed_at"]
