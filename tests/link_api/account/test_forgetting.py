"""`link-api forget-dormant`: whom nobody can come back as is closed after 90 days."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from link_api.account.forgetting import Forgetting
from link_api.customers.dormancy import DAY_MS
from link_api.database.session import writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.settings import Settings
from tests.link_api.account.leaving import (
    NAME,
    STREET,
    WALLET,
    customer_with_everything,
    personal_in,
    rows_of,
)
from tests.link_api.contacts.steps import add, ids_of, prove, remove
from tests.support.clients.link_client import data_of, new_phone
from tests.support.clients.running_api import RunningApi, running_api
from tests.support.servers.commands import run_module
from tests.support.time_machine import MovableClock, TimeMachine

PERSONAL = (NAME, STREET, WALLET[1:])
SILENT = 366 * DAY_MS


async def forget(running: RunningApi) -> int:
    """Do what the command does."""
    services = running.api.services
    closing = services.keyed.current.closing
    return await Forgetting(services.database, services.clock, closing).run()


async def run_sql(database_url: str, statement: str, **values: object) -> None:
    """Run a write in a transaction of its own."""
    async with open_database(database_url) as database, writing(database) as session:
        await session.fetch(Statement(text(statement)), **values)


async def test_a_former_customer_without_a_contact_goes_after_ninety_days(
    running: RunningApi, redis: Redis, database_url: str, time_machine: TimeMachine
) -> None:
    """With all that is personal, and once; the number's new owner notices nothing."""
    phone = new_phone()
    former = await customer_with_everything(running.link, phone)
    await time_machine.forward(SILENT)
    fresh = await running.link.sign_in(phone)
    await time_machine.forward(90 * DAY_MS)
    assert await forget(running) == 0
    assert await personal_in(redis, database_url, *PERSONAL) == [*PERSONAL]

    await time_machine.forward(DAY_MS)
    assert [await forget(running), await forget(running)] == [1, 0]
    assert await personal_in(redis, database_url, *PERSONAL) == []
    [row] = [row for row in (await rows_of(database_url))["customers"] if row["closed_at"]]
    assert row["id"] == former.id
    assert (await running.link.sign_in(phone)).id == fresh.id


async def test_a_former_customer_with_another_contact_stays(
    running: RunningApi, database_url: str, time_machine: TimeMachine
) -> None:
    """It is reached by that contact, however late."""
    phone = new_phone()
    former = await customer_with_everything(running.link, phone)
    await run_sql(
        database_url,
        "INSERT INTO contacts (id, customer_id, contact_type, address, proved_at)"  # noqa: S608  # our own id
        f" VALUES ('con_1', '{former.id}', 'email', 'maame@forgetting.example', 0)",
    )
    await time_machine.forward(SILENT)
    await running.link.sign_in(phone)
    await time_machine.forward(SILENT)

    assert await forget(running) == 0
    by_mail = await running.link.log_in("maame@forgetting.example", contact_type="email")
    assert by_mail["customer_id"] == former.id


async def test_a_contact_that_is_gone_keeps_nobody_and_its_row_is_deleted(
    running: RunningApi, redis: Redis, database_url: str, time_machine: TimeMachine
) -> None:
    """It was being removed when the number had its owner still; one that is leaving is there."""
    phone, mailbox = new_phone(), "serwaa@forgetting.example"
    former = await customer_with_everything(running.link, phone)
    await time_machine.forward(60_000)
    await add(former, mailbox)
    await time_machine.forward(60_000)
    by_phone, by_mail = await ids_of(former)
    await data_of(await remove(former, by_mail, by=by_phone))
    await forget(running)
    assert await personal_in(redis, database_url, mailbox) == [mailbox]
    await time_machine.forward(7 * DAY_MS)
    await forget(running)
    assert await personal_in(redis, database_url, mailbox) == []

    await time_machine.forward(SILENT)
    await running.link.sign_in(phone)
    await run_sql(
        database_url,
        "INSERT INTO contacts (id, customer_id, contact_type, address, proved_at, goes_at)"  # noqa: S608  # our own id
        f" VALUES ('con_2', '{former.id}', 'email', 'gone@forgetting.example', 0, 1)",
    )
    await time_machine.forward(91 * DAY_MS)
    assert await forget(running) == 1
    assert await personal_in(redis, database_url, *PERSONAL) == []


