"""`mobile-money/:id/verify`: Paystack is asked once, and its positive answer is kept."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import select, text

from link_api.database.engine import migrating_engine, parse_database_url
from link_api.database.session import Base, reading
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.settings import Settings
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.link_client import (
    Customer,
    LinkClient,
    new_key,
    refusal,
    running_link_api,
)
from tests.support.redis_content import everything_in
from tests.support.servers.paystack import HOLDER, KEY, UNKNOWN, FakePaystack, serving_paystack
from tests.support.time_machine import MovableClock, TimeMachine


@pytest.fixture
async def paystack() -> AsyncIterator[FakePaystack]:
    """A server that speaks Paystack's shapes."""
    async with serving_paystack() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, paystack: FakePaystack) -> Settings:
    """Settings of a deployment that has Paystack to ask."""
    asked = {"paystack_url": paystack.url, "paystack_secret_key": SecretStr(KEY)}
    return settings.model_copy(update=asked)


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer."""
    return await link.sign_in()


async def verify(customer: Customer, wallet_id: str, key: str | None = None) -> ClientResponse:
    """Have a wallet verified."""
    return await customer.call("POST", f"mobile-money/{wallet_id}/verify", {}, key=key)


async def test_a_wallet_that_its_provider_knows_is_verified(
    ama: Customer, paystack: FakePaystack, time_machine: TimeMachine
) -> None:
    """And stays so: nobody is asked again."""
    held = await ama.post("mobile-money", MTN)
    verified = await ama.post(f"mobile-money/{held['id']}/verify")
    assert verified == {
        **held,
        "is_verified": True,
        "verified_at": verified["updated_at"],
        "updated_at": verified["updated_at"],
    }

    await time_machine.forward(60_000)
    paystack.status, paystack.answer = 422, UNKNOWN
    assert await ama.post(f"mobile-money/{held['id']}/verify", {}) == verified
    assert await ama.get("mobile-money") == [verified]
    assert len(paystack.asked) == 1


async def test_a_wallet_that_its_provider_does_not_know(
    ama: Customer, paystack: FakePaystack
) -> None:
    """422, and it stays as it was; the same key may try again."""
    held, key = await ama.post("mobile-money", MTN), new_key()
    paystack.status, paystack.answer = 422, UNKNOWN
    answer = await verify(ama, held["id"], key)
    assert await refusal(answer) == (422, "VERIFICATION_FAILED")
    assert (await answer.json())["error"]["retryable"] is False
    assert await ama.get("mobile-money") == [held]

    paystack.status, paystack.answer = 200, None
    assert (await verify(ama, held["id"], key)).status == 200


@pytest.mark.parametrize(
    ("number", "status"),
    [("+233501234567", 400), ("+233241234567", 200), ("+2250501234567", 503)],
)
async def test_a_number_that_an_earlier_release_took_for_ghanas_is_not_verified_as_such(
    ama: Customer, settings: Settings, paystack: FakePaystack, number: str, status: int
) -> None:
    """If it is dialled like one of Côte d'Ivoire, which itself could be said by `+` alone."""
    held = await ama.post("mobile-money", {**MTN, "phone_number": number})
    url = parse_database_url(settings.database_url.get_secret_value())
    async with migrating_engine(url) as engine, engine.begin() as connection:
        await connection.execute(text("UPDATE mobile_money SET chosen_provider = NULL"))
    answer = await verify(ama, held["id"])

    assert answer.status == status
    assert len(paystack.asked) == (status == 200)
    if status == 400:
        details = (await answer.json())["error"]["details"]
        reasons = {"phone_number": "country_required"}
        assert details == {"fields": ["phone_number"], "reasons": reasons}
        await ama.delete(f"mobile-money/{held['id']}")
        again = {"provider": "mtn", "phone_number": "0501234567", "country": "GH"}
        saved = await ama.post("mobile-money", again)
        assert (await verify(ama, saved["id"])).status == 200


async def test_a_provider_that_does_not_answer(ama: Customer, paystack: FakePaystack) -> None:
    """503 with a wait; the wallet stays as it was."""
    held = await ama.post("mobile-money", MTN)
    paystack.status, paystack.headers = 429, {"Retry-After": "17"}
    answer = await verify(ama, held["id"])

    assert await refusal(answer) == (503, "PROVIDER_UNAVAILABLE")
    assert (await answer.json())["error"]["retryable"] is True
    assert answer.headers["Retry-After"] == "17"
    assert await ama.get("mobile-money") == [held]


