"""What is kept of the networks of a contact that is removed."""

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from link_api.auth.codes import redis_keys
from tests.link_api.contacts.steps import (
    NEW,
    add,
    code_of_new,
    confirm,
    entered,
    ids_of,
    remove,
    typed,
)
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    data_of,
    new_key,
    refusal,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

MINUTE: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_removed_contact_leaves_no_mark_of_its_networks(
    link: LinkClient, ama: Customer, redis: Redis, mailbox: Callable[[], str]
) -> None:
    """At once, or when it goes; a sign-in keeps both."""
    await add(ama, mailbox())
    await add(ama, mailbox())
    phone, first, second = await ids_of(ama)

    assert await _days_of_marks(redis) == [90, 90, 90]
    await data_of(await remove(ama, first, by=first))
    assert await _days_of_marks(redis) == [90, 90]
    await data_of(await remove(ama, second, by=phone))
    assert await _days_of_marks(redis) == [7, 90]


async def test_codes_to_a_contact_that_is_leaving_keep_none_of_its_marks(
    link: LinkClient, ama: Customer, redis: Redis, time_machine: TimeMachine
) -> None:
    """Nor the contact: its next owner sees nothing of them. Only a sign-in by it keeps both."""
    mailbox = "araba@marked.example"
    await add(ama, mailbox)
    phone, leaving = await ids_of(ama)
    await data_of(await remove(ama, leaving, by=phone))
    await time_machine.forward(MINUTE)
    await confirm(ama, "remove_contact", contact_id=leaving)
    await time_machine.forward(MINUTE)
    stranger = await link.sign_in()
    code = await code_of_new(stranger, mailbox)
    answer = await entered(stranger, NEW, code, key=new_key(), **typed(mailbox))
    assert await refusal(answer) == (409, "CONFLICT")

    assert await _days_of_marks(redis) == [7, 90, 90]


async def _days_of_marks(redis: Redis) -> list[int]:
    """Return the days that each mark has left, a begun one as a whole one."""
    keys = [key async for key in redis.scan_iter(redis_keys.proved_networks("*"))]
    return sorted([ceil(await redis.pttl(key) / DAY_MS) for key in keys])
