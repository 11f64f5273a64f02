"""Saved wallets: what is kept, what is the default, what is refused."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from link_api.database.engine import migrating_engine, parse_database_url
from link_kernel.ids import new_id
from tests.support.clients.link_client import Customer, LinkClient, new_key, refusal

MTN = {"provider": "mtn", "phone_number": "024 123 4567"}
VIEW = {
    *("id", "customer_id", "provider", "provider_code", "phone_number", "label"),
    *("is_verified", "verified_at"),
    *("is_default", "usage_count", "last_used_at", "created_at", "updated_at"),
}


def numbered(n: int) -> dict[str, str]:
    """Return one of many wallets."""
    return {"provider": "mtn", "phone_number": f"+2332412345{n:02}"}


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer."""
    return await link.sign_in()


async def test_the_first_wallet_is_the_default(ama: Customer) -> None:
    """201, and the later ones are not; a wallet is called as its provider is."""
    answer = await ama.call("POST", "mobile-money", MTN)
    first = (await answer.json())["data"]
    second = await ama.post(
        "mobile-money", {"provider": "M-Pesa", "phone_number": "0712345678", "label": "Shop"}
    )

    assert answer.status == 201
    assert set(first) == VIEW
    assert first["is_default"]
    assert (first["provider"], first["phone_number"]) == ("mtn", "+233241234567")
    assert (first["label"], second["label"]) == ("MTN", "Shop")
    assert (first["is_verified"], first["verified_at"]) == (False, None)
    assert (second["provider"], second["phone_number"]) == ("mpesa", "+254712345678")
    assert not second["is_default"]
    assert first["id"].startswith("momo_")
    assert await ama.get("mobile-money") == [first, second]


@pytest.mark.parametrize(
    ("typed", "provider", "code", "label"),
    [
        ("MTN", "mtn", "mtn", "MTN"),
        ("Vodafone", "vodafone", "vod", "Telecel"),
        ("telecel", "telecel", "vod", "Telecel"),
        ("vod", "telecel", "vod", "Telecel"),
        ("airtel", "airtel", "atl", "AirtelTigo"),
        ("Airtel Tigo", "airteltigo", "atl", "AirtelTigo"),
        ("tigo-cash", "airteltigo", "atl", "AirtelTigo"),
    ],
)
async def test_a_provider_reads_back_as_it_was_chosen(
    ama: Customer, typed: str, provider: str, code: str, label: str
) -> None:
    """In one spelling, with the short code that payments know beside it."""
    saved = await ama.post("mobile-money", {**MTN, "provider": typed})

    assert (saved["provider"], saved["provider_code"], saved["label"]) == (provider, code, label)
    assert await ama.get("mobile-money") == [saved]
    assert (await ama.get("data"))["mobile_money"] == [saved]


async def test_a_wallet_that_the_release_before_saved_has_its_providers_name_of_today(
    ama: Customer, database_url: str
) -> None:
    """That release leaves the chosen name null."""
    for typed in ("mtn", "vodafone", "airtel", "mpesa"):
        number = "0712345678" if typed == "mpesa" else "0241234567"
        await ama.post("mobile-money", {"provider": typed, "phone_number": number})
    url = parse_database_url(database_url)
    async with migrating_engine(url) as engine, engine.begin() as connection:
        await connection.execute(text("UPDATE mobile_money SET chosen_provider = NULL"))

    saved = [(held["provider"], held["provider_code"]) for held in await ama.get("mobile-money")]
    assert saved == [("mtn", "mtn"), ("telecel", "vod"), ("airteltigo", "atl"), ("mpesa", "mpesa")]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["phone_number", "provider"]),
        ({**MTN, "provider": "wave"}, ["provider"]),
        ({**MTN, "provider": None}, ["provider"]),
        ({**MTN, "provider": 1}, ["provider"]),
        ({**MTN, "phone_number": None}, ["phone_number"]),
        ({**MTN, "phone_number": 241234567}, ["phone_number"]),
        ({**MTN, "country": "gh"}, ["country"]),
        ({**MTN, "country": 233}, ["country"]),
        ({**MTN, "phone_number": "0" * 33}, ["phone_number"]),
        ({**MTN, "label": ""}, ["label"]),
        ({**MTN, "label": "a\u0000b"}, ["label"]),
        ({**MTN, "is_verified": True}, ["unknown field"]),
        ({**MTN, "verified_at": "2026-01-01T00:00:00.000Z"}, ["unknown field"]),
        ({**MTN, "customer_id": "cus_0123456789abcdef"}, ["unknown field"]),
    ],
)
async def test_a_bad_wallet_names_its_fields_and_is_not_saved(
    ama: Customer, body: dict[str, Any], fields: list[str]
) -> None:
    answer = await ama.call("POST", "mobile-money", body)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": fields}
    assert await ama.get("mobile-money") == []


async def test_one_number_with_one_provider_is_saved_once(ama: Customer, link: LinkClient) -> None:
    """However it is typed; with another provider, or for another customer, it is another wallet."""
    held = await ama.post("mobile-money", MTN)
    answers = await asyncio.gather(
        *(
            ama.call("POST", "mobile-money", {"provider": name, "phone_number": number})
            for name in ("mtn", "MTN MoMo")
            for number in ("0241234567", "+233 24 123 4567")
        )
    )
    assert [await refusal(answer) for answer in answers] == [(409, "CONFLICT")] * 4
    assert await ama.get("mobile-money") == [held]

    await ama.post("mobile-money", {**MTN, "provider": "vod"})
    await (await link.sign_in()).post("mobile-money", MTN)
    assert len(await ama.get("mobile-money")) == 2


