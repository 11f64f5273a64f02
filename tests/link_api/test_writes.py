"""Writes that are sent again: one key, one write, one answer (design section 9)."""

import asyncio

from link_api.writes import KEPT_MS
from tests.link_api.link_client import LinkClient, new_key, refusal
from tests.link_api.test_addresses import HOME
from tests.time_machine import TimeMachine


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
    """What failed may be tried again with the same key."""
    ama, key = await link.sign_in(), new_key()
    item = await ama.post("addresses", HOME)
    path = f"addresses/{item['id'][:-1]}x/track-usage"
    assert await refusal(await ama.call("POST", path, key=key)) == (404, "NOT_FOUND")
    assert await refusal(await ama.call("POST", path, key=key)) == (404, "NOT_FOUND")


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


async def test_a_malformed_key_is_refused(link: LinkClient) -> None:
    """A short key would be somebody else's, too."""
    ama = await link.sign_in()
    answer = await ama.call("POST", "addresses", HOME, key="short")

    assert await refusal(answer) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert await ama.get("addresses") == []
