"""On which day a customer last proved a sign-in or a refresh, as SQL has it."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from elements_bridge.keyring import KeyringFile
from link_api.customers.activity import Activity
from link_api.customers.dormancy import DAY_MS
from link_api.customers.tables import CustomerRow
from link_api.database.session import reading, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.settings import Settings
from tests.support.clients.frames import Frame, running_together
from tests.support.clients.link_client import (
    Asking,
    granted,
    refusal,
    running_link_api,
    wrong,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

MINUTE = 60_000


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite; `test_former_customers.py` decides by these days on both kinds."""
    return sqlite_in(tmp_path)


async def active_days(database_url: str) -> list[int | None]:
    """Return the day of each customer; a service has stored all of them when it has ended."""
    async with open_database(database_url) as database, reading(database) as session:
        rows = await session.fetch(
            Statement(select(CustomerRow.active_on).order_by(CustomerRow.created_at))
        )
        return [day for (day,) in rows]


async def test_a_sign_in_and_a_refresh_make_a_day(
    settings: Settings, database_url: str, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """The one that is decided in Redis, too."""
    async with running_link_api(settings, clock) as link:
        login = await link.log_in()
    signed_in_on = clock.now_ms() // DAY_MS
    assert await active_days(database_url) == [signed_in_on]

    await time_machine.forward(29 * DAY_MS)
    async with running_link_api(settings, clock) as link:
        await granted(await link.refresh(login["refresh_token"]))
    assert await active_days(database_url) == [signed_in_on + 29]


async def test_requests_for_codes_and_wrong_codes_break_no_silence(
    settings: Settings, database_url: str, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """Anybody may cause them."""
    async with running_link_api(settings, clock) as link:
        login = await link.log_in()
    signed_in_on = clock.now_ms() // DAY_MS
    await time_machine.forward(20 * DAY_MS)
    async with running_link_api(settings, clock) as link:
        code = await link.code_for()
        assert (await link.verify_otp(wrong(code))).status == 422
        assert await refusal(await link.call("GET", "data", asking=Asking(token="lnk_none"))) == (
            401,
            "UNAUTHENTICATED",
        )
        assert (await link.refresh(f"{login['refresh_token'][:-9]}A")).status == 401
        await link.call("POST", "check-status", {"contact": "+233241234567"})

    assert await active_days(database_url) == [signed_in_on]


async def test_a_frames_call_tells_that_it_was_refreshed(
    settings: Settings, database_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    """The bridge refreshes a frame without the Link API, which then sees the new token."""
    async with running_together(settings, keyring, clock) as together:
        frame = await together.signed_in("address")
    [signed_in_on] = await active_days(database_url)
    async with open_database(database_url) as database, writing(database) as session:
        await session.fetch(Statement(text("UPDATE customers SET active_on = active_on - 7")))
    async with running_together(settings, keyring, clock) as together:
        bridge = replace(together.bridge, frame_key=frame.bridge.frame_key)
        frame = await Frame(together.link, bridge, frame.grant).refreshed()
        await frame.get("data")

    assert [signed_in_on] == await active_days(database_url)


async def test_a_session_that_has_ended_breaks_no_silence(
    settings: Settings, database_url: str, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """Its `lnk_` may still repeat the call that ended it."""
    await time_machine.forward(DAY_MS - clock.now_ms() % DAY_MS - 2 * MINUTE)
    async with running_link_api(settings, clock) as link:
        customer = await link.sign_in()
        signed_in_on = clock.now_ms() // DAY_MS
        assert (await customer.call("DELETE", "sessions")).status == 200
        await time_machine.forward(10 * MINUTE)
        assert (await customer.call("DELETE", "sessions")).status == 200

    assert await active_days(database_url) == [signed_in_on]


async def test_a_refresh_waits_for_no_database(
    settings: Settings,
    database_url: str,
    clock: MovableClock,
    time_machine: TimeMachine,
    break_database: Callable[[], Awaitable[None]],
    mend_database: Callable[[], Awaitable[None]],
) -> None:
    """It is granted without, and stored when the database is back."""
    async with running_link_api(settings, clock) as link:
        login = await link.log_in()
        await time_machine.forward(DAY_MS)
        await break_database()
        login = await granted(await link.refresh(login["refresh_token"]))
        await mend_database()
        await granted(await link.refresh(login["refresh_token"]))

    assert await active_days(database_url) == [clock.now_ms() // DAY_MS]


async def test_a_customer_costs_one_write_a_day(
    database_url: str, clock: MovableClock, time_machine: TimeMachine
) -> None:
    """However often it refreshes, and at however many processes."""
    customers = 250
    async with open_database(database_url) as database, writing(database) as session:
        for number in range(customers):
            row = f"'cus_{number}', 'acc_{number}', '+23324{number:07}', 0"
            statement = f"INSERT INTO customers (id, account_id, phone, created_at) VALUES ({row})"  # noqa: S608  # numbers of ours
            await session.fetch(Statement(text(statement)))
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as counting:
        counting.execute("CREATE TABLE writes (customer_id TEXT)")
        counting.execute(
            "CREATE TRIGGER writes AFTER UPDATE ON customers"
            " BEGIN INSERT INTO writes VALUES (new.id); END"
        )
        for days in (1, 2):
            for _process in range(2):
                async with (
                    open_database(database_url) as database,
                    Activity(database, clock).storing() as activity,
                ):
                    for number in [*range(customers)] * 3:
                        activity.note(f"cus_{number}")
            [[writes]] = counting.execute("SELECT count(*) FROM writes")
            assert writes == customers * days
            await time_machine.forward(DAY_MS)
