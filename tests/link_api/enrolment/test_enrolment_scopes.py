"""Enrolment by frames: what they see and write is limited by their scopes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from elements_bridge.keyring import Keyring, KeyringFile
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.bridge_client import BUSINESS, claims_of
from tests.support.clients.frames import Frame, Together
from tests.support.clients.link_client import Customer, new_key, refusal
from tests.support.servers.databases import sqlite_in

PHONE = "+233241234567"
PATH = "enroll-and-link-order"
ORDER = {"business_id": BUSINESS, "order_id": "order-1"}

DEFAULTS = {"addresses": "default_address", "mobile_money": "default_mobile_money"}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@pytest.fixture
async def ama(together: Together) -> Customer:
    """An enrolled customer with an address and a wallet."""
    customer = await together.link.sign_in(PHONE)
    await customer.post("addresses", HOME)
    await customer.post("mobile-money", MTN)
    await customer.post("enroll", {"contact": PHONE, "name": "Ama"})
    return customer


async def missing(frame: Frame, path: str, body: object) -> str:
    """Return what a frame lacks for a write."""
    answer = await frame.call("POST", path, body, key=new_key())
    assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")
    return str((await answer.json())["error"]["details"]["missing"])


@pytest.mark.parametrize(
    ("element", "seen"),
    [("auth", set()), ("address", {"addresses"}), ("payment", {"mobile_money"})],
)
async def test_a_frame_is_shown_the_parts_of_its_scope(
    together: Together, ama: Customer, element: str, seen: set[str]
) -> None:
    """Of the contact it is shown the masked one alone."""
    whole = await ama.get("data")
    data = await (await together.handed_over(ama, element)).get("data")

    assert data["customer"] == {**whole["customer"], "phone": None, "email": None}
    assert data["customer"]["contact_masked"] == "+233 •• ••• 4567"
    assert data["preferences"] == whole["preferences"]
    for part, default in DEFAULTS.items():
        assert data[part] == (whole[part] if part in seen else [])
        assert data[default] == (whole[default] if part in seen else None)


async def test_a_frame_enrols_for_its_business(together: Together) -> None:
    """The contact is masked in the answer."""
    frame = await together.signed_in("auth", phone=PHONE)
    data = await frame.post("enroll", {"contact": PHONE, "name": "Ama"})

    assert data["preferences"]["enrollment_business_id"] == BUSINESS
    assert (data["customer"]["phone"], data["customer"]["name"]) == (None, "Ama")
    assert await frame.post("preferences", {"notify_on_order": False}) == {
        **await frame.get("preferences"),
        "notify_on_order": False,
    }


@pytest.mark.parametrize(
    ("element", "extra", "lacks"),
    [
        ("auth", {"address": HOME}, "scope"),
        ("auth", {"mobile_money": MTN}, "scope"),
        ("address", {"mobile_money": MTN}, "scope"),
        ("payment", {"address": HOME}, "scope"),
        ("auth", {"business_id": "bus_fedcba9876543210"}, "business"),
    ],
)
async def test_a_frame_links_no_more_than_it_may_write(
    together: Together, element: str, extra: dict[str, Any], lacks: str
) -> None:
    """403, and nothing of the order is kept."""
    frame = await together.signed_in(element)
    assert await missing(frame, PATH, {**ORDER, **extra}) == lacks
    assert await refusal(await frame.call("GET", "preferences")) == (404, "NOT_ENROLLED")


@pytest.mark.parametrize(
    ("element", "part", "wish", "among"),
    [
        ("address", "address", HOME, "addresses"),
        ("payment", "mobile_money", MTN, "mobile_money"),
    ],
)
async def test_a_frame_links_an_order_with_its_own_part(
    together: Together, element: str, part: str, wish: dict[str, Any], among: str
) -> None:
    """The address element an address, the payment element a wallet."""
    frame = await together.signed_in(element)
    data = await frame.post(PATH, {**ORDER, part: wish})

    assert data[part]["is_default"]
    assert data["customer"]["phone"] is None
    assert data["order"]["business_id"] == BUSINESS
    assert (await frame.get("data"))[among] == [data[part]]


async def test_a_wallet_needs_a_code_typed_in_the_frame(together: Together, ama: Customer) -> None:
    """A shop that handed over its `lnk_` may read wallets, not add one."""
    frame = await together.handed_over(ama, "payment")
    assert await missing(frame, PATH, {**ORDER, "mobile_money": MTN}) == "scope"
    assert (await frame.post(PATH, ORDER))["order"]["order_id"] == "order-1"


async def test_a_guest_has_no_wallet(together: Together) -> None:
    """403 `sign_in` for every route."""
    guest = await together.guest("payment")
    for path, body in (
        ("enroll", {"contact": PHONE}),
        (PATH, ORDER),
        ("preferences", {"notify_on_order": False}),
    ):
        assert await missing(guest, path, body) == "sign_in"
    for path in ("preferences", "data"):
        answer = await guest.call("GET", path)
        assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")


@pytest.mark.parametrize(
    ("element", "seen"),
    [("auth", set()), ("address", {"address"}), ("payment", {"mobile_money"})],
)
async def test_an_order_of_before_shows_a_frame_its_own_part(
    together: Together, ama: Customer, element: str, seen: set[str]
) -> None:
    """What a login linked is read no further than `GET data` is."""
    whole = await ama.post(PATH, {**ORDER, "address": HOME, "mobile_money": MTN})
    frame = await together.handed_over(ama, element)
    data = await frame.post(PATH, ORDER)

    for part in ("address", "mobile_money"):
        assert data[part] == (whole[part] if part in seen else None)


async def test_an_answer_to_a_login_is_not_given_to_a_frame(
    together: Together, ama: Customer
) -> None:
    """The same key and body, but one of them sees the contact in clear."""
    key, body = new_key(), {"contact": PHONE, "name": "Ama"}
    assert (await ama.post("enroll", body, key=key))["customer"]["phone"] == PHONE
    frame = await together.handed_over(ama, "auth")
    answer = await frame.call("POST", "enroll", body, key=key)

    assert await refusal(answer) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "mobile-money", MTN),
        ("POST", "mobile-money/{}/default", None),
        ("POST", "mobile-money/{}/track-usage", None),
        ("POST", "mobile-money/{}/verify", None),
        ("DELETE", "mobile-money/{}", None),
        ("POST", PATH, {**ORDER, "mobile_money": MTN}),
    ],
)
async def test_the_scope_alone_changes_no_wallet(
    together: Together, ama: Customer, keyring: KeyringFile, method: str, path: str, body: object
) -> None:
    """A token of scope `wallets` without `otp` in `amr`: the bridge signs none, and if it did."""
    held = (await ama.get("mobile-money"))[0]
    frame = await together.handed_over(ama, "payment", bound=False)
    claims = claims_of(frame.grant) | {"scope": "profile wallets"}
    signing = Keyring.of(keyring).signing_key
    token = jwt.encode(
        claims,
        signing.private_key,
        algorithm="ES256",
        headers={"typ": "at+jwt", "kid": signing.kid},
    )
    wider = replace(frame, grant={**frame.grant, "access_token": token})
    answer = await wider.call(method, path.format(held["id"]), body, key=new_key())

    assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")
    assert (await answer.json())["error"]["details"] == {"missing": "amr"}
    assert await ama.get("mobile-money") == [held]


@pytest.mark.parametrize(
    ("element", "field", "lacks"),
    [
        ("auth", "default_address_id", "scope"),
        ("payment", "default_address_id", "scope"),
        ("address", "default_mobile_money_id", "scope"),
        ("payment", "default_mobile_money_id", "scope"),
    ],
)
async def test_a_frame_promotes_by_preferences_only_what_it_may_write(
    together: Together, ama: Customer, element: str, field: str, lacks: str
) -> None:
    """The scope of preferences does not stand for the scopes of the items."""
    item = (await ama.get("preferences"))[field]
    frame = await together.handed_over(ama, element)

    assert await missing(frame, "preferences", {field: item}) == lacks
