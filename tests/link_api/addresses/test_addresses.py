"""Saved addresses: what is kept, what is the default, what a partial update changes."""

import asyncio
from typing import Any

import pytest

from link_kernel.ids import new_id
from tests.support.clients.link_client import Asking, Customer, LinkClient, refusal
from tests.support.time_machine import MovableClock

HOME = {
    "label": "Home",
    "street_address": "12 Oxford Street",
    "city": "Accra",
    "region": "Greater Accra",
    "apartment": "4B",
    "phone_for_delivery": "024 123 4567",
    "latitude": 5.56,
    "longitude": -0.18,
}
VIEW = {
    *("id", "customer_id", "label", "street_address", "apartment", "city", "region", "country"),
    *("postal_code", "delivery_instructions", "phone_for_delivery", "latitude", "longitude"),
    *("is_default", "usage_count", "last_used_at", "created_at", "updated_at"),
}


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer."""
    return await link.sign_in()


async def test_the_first_address_is_the_default(ama: Customer) -> None:
    """201, and the later ones are not."""
    answer = await ama.call("POST", "addresses", HOME)
    first = (await answer.json())["data"]
    second = await ama.post("addresses", {**HOME, "label": "Work"})

    assert answer.status == 201
    assert set(first) == VIEW
    assert first["is_default"]
    assert not second["is_default"]
    assert first["phone_for_delivery"] == "+233241234567"
    assert first["country"] == "GH"
    assert await ama.get("addresses") == [first, second]


async def test_a_field_left_out_stays_and_null_clears(ama: Customer, clock: MovableClock) -> None:
    """An update says only what changes."""
    held = await ama.post("addresses", HOME)
    clock.ahead_ms += 1_000
    changed = await ama.post(f"addresses/{held['id']}", {"city": "Tema", "apartment": None})

    assert changed == {
        **held,
        "city": "Tema",
        "apartment": None,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > held["updated_at"]
    assert await ama.get("addresses") == [changed]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"label": None},
        {"city": ""},
        {"city": " \n"},
        {"country": "XX"},
        {"country": None},
        {"latitude": 91},
        {"latitude": "5"},
        {"phone_for_delivery": "12"},
        {"street_address": "a\u0000b"},
        {"street_address": "a\nb"},
        {"street_address": "a\u0085b"},
        {"label": "\u00a0"},
        {"label": "\u200b"},
        {"street_address": "a" * 121},
        {"is_default": True},
        {"id": "addr_0123456789abcdef"},
        {"customer_id": "cus_0123456789abcdef"},
    ],
)
async def test_a_bad_update_names_its_fields_and_changes_nothing(
    ama: Customer, body: dict[str, Any]
) -> None:
    held = await ama.post("addresses", HOME)
    answer = await ama.call("POST", f"addresses/{held['id']}", body)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert "fields" in (await answer.json())["error"]["details"]
    assert await ama.get("addresses") == [held]


async def test_promoting_clears_the_others(ama: Customer) -> None:
    """One default, whichever was promoted last."""
    addresses = [await ama.post("addresses", {**HOME, "label": f"No {n}"}) for n in range(3)]
    promoted = await ama.post(f"addresses/{addresses[2]['id']}/default")

    assert promoted["is_default"]
    assert [held["is_default"] for held in await ama.get("addresses")] == [False, False, True]


async def test_fifty_promotions_at_once_leave_exactly_one_default_at_every_moment(
    ama: Customer,
) -> None:
    """Readers look all the while, and see one default each time."""
    ids = [(await ama.post("addresses", HOME))["id"] for _ in range(5)]
    seen: set[int] = set()

    async def look() -> None:
        for _ in range(20):
            seen.add(sum(held["is_default"] for held in await ama.get("addresses")))

    promotions = [ama.post(f"addresses/{ids[n % 5]}/default") for n in range(50)]
    await asyncio.gather(look(), look(), *promotions)

    assert seen == {1}
    assert sum(held["is_default"] for held in await ama.get("addresses")) == 1


async def test_deleting_another_than_the_default_changes_no_default(ama: Customer) -> None:
    """Not even where a third one was used more."""
    first, second, third = [(await ama.post("addresses", HOME))["id"] for _ in range(3)]
    await ama.post(f"addresses/{third}/track-usage")
    await ama.delete(f"addresses/{second}")

    left = [(held["id"], held["is_default"]) for held in await ama.get("addresses")]
    assert left == [(first, True), (third, False)]


async def test_of_two_used_alike_the_later_used_takes_over(
    ama: Customer, clock: MovableClock
) -> None:
    """Ids decide nothing while times differ, either way round."""
    for turn in (1, -1):
        first, *others = [(await ama.post("addresses", HOME))["id"] for _ in range(3)]
        for item_id in others[::turn]:
            clock.ahead_ms += 1_000
            await ama.post(f"addresses/{item_id}/track-usage")
        await ama.delete(f"addresses/{first}")

        defaults = [held["id"] for held in await ama.get("addresses") if held["is_default"]]
        assert defaults == [others[::turn][-1]]
        for item_id in others:
            await ama.delete(f"addresses/{item_id}")


async def test_text_is_kept_as_people_write_it(ama: Customer) -> None:
    """Any script, spaces trimmed and of one kind, instructions in lines."""
    saved = await ama.post(
        "addresses",
        {
            **HOME,
            "label": "  \U0001f468\u200d\U0001f469\u200d\U0001f467 ",
            "street_address": "12\u00a0rue du Marché",
            "delivery_instructions": "Ring\ntwice",
        },
    )
    assert saved["label"] == "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert saved["street_address"] == "12 rue du Marché"
    assert saved["delivery_instructions"] == "Ring\ntwice"


async def test_a_phone_is_read_in_the_addresss_country(ama: Customer) -> None:
    """A national number is one of the country it is delivered in, also after a move."""
    body = {**HOME, "country": "KE", "phone_for_delivery": "0712 123456"}
    saved = await ama.post("addresses", body)
    moved = await ama.post(
        f"addresses/{saved['id']}", {"country": "GH", "phone_for_delivery": "024 123 4567"}
    )
    assert saved["phone_for_delivery"] == "+254712123456"
    assert moved["phone_for_delivery"] == "+233241234567"


@pytest.mark.parametrize(
    "number", ["+8100787504651559911", "+49020813028781794", "+234070000350483856"]
)
async def test_a_number_longer_than_e164_is_refused(ama: Customer, number: str) -> None:
    """Countries' own rules allow it, the world's does not, and no column holds it."""
    answer = await ama.call("POST", "addresses", {**HOME, "phone_for_delivery": number})

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {
        "fields": ["phone_for_delivery"],
        "reasons": {"phone_for_delivery": "too_long"},
    }


@pytest.mark.parametrize("method", ["DELETE", "POST"])
async def test_what_needs_no_body_takes_no_other(ama: Customer, method: str) -> None:
    held = await ama.post("addresses", HOME)
    path = f"addresses/{held['id']}" + ("" if method == "DELETE" else "/default")
    answer = await ama.call(method, path, {"city": "Tema"})

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert await ama.get("addresses") == [held]


async def test_deleting_the_default_promotes_the_most_used(ama: Customer) -> None:
    """And the last one's end leaves none."""
    first, second, third = [
        (await ama.post("addresses", {**HOME, "label": f"No {n}"}))["id"] for n in range(3)
    ]
    for item_id, times in ((second, 1), (third, 2)):
        for _ in range(times):
            used = await ama.post(f"addresses/{item_id}/track-usage")
    assert used["usage_count"] == 2
    assert used["last_used_at"] is not None

    assert await ama.delete(f"addresses/{first}") == {}
    left = await ama.get("addresses")
    assert [(held["id"], held["is_default"]) for held in left] == [(second, False), (third, True)]

    await ama.delete(f"addresses/{second}")
    await ama.delete(f"addresses/{third}")
    assert await ama.get("addresses") == []
    assert (await ama.post("addresses", HOME))["is_default"]


