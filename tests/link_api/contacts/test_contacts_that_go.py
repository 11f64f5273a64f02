"""What becomes of the codes and marks of a contact that goes from one customer to another."""

from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from link_api.auth.codes import redis_keys
from link_api.database.session import writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from tests.link_api.contacts.steps import add, confirm, ids_of, remove
from tests.support.clients.link_client import (
    Asking,
    Customer,
    LinkClient,
    data_of,
    new_address,
    new_key,
    new_phone,
    refusal,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

EXPIRED: Final = (422, "OTP_EXPIRED")
MINUTE: Final = 60_000
NO_ANSWER_IS_KEPT: Final = Statement(
    text(
        "CREATE TRIGGER full BEFORE INSERT ON kept_answers"
        " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@pytest.fixture
def phone() -> str:
    """Return the number that goes from one customer to another."""
    return new_phone()


@pytest.fixture
async def ama(link: LinkClient, phone: str, time_machine: TimeMachine) -> Customer:
    """Who has the number first, and a mailbox besides."""
    customer = await link.sign_in(phone)
    await add(customer, f"m{new_key()[:8].strip('-_').lower()}x@goes.example")
    await time_machine.forward(MINUTE)
    return customer


async def removed(customer: Customer, time_machine: TimeMachine) -> None:
    """Remove the customer's phone at once."""
    await time_machine.forward(MINUTE)
    phone = (await ids_of(customer))[0]
    await data_of(await remove(customer, phone, by=phone))
    await time_machine.forward(MINUTE)


@pytest.mark.parametrize("is_spent", [True, False])
async def test_a_code_for_one_customer_signs_nobody_in_to_the_next(
    link: LinkClient, ama: Customer, phone: str, time_machine: TimeMachine, *, is_spent: bool
) -> None:
    """One that was entered before, and sent again with its key, and one that was not."""
    asking = Asking(key=new_key(), address=new_address())
    code = await link.code_for(phone, asking)
    if is_spent:
        assert (await (await link.verify_otp(code, phone, asking)).json())["customer_id"] == ama.id
    await removed(ama, time_machine)
    assert await refusal(await link.verify_otp(code, phone, asking)) == EXPIRED

    await add(await link.sign_in(), phone)
    assert await refusal(await link.verify_otp(code, phone, asking)) == EXPIRED


async def test_a_code_that_was_sent_while_nobody_had_the_contact_ends_with_that(
    link: LinkClient, ama: Customer, phone: str, time_machine: TimeMachine
) -> None:
    """Whoever had the phone a minute before its owner added it."""
    await removed(ama, time_machine)
    asking = Asking(key=new_key(), address=new_address())
    code = await link.code_for(phone, asking)
    await time_machine.forward(MINUTE)
    await add(await link.sign_in(), phone)

    assert await refusal(await link.verify_otp(code, phone, asking)) == EXPIRED


async def test_a_removal_that_is_not_committed_deletes_nothing(
    link: LinkClient, ama: Customer, redis: Redis, database_url: str
) -> None:
    """The contact is there still, and where it was proved."""
    phone = (await ids_of(ama))[0]
    await confirm(ama, "remove_contact", contact_id=phone)
    proved = [key async for key in redis.scan_iter(redis_keys.proved_networks("*"))]
    async with open_database(database_url) as database, writing(database) as session:
        await session.fetch(NO_ANSWER_IS_KEPT)

    answer = await ama.call("DELETE", f"contacts/{phone}", key=new_key())

    assert answer.status >= 500
    assert phone in await ids_of(ama)
    left = [key async for key in redis.scan_iter(redis_keys.proved_networks("*"))]
    assert sorted(left) == sorted(proved)
