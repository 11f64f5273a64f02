"""`GET /v1/link/account/export`: all that is kept, and nobody else's."""

from redis.asyncio import Redis

from link_api.sessions.service import MOST_SHOWN
from tests.link_api.account.leaving import (
    CLOSE,
    EXPORT,
    NAME,
    SHOP,
    STREET,
    customer_with_everything,
    rows_of,
)
from tests.support.clients.confirming import confirm, confirm_in
from tests.support.clients.frames import Together
from tests.support.clients.link_client import LinkClient, data_of, new_phone, refusal
from tests.support.time_machine import TimeMachine

MINUTE = 60_000


async def test_it_holds_what_both_stores_hold(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    phone = new_phone()
    ama = await customer_with_everything(link, phone)
    await confirm(redis, ama, EXPORT)
    found = await ama.get("account/export")

    assert found["customer"]["name"] == NAME
    assert found["customer"]["active_on"] == found["exported_at"][:10]
    [contact] = found["contacts"]
    assert (contact["contact"], contact["contact_type"]) == (phone, "phone")
    marks = contact["network_marks"]
    assert marks["count"] == 1
    assert marks["first_at"] == marks["last_at"]
    assert [item["street_address"] for item in found["addresses"]] == [STREET]
    assert [item["provider"] for item in found["mobile_money"]] == ["mtn"]
    [order] = found["orders"]
    assert (order["business_id"], order["order_id"]) == (SHOP, "order-77")
    assert order["address_id"] == found["addresses"][0]["id"]
    assert [session["is_current"] for session in found["sessions"]] == [True]
    assert found["consents"]["enrolled_at"] == found["preferences"]["enrolled_at"]
    assert found["consents"]["notify_on_order"] is True


async def test_no_column_of_the_customers_rows_is_left_out(
    link: LinkClient, redis: Redis, database_url: str
) -> None:
    """But ids that say whose a row is, and what the services keep for themselves."""
    ama = await customer_with_everything(link)
    await confirm(redis, ama, EXPORT)
    found = await ama.get("account/export")
    rows = await rows_of(database_url)
    shown = {
        "customers": found["customer"],
        "contacts": found["contacts"][0],
        "addresses": found["addresses"][0],
        "mobile_money": found["mobile_money"][0],
        "preferences": found["preferences"],
        "linked_orders": found["orders"][0],
    }
    spelt_otherwise = {
        "customers": {"phone", "email", "closed_at", "names_left"}
        | {"former_since", "former_id"},  # of somebody else
        "contacts": {"customer_id", "address", "goes_at"},
        "mobile_money": {"chosen_provider"},
        "linked_orders": {"customer_id"},
    }

    for table, members in shown.items():
        missing = rows[table][0].keys() - members.keys()
        assert missing == spelt_otherwise.get(table, set()), table
    # Copies of the above for a day, a pointer to what is marked as default, and an order's claim.
    assert rows.keys() - shown.keys() == {"kept_answers", "defaults", "order_owners"}


async def test_it_has_every_login_however_many(
    link: LinkClient, redis: Redis, time_machine: TimeMachine
) -> None:
    """Where the list of sessions shows the newest."""
    phone = new_phone()
    for _ in range(MOST_SHOWN + 2):
        await time_machine.forward(9 * 60 * MINUTE)
        ama = await link.sign_in(phone)
    await confirm(redis, ama, EXPORT)

    assert len((await ama.get("account/export"))["sessions"]) == MOST_SHOWN + 2
    assert len(await ama.get("sessions")) == MOST_SHOWN


async def test_it_may_be_repeated_while_the_confirmation_lives(
    link: LinkClient, redis: Redis, time_machine: TimeMachine
) -> None:
    ama = await customer_with_everything(link)
    await confirm(redis, ama, EXPORT)
    first = await ama.get("account/export")
    again = await ama.get("account/export")
    await time_machine.forward(10 * MINUTE)

    assert {**again, "exported_at": ""} == {**first, "exported_at": ""}
    answer = await ama.call("GET", "account/export")
    assert (403, "CONFIRMATION_REQUIRED") == await refusal(answer)


async def test_it_holds_nothing_of_anybody_else(link: LinkClient, redis: Redis) -> None:
    """Nor of the customer who had the contact before."""
    phone = new_phone()
    ama, kofi = await customer_with_everything(link, phone), await link.sign_in()
    await confirm(redis, kofi, EXPORT)
    found = await kofi.get("account/export")
    assert (found["addresses"], found["orders"], found["consents"]) == ([], [], None)
    await confirm(redis, ama, CLOSE)
    await ama.delete("account")
    fresh = await link.sign_in(phone)
    await confirm(redis, fresh, EXPORT)
    found = await fresh.get("account/export")

    assert found["customer"]["id"] == fresh.id
    assert (found["addresses"], found["orders"], found["consents"]) == ([], [], None)
    assert found["contacts"][0]["network_marks"]["count"] == 1


async def test_a_frame_that_confirmed_it_gets_the_contacts_too(
    together: Together, redis: Redis
) -> None:
    """Elsewhere a frame sees them masked: here their owner asked for what is kept."""
    phone = new_phone()
    frame = await together.signed_in("auth", phone=phone)
    customer_id = frame.grant["session"]["customer_id"]
    frame.confirmations.append(await confirm_in(redis, customer_id, frame.session_id, EXPORT))
    found = await data_of(await frame.call("GET", "account/export"))

    assert [contact["contact"] for contact in found["contacts"]] == [phone]
    kinds = {session["kind"]: session["is_current"] for session in found["sessions"]}
    assert kinds == {"link": False, "element": True}