async def test_a_dormant_customer_who_has_its_number_stays(
    running: RunningApi, time_machine: TimeMachine
) -> None:
    """Nobody else has proved it."""
    await customer_with_everything(running.link)
    await time_machine.forward(3 * SILENT)

    assert await forget(running) == 0


async def test_the_silence_of_customers_from_before_begins_with_the_first_run(
    settings: Settings, database_url: str, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """No release noted a day of theirs, so they are not dormant before."""
    phone = new_phone()
    async with running_api(settings, clock) as running:
        customer = await running.link.sign_in(phone)
    await run_sql(database_url, "UPDATE customers SET active_on = NULL")
    await time_machine.forward(3 * SILENT)
    async with running_api(settings, clock) as running:
        await forget(running)
        await time_machine.forward(SILENT - DAY_MS)
        assert (await running.link.sign_in(phone)).id == customer.id
        await time_machine.forward(SILENT)
        assert (await running.link.sign_in(phone)).id != customer.id


async def test_many_go_in_batches_and_two_runs_at_once_do_no_harm(
    settings: Settings, database_url: str, clock: MovableClock
) -> None:
    """Each customer is closed in a transaction of its own."""
    rows = ", ".join(
        f"('cus_{number:016}', 'acc_{number:016}', 'n{number}@customer.invalid', 0, 1)"
        for number in range(130)
    )
    await run_sql(
        database_url,
        f"INSERT INTO customers (id, account_id, email, created_at, former_since) VALUES {rows}",  # noqa: S608  # numbers of ours
    )
    async with running_api(settings, clock) as one, running_api(settings, clock) as other:
        await asyncio.gather(forget(one), forget(other))
        assert await forget(one) == 0

    customers = (await rows_of(database_url))["customers"]
    assert all(row["closed_at"] and row["former_since"] is None for row in customers)


@dataclass(frozen=True)
class CameBackMeanwhile(Forgetting):
    """Closes whom it has found, of whom one comes back before that."""

    back: Callable[[], Awaitable[object]]

    async def _find(self, day: int) -> list[str]:
        found = await super()._find(day)
        if found:
            await self.back()
        return found


async def test_whoever_comes_back_while_it_runs_stays(
    running: RunningApi, time_machine: TimeMachine
) -> None:
    """Both numbers began anew, and the owner of both comes back between two of its steps."""
    phones = new_phone(), new_phone()
    former = await running.link.sign_in(phones[0])
    await add(former, phones[1])
    await time_machine.forward(SILENT)
    for phone in phones:
        await running.link.sign_in(phone)
    await time_machine.forward(91 * DAY_MS)
    fresh = await running.link.sign_in(phones[0])
    await time_machine.forward(60_000)
    services = running.api.services
    closing, back = services.keyed.current.closing, partial(prove, fresh, phones[1])
    assert await CameBackMeanwhile(services.database, services.clock, closing, back).run() == 0
    await time_machine.forward(60_000)
    assert (await running.link.sign_in(phones[0])).id == former.id


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1"])
async def test_the_command_says_how_many_or_which_store_is_away(
    settings: Settings, database_url: str, url: str
) -> None:
    """With the settings of `serve`; a later run goes on."""
    await run_sql(
        database_url,
        "INSERT INTO customers (id, account_id, email, created_at, former_since)"
        " VALUES ('cus_0123456789abcdef', 'acc_1', 'n@customer.invalid', 0, 1)",
    )
    env = {
        "LINK_REDIS_URL": url or settings.redis_url.get_secret_value(),
        "LINK_KEYRING": settings.keyring.get_secret_value(),
        "LINK_DATABASE_URL": database_url,
        "LINK_MODE": "test",
    }
    status, output, errors = run_module("link_api", "forget-dormant", env=env)

    assert (status, output) == ((1, "") if url else (0, "closed: 1"))
    assert ("link-api: " in errors) is bool(url)
    assert "Traceback" not in errors