async def test_twenty_at_once_of_one_number_are_one_wallet(ama: Customer) -> None:
    """One 201, and 409 for the others."""
    answers = await asyncio.gather(*(ama.call("POST", "mobile-money", MTN) for _ in range(20)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert len(await ama.get("mobile-money")) == 1


async def test_the_twenty_first_wallet_is_refused(ama: Customer) -> None:
    """With the limit in the details, and so are all of many at once."""
    for n in range(19):
        await ama.post("mobile-money", numbered(n))
    answers = await asyncio.gather(
        *(ama.call("POST", "mobile-money", numbered(n)) for n in range(19, 24))
    )
    refused = [answer for answer in answers if answer.status != 201]

    assert [await refusal(answer) for answer in refused] == [(409, "CONFLICT")] * 4
    assert (await refused[0].json())["error"]["details"] == {"limit": 20}
    assert len(await ama.get("mobile-money")) == 20


async def test_a_wallet_sent_again_is_answered_as_the_first_time(ama: Customer) -> None:
    """Byte for byte, not with the 409 of a number that is there."""
    key = new_key()
    answers = [await ama.call("POST", "mobile-money", MTN, key=key) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert await answers[0].read() == await answers[1].read()
    other = await ama.call("POST", "mobile-money", numbered(1), key=key)
    assert await refusal(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await ama.get("mobile-money")) == 1


@pytest.mark.parametrize("route", ["track-usage", "default"])
async def test_a_write_on_a_wallet_sent_again_runs_once(ama: Customer, route: str) -> None:
    """The answer is the one of the first time."""
    held, key = await ama.post("mobile-money", MTN), new_key()
    path = f"mobile-money/{held['id']}/{route}"
    answers = [await ama.call("POST", path, key=key) for _ in range(3)]

    assert len({await answer.read() for answer in answers}) == 1
    used = (await ama.get("mobile-money"))[0]["usage_count"]
    assert used == (1 if route == "track-usage" else 0)


async def test_a_deletion_sent_again_is_answered_as_the_first_time(ama: Customer) -> None:
    """Though the wallet is gone; with another key it is 404."""
    held, key = await ama.post("mobile-money", MTN), new_key()
    path = f"mobile-money/{held['id']}"

    assert [await ama.delete(path, key=key) for _ in range(2)] == [{}, {}]
    assert await refusal(await ama.call("DELETE", path)) == (404, "NOT_FOUND")


async def test_fifty_promotions_at_once_leave_exactly_one_default_at_every_moment(
    ama: Customer,
) -> None:
    """Readers look all the while, and see one default each time."""
    ids = [(await ama.post("mobile-money", numbered(n)))["id"] for n in range(5)]
    seen: set[int] = set()

    async def look() -> None:
        for _ in range(20):
            seen.add(sum(held["is_default"] for held in await ama.get("mobile-money")))

    promotions = [ama.post(f"mobile-money/{ids[n % 5]}/default") for n in range(50)]
    answers, *_ = await asyncio.gather(asyncio.gather(*promotions), look(), look())

    assert all(answer["is_default"] for answer in answers)
    assert seen == {1}
    assert sum(held["is_default"] for held in await ama.get("mobile-money")) == 1


async def test_deleting_the_default_promotes_the_most_used(ama: Customer) -> None:
    """And an address's default is another thing."""
    first, second, third = [(await ama.post("mobile-money", numbered(n)))["id"] for n in range(3)]
    for item_id, times in ((second, 1), (third, 2)):
        for _ in range(times):
            used = await ama.post(f"mobile-money/{item_id}/track-usage")
    assert used["usage_count"] == 2
    assert used["last_used_at"] is not None

    assert await ama.delete(f"mobile-money/{first}") == {}
    left = await ama.get("mobile-money")
    assert [(held["id"], held["is_default"]) for held in left] == [(second, False), (third, True)]


ON_ONE = [
    ("DELETE", "mobile-money/{}"),
    ("POST", "mobile-money/{}/default"),
    ("POST", "mobile-money/{}/track-usage"),
    ("POST", "mobile-money/{}/verify"),
]


@pytest.mark.parametrize(("method", "path"), ON_ONE)
async def test_anothers_wallet_is_as_unknown_as_none(
    link: LinkClient, ama: Customer, method: str, path: str
) -> None:
    """404 for both, with one and the same body, and nothing changes."""
    held = await ama.post("mobile-money", MTN)
    kofi = await link.sign_in()
    ids = (held["id"], new_id("momo"), new_id("adr"))
    answers = [await kofi.call(method, path.format(item)) for item in ids]

    assert [await refusal(answer) for answer in answers] == [(404, "NOT_FOUND")] * 3
    assert len({await answer.text() for answer in answers}) == 1
    assert await ama.get("mobile-money") == [held]
    assert await kofi.get("mobile-money") == []


@pytest.mark.parametrize("token", [None, "lnk_unknown", "not-a-token"])
@pytest.mark.parametrize(("method", "path"), [*ON_ONE, ("GET", "mobile-money")])
async def test_nobody_is_let_in_without_a_login(
    link: LinkClient, token: str | None, method: str, path: str
) -> None:
    """401 before anything is looked for."""
    stranger = Customer(link, token or "", "")
    answer = await stranger.call(method, path.format(new_id("momo")))

    assert (await refusal(answer))[0] == 401


async def test_a_wallet_is_not_changed_but_replaced(ama: Customer) -> None:
    """So that what was verified stays what it was."""
    held = await ama.post("mobile-money", MTN)
    answer = await ama.call("POST", f"mobile-money/{held['id']}", {"phone_number": "0241234568"})

    assert await refusal(answer) == (405, "METHOD_NOT_ALLOWED")