async def test_a_wrong_key_of_ours_is_not_the_customers_401(
    ama: Customer, paystack: FakePaystack
) -> None:
    """Nobody is logged out by it."""
    held = await ama.post("mobile-money", MTN)
    paystack.status, paystack.answer = 401, {"status": False, "message": "Invalid key"}

    assert await refusal(await verify(ama, held["id"])) == (503, "PROVIDER_UNAVAILABLE")


async def test_without_a_provider_to_ask_wallets_are_saved_all_the_same(
    settings: Settings, clock: MovableClock
) -> None:
    """503 says so."""
    unasked = settings.model_copy(update={"paystack_secret_key": None})
    async with running_link_api(unasked, clock) as link:
        ama = await link.sign_in()
        held = await ama.post("mobile-money", MTN)
        answer = await verify(ama, held["id"])

        assert await refusal(answer) == (503, "PROVIDER_UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) > 0


async def test_a_verification_sent_again_is_answered_as_the_first_time(
    ama: Customer, paystack: FakePaystack
) -> None:
    """Byte for byte, with nobody asked, though the wallet is gone."""
    held, key = await ama.post("mobile-money", MTN), new_key()
    first = await verify(ama, held["id"], key)
    await ama.delete(f"mobile-money/{held['id']}")
    again = await verify(ama, held["id"], key)

    assert (again.status, await again.read()) == (200, await first.read())
    assert await refusal(await verify(ama, held["id"])) == (404, "NOT_FOUND")
    assert len(paystack.asked) == 1


@pytest.mark.parametrize("key", [None, new_key()], ids=["no key", "another key"])
async def test_many_at_once_agree_and_ask_once(
    ama: Customer, paystack: FakePaystack, key: str | None
) -> None:
    """One question, one instant, and one answer for all, with a key or without."""
    held = await ama.post("mobile-money", MTN)
    answers = await asyncio.gather(*(verify(ama, held["id"], key) for _ in range(10)))

    assert len({await answer.read() for answer in answers}) == 1
    assert len(paystack.asked) == 1


async def test_other_writes_go_on_while_the_provider_thinks(
    ama: Customer, paystack: FakePaystack
) -> None:
    """No transaction waits for it; a wallet deleted meanwhile is not verified."""
    held = await ama.post("mobile-money", MTN)
    paystack.silent = True
    asking = asyncio.create_task(verify(ama, held["id"]))
    await paystack.heard.wait()
    await ama.delete(f"mobile-money/{held['id']}")
    paystack.over.set()

    assert await refusal(await asking) == (404, "NOT_FOUND")


async def test_a_strangers_wallet_is_not_asked_for(
    link: LinkClient, ama: Customer, paystack: FakePaystack
) -> None:
    """404 before anybody hears its number."""
    held = await ama.post("mobile-money", MTN)
    kofi = await link.sign_in()

    assert await refusal(await verify(kofi, held["id"])) == (404, "NOT_FOUND")
    assert paystack.asked == []


async def stored(settings: Settings) -> str:
    """Return every row of the database."""
    found = ""
    async with open_database(settings.database_url.get_secret_value()) as engine:
        for table in Base.metadata.sorted_tables:
            async with reading(engine) as session:
                found += str([*map(tuple, await session.fetch(Statement(select(table))))])
    return found


async def test_the_holders_name_is_nowhere_and_the_number_in_no_log(
    ama: Customer,
    settings: Settings,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
    paystack: FakePaystack,
) -> None:
    """Not in the answer, the database or Redis; logs hold neither number nor key."""
    caplog.set_level(logging.DEBUG)
    held = await ama.post("mobile-money", MTN)
    await ama.call("POST", "mobile-money", MTN)
    await ama.call("POST", "mobile-money", {**MTN, "provider": "mpesa"})
    for status in (401, 422, 500, 200):
        paystack.status = status
        answer = await verify(ama, held["id"], new_key())
    shown = await answer.text()
    logged = "".join(str(vars(record)) for record in caplog.records)

    assert answer.status == 200
    assert held["id"] in await stored(settings)
    for place in (shown, logged, await stored(settings), await everything_in(redis)):
        assert HOLDER not in place
    for secret in ("241234567", "024 123 4567", KEY):
        assert secret not in logged