async def test_the_fifty_first_address_is_refused(ama: Customer) -> None:
    """With the limit in the details."""
    for _ in range(50):
        await ama.post("addresses", HOME)
    answer = await ama.call("POST", "addresses", HOME)

    assert await refusal(answer) == (409, "CONFLICT")
    assert (await answer.json())["error"]["details"] == {"limit": 50}


ON_ONE = [
    ("POST", "addresses/{}", {"city": "Tema"}),
    ("DELETE", "addresses/{}", None),
    ("POST", "addresses/{}/default", None),
    ("POST", "addresses/{}/track-usage", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ON_ONE)
async def test_anothers_address_is_as_unknown_as_none(
    link: LinkClient, ama: Customer, method: str, path: str, body: object
) -> None:
    """404 for both, with one and the same body, and nothing changes."""
    held = await ama.post("addresses", HOME)
    kofi = await link.sign_in()
    answers = [
        await kofi.call(method, path.format(item), body) for item in (held["id"], new_id("adr"))
    ]

    assert [await refusal(answer) for answer in answers] == [(404, "NOT_FOUND")] * 2
    assert await answers[0].text() == await answers[1].text()
    assert await ama.get("addresses") == [held]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "UNAUTHENTICATED"),
        ("Bearer lnk_unknown", "UNAUTHENTICATED"),
        ("Bearer not-a-token", "TOKEN_INVALID"),
        ("Basic bG5rOg==", "UNAUTHENTICATED"),
    ],
)
async def test_nobody_is_let_in_without_a_login(
    link: LinkClient, header: str | None, code: str
) -> None:
    """401 before the body is looked at."""
    sent = {} if header is None else {"Authorization": header}
    answer = await link.call("POST", "addresses", {}, Asking(headers=sent))

    assert await refusal(answer) == (401, code)


async def test_a_login_is_no_bound_token(ama: Customer) -> None:
    """A `lnk_` under the DPoP scheme is a mistake, never a login."""
    asking = Asking(headers={"Authorization": f"DPoP {ama.token}"})
    answer = await ama.link.call("GET", "addresses", None, asking)

    assert await refusal(answer) == (401, "UNAUTHENTICATED")


async def test_an_address_of_an_earlier_release_goes_on_working(
    ama: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its id begins with `adr_`, and stays so."""
    with monkeypatch.context() as before:
        before.setattr("link_api.addresses.service.new_id", lambda _prefix: new_id("adr"))
        old = await ama.post("addresses", HOME)
    new = await ama.post("addresses", {**HOME, "label": "Work"})

    assert (old["id"][:4], new["id"][:5]) == ("adr_", "addr_")
    assert (await ama.post(f"addresses/{old['id']}", {"city": "Tema"}))["id"] == old["id"]
    assert (await ama.post(f"addresses/{old['id']}/default"))["is_default"]
    await ama.delete(f"addresses/{old['id']}")
    assert [item["id"] for item in await ama.get("addresses")] == [new["id"]]
