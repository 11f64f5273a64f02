"""Writes that are sent again: one key, one write, one answer (docs/protocol.md#writes)."""

import asyncio

import pytest
from sqlalchemy import delete, func, insert, select

from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import reading, writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.idempotency import KEPT_MS, IdempotentWrites, KeptAnswerRow
from link_api.settings import Settings
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import LinkClient, new_key, refusal
from tests.support.time_machine import MovableClock, TimeMachine

KEEP = Statement(insert(KeptAnswerRow))
COUNT = Statement(select(func.count()).select_from(KeptAnswerRow))


async def test_the_first_answer_is_replayed_byte_for_byte(link: LinkClient) -> None:
    """Also after what it wrote has changed."""
    ama, key = await link.sign_in(), new_key()
    first = await ama.call("POST", "addresses", HOME, key=key)
    item = (await first.json())["data"]
    await ama.post(f"addresses/{item['id']}", {"city": "Tema"})
    again = await ama.call("POST", "addresses", HOME, key=key)

    assert (again.status, await again.read()) == (first.status, await first.read())
    assert first.status == 201
    assert len(await ama.get("addresses")) == 1


async def test_two_at_once_run_once(link: LinkClient) -> None:
    """Twenty calls with one key are one address and one answer."""
    ama, key = await link.sign_in(), new_key()
    answers = await asyncio.gather(
        *(ama.call("POST", "addresses", HOME, key=key) for _ in range(20))
    )

    assert len({await answer.read() for answer in answers}) == 1
    assert len(await ama.get("addresses")) == 1


async def test_the_same_key_with_another_body_is_refused(link: LinkClient) -> None:
    """And writes nothing."""
    ama, key = await link.sign_in(), new_key()
    await ama.post("addresses", HOME, key=key)
    answer = await ama.call("POST", "addresses", {**HOME, "city": "Tema"}, key=key)

    assert await refusal(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await ama.get("addresses")) == 1


async def test_a_key_belongs_to_one_customer_and_one_route(link: LinkClient) -> None:
    """Elsewhere the same key is another key."""
    ama, kofi, key = await link.sign_in(), await link.sign_in(), new_key()
    item = await ama.post("addresses", HOME, key=key)
    await kofi.post("addresses", HOME, key=key)
    for route in ("track-usage", "default"):
        await ama.post(f"addresses/{item['id']}/{route}", key=key)

    assert len(await kofi.get("addresses")) == 1
    assert (await ama.get("addresses"))[0]["usage_count"] == 1


async def test_a_refusal_is_not_kept(link: LinkClient) -> None:
    """What failed may be tried again with the same key, once it can succeed."""
    ama, key = await link.sign_in(), new_key()
    items = [await ama.post("addresses", HOME) for _ in range(50)]
    refused = await ama.call("POST", "addresses", HOME, key=key)
    await ama.delete(f"addresses/{items[0]['id']}")
    again = await ama.call("POST", "addresses", HOME, key=key)

    assert await refusal(refused) == (409, "CONFLICT")
    assert again.status == 201


async def test_a_key_is_one_methods_and_the_query_is_no_part_of_it(link: LinkClient) -> None:
    """`POST` and `DELETE` of one address are two writes; a query changes nothing."""
    ama, key = await link.sign_in(), new_key()
    path = f"addresses/{(await ama.post('addresses', HOME))['id']}"
    used = await ama.call("POST", f"{path}/track-usage", key=key)
    again = await ama.call("POST", f"{path}/track-usage?try=2", key=key)
    await ama.post(path, {"city": "Tema"}, key=key)
    await ama.delete(path, key=key)

    assert await again.read() == await used.read()
    assert await ama.get("addresses") == []


async def test_no_body_is_an_empty_object(link: LinkClient) -> None:
    """Under one key both are one write."""
    ama, key = await link.sign_in(), new_key()
    path = f"addresses/{(await ama.post('addresses', HOME))['id']}/track-usage"
    await ama.post(path, key=key)
    await ama.post(path, {}, key=key)

    assert (await ama.get("addresses"))[0]["usage_count"] == 1


async def test_answers_older_than_a_day_are_swept_whoever_got_them(
    link: LinkClient, settings: Settings, clock: MovableClock
) -> None:
    """They may hold personal data; those of today stay. More than a batch goes, too."""
    ama = await link.sign_in()
    await ama.post("addresses", HOME, key=new_key())
    async with open_database(settings.database_url.get_secret_value()) as engine:
        async with writing(engine) as session:
            for n in range(2_500):
                session.defer(KEEP, **_kept(ama.id, str(n), clock.now_ms() - KEPT_MS))
        await IdempotentWrites(engine, clock).sweep()
        async with reading(engine) as session:
            [[left]] = await session.fetch(COUNT)
    assert left == 1


def _kept(customer_id: str, key: str, created_at: int) -> dict[str, object]:
    return {
        "customer_id": customer_id,
        "method": "POST",
        "path": "/",
        "key_hash": key,
        "body_hash": "",
        "status": 200,
        "text": "{}",
        "created_at": created_at,
    }


async def test_a_login_whose_customer_is_gone_is_not_logged_out(
    link: LinkClient, settings: Settings
) -> None:
    """503 on reads and writes alike: one store is older than the other, that ends no login."""
    ama = await link.sign_in()
    async with (
        open_database(settings.database_url.get_secret_value()) as engine,
        writing(engine) as session,
    ):
        await session.fetch(Statement(delete(ContactRow).where(ContactRow.customer_id == ama.id)))
        session.defer(Statement(delete(CustomerRow).where(CustomerRow.id == ama.id)))
    for method, path, body in (("POST", "addresses", HOME), ("GET", "data", None)):
        answer = await ama.call(method, path, body)
        assert await refusal(answer) == (503, "STORE_UNAVAILABLE")


async def test_an_answer_is_kept_for_a_day(link: LinkClient, time_machine: TimeMachine) -> None:
    """After 24 h the key is fresh, and what was kept is gone."""
    ama, key = await link.sign_in("+233241234567"), new_key()
    await ama.post("addresses", HOME, key=key)
    await time_machine.forward(KEPT_MS - 60_000)
    ama = await link.sign_in("+233241234567")
    await ama.post("addresses", HOME, key=key)
    assert len(await ama.get("addresses")) == 1

    await time_machine.forward(60_000)
    await ama.post("addresses", HOME, key=key)
    assert len(await ama.get("addresses")) == 2


@pytest.mark.parametrize("key", ["order-1234", "1", "k" * 255])
async def test_any_visible_key_names_one_write(link: LinkClient, key: str) -> None:
    """As servers name their writes: it opens nothing, so it need be no secret."""
    ama = await link.sign_in()
    first = await ama.call("POST", "addresses", HOME, key=key)
    again = await ama.call("POST", "addresses", HOME, key=key)

    assert first.status == 201
    assert await first.read() == await again.read()
    assert len(await ama.get("addresses")) == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "two words"])
async def test_a_malformed_key_is_refused(link: LinkClient, key: str) -> None:
    """And the refusal says what a key looks like."""
    ama = await link.sign_in()
    answer = await ama.call("POST", "addresses", HOME, key=key)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {
        "headers": ["Idempotency-Key"],
        "expected": "1 to 255 visible ASCII characters",
    }
    assert await ama.get("addresses") == []
