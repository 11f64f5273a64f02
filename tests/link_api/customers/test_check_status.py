"""`check-status`: rate-limited; yes and no take one SQL query and have one response shape."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from link_api.settings import Settings
from tests.support.clients.link_client import (
    Asking,
    LinkClient,
    data_of,
    new_address,
    refusal,
    running_link_api,
)
from tests.support.redis_content import everything_in
from tests.support.servers.databases import sqlite_in
from tests.support.servers.statements import sent_to_the_database
from tests.support.time_machine import MovableClock, TimeMachine

AMA = "+233241234567"
NOBODY = "+233241234568"
MINUTE_MS = 60_000


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def is_customer(link: LinkClient, contact: str, asking: Asking | None = None) -> bool:
    """Ask, from an address of its own unless said."""
    asking = asking or Asking(address=new_address())
    data = await data_of(await link.call("POST", "check-status", {"contact": contact}, asking))
    assert set(data) == {"is_link_customer"}
    assert isinstance(data["is_link_customer"], bool)
    return bool(data["is_link_customer"])


async def test_a_contact_is_a_customers_once_it_was_proved(link: LinkClient) -> None:
    """In whatever spelling; a code that was only asked for makes nobody a customer."""
    await link.code_for(AMA)
    assert not await is_customer(link, AMA)
    await link.sign_in(NOBODY)
    await link.log_in("Ama@Example.com", Asking(address=new_address()), "email")

    assert not await is_customer(link, AMA)
    for spelling in (NOBODY, "024 123 4568", "ama@example.com", "AMA@EXAMPLE.COM"):
        assert await is_customer(link, spelling)
    assert not await is_customer(link, "kofi@example.com")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contact": None},
        {"contact": "12"},
        {"contact": "not a number"},
        {"contact": "ama@"},
        {"contact": "@example.com"},
        {"contact": "a" * 255 + "@example.com"},
        {"contact": AMA, "contact_type": "phone"},
    ],
)
async def test_what_is_no_contact_is_refused(link: LinkClient, body: dict[str, object]) -> None:
    """With the field's name and never its value."""
    answer = await link.call("POST", "check-status", body, Asking(address=new_address()))

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert str(body.get("contact") or "…") not in await answer.text()


async def test_a_network_asks_twenty_times_a_minute(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Whatever it asks; another address, and the next minute, may ask again."""
    asking = Asking(address="198.51.100.23")
    for n in range(20):
        assert not await is_customer(link, f"guess{n}@example.com", asking)
    refused = await link.call("POST", "check-status", {"contact": AMA}, asking)

    assert await refusal(refused) == (429, "RATE_LIMITED")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert not await is_customer(link, AMA)
    await time_machine.forward(MINUTE_MS)
    assert not await is_customer(link, AMA, asking)


async def test_all_networks_together_ask_600_times_a_minute(
    link: LinkClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Many addresses are one list of contacts the sooner; what is refused does not count."""
    for n in range(30):
        asking = Asking(address=f"198.51.100.{n}")
        for _ in range(20):
            assert not await is_customer(link, AMA, asking)
        refused = await link.call("POST", "check-status", {"contact": AMA}, asking)
        assert '"check_status";' in refused.headers["RateLimit-Policy"]

    refused = await link.call("POST", "check-status", {"contact": AMA}, Asking(address="8.8.8.8"))
    assert await refusal(refused) == (429, "RATE_LIMITED")
    assert refused.headers["RateLimit-Policy"] == '"check_status_all";q=600;w=60'
    events = [getattr(record, "event", None) for record in caplog.records]
    assert events.count("check_status_limited") == 1


async def test_a_body_without_a_contact_does_not_count(
    settings: Settings, clock: MovableClock
) -> None:
    """It tells its sender nothing, and behind a carrier's address others ask too."""
    asking = Asking(address="198.51.100.24")
    stricter = settings.model_copy(update={"limit_check_status": 1})
    async with running_link_api(stricter, clock) as link:
        bodies: list[object] = [{}, {"contact": "12"}, {"contact": "x@"}, [], "text"]
        for body in bodies:
            answer = await link.call("POST", "check-status", body, asking)
            assert await refusal(answer) == (400, "VALIDATION_ERROR")
        assert not await is_customer(link, AMA, asking)


async def test_a_credential_is_no_way_around_the_limit(link: LinkClient) -> None:
    """Neither a good one nor one that is none, and neither is needed."""
    ama = await link.sign_in(AMA)
    for n in range(20):
        asking = Asking(address="198.51.100.25", token=(ama.token, "none", None)[n % 3])
        assert await is_customer(link, AMA, asking)
    refused = await link.call("POST", "check-status", {"contact": AMA}, asking)

    assert await refusal(refused) == (429, "RATE_LIMITED")


async def test_a_household_of_ipv6_counts_as_one(link: LinkClient) -> None:
    """A /64 has more addresses than there are contacts."""
    for n in range(20):
        assert not await is_customer(link, AMA, Asking(address=f"2001:db8:1:2::{n:x}"))
    for address, status in (("2001:db8:1:2:ffff::1", 429), ("2001:db8:1:3::1", 200)):
        asking = Asking(address=address)
        answer = await link.call("POST", "check-status", {"contact": AMA}, asking)
        assert answer.status == status


async def test_both_answers_take_the_same_work(link: LinkClient) -> None:
    """One statement, the same one, and answers of one shape."""
    await link.sign_in(AMA)
    sent = []
    for contact in (AMA, NOBODY, AMA, NOBODY):
        with sent_to_the_database() as statements:
            await is_customer(link, contact)
        sent.append([statement.partition("WHERE")[0] for statement in statements])

    assert len(sent[2]) == 1
    assert sent[2] == sent[3]


async def test_neither_address_nor_contact_reaches_redis(
    settings: Settings, clock: MovableClock, redis: Redis
) -> None:
    """The window stands under a MAC; Redis is told at the latest when the service ends."""
    async with running_link_api(settings, clock) as link:
        await is_customer(link, NOBODY, Asking(address="198.51.100.26"))
    content = await everything_in(redis)

    assert "check_status" in content
    assert "198.51.100.26" not in content
    assert NOBODY not in content


async def test_the_limit_is_a_setting(settings: Settings, clock: MovableClock) -> None:
    """`LINK_LIMIT_CHECK_STATUS`."""
    asking = Asking(address="198.51.100.27")
    stricter = settings.model_copy(update={"limit_check_status": 1})
    async with running_link_api(stricter, clock) as link:
        assert not await is_customer(link, AMA, asking)
        answer = await link.call("POST", "check-status", {"contact": AMA}, asking)
        assert await refusal(answer) == (429, "RATE_LIMITED")
