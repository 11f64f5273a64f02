"""A national number goes where the country beside it says, through both services."""

from typing import Any

import pytest

from tests.support.clients.bridge_client import BridgeClient, granted, new_key, refusal
from tests.support.clients.link_client import Outbox

ABIDJAN = {"contact": "0501234567", "contact_type": "phone", "country": "CI"}


@pytest.fixture
def bridge(signing_bridge: BridgeClient) -> BridgeClient:
    """The bridge of these tests has an auth service."""
    return signing_bridge


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ("0712345678", "country_required"),
        ("0110123456", "country_required"),
        ("0501234567", "country_required"),
        ("0201234567", "country_required"),
        ("030 212 3456", "not_mobile"),
        ("024 123 456", "too_short"),
        ("+999 24 123 4567", "unknown_country"),
        ("0800-FLOWERS", "not_a_number"),
    ],
)
async def test_a_frame_is_told_what_is_wrong_with_a_number(
    bridge: BridgeClient, outbox: Outbox, contact: str, reason: str
) -> None:
    """The reason, never the number, and no message goes out."""
    guest = await bridge.init()
    body = {"contact": contact, "contact_type": "phone"}
    answer = await bridge.post("request-otp", body, token=guest["access_token"])

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    details = (await answer.json())["error"]["details"]
    assert details == {"fields": ["contact"], "reasons": {"contact": reason}}
    assert outbox.sent == []


@pytest.mark.parametrize("country", ["", "ci", "CIV", 225, "C1"])
async def test_a_country_has_two_capital_letters(bridge: BridgeClient, country: object) -> None:
    guest = await bridge.init()
    body = {**ABIDJAN, "country": country}
    answer = await bridge.post("request-otp", body, token=guest["access_token"])

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": ["country"]}


@pytest.mark.parametrize(
    ("body", "sent_to"),
    [
        (ABIDJAN, "+2250501234567"),
        ({**ABIDJAN, "country": "GH"}, "+233501234567"),
        ({"contact": "254712345678", "contact_type": "phone"}, "+254712345678"),
    ],
)
async def test_a_code_goes_to_the_country_said(
    bridge: BridgeClient, outbox: Outbox, body: dict[str, Any], sent_to: str
) -> None:
    guest = await bridge.init()
    await granted(await bridge.post("request-otp", body, token=guest["access_token"]))
    assert [contact.address for contact, _ in outbox.sent] == [sent_to]


async def test_the_same_digits_in_another_country_are_another_contact(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    """The code is for one of them, and so is the repeat of its verification."""
    guest = await bridge.init()
    token, key = guest["access_token"], new_key()
    await granted(await bridge.post("request-otp", ABIDJAN, token=token))
    right = {**ABIDJAN, "otp_code": outbox.code}
    accra = {**right, "country": "GH"}

    stranger = await bridge.post("verify-otp", accra, token=token, key=new_key())
    assert stranger.status in {409, 422}
    grant = await granted(await bridge.post("verify-otp", right, token=token, key=key))
    again = await granted(await bridge.post("verify-otp", right, token=token, key=key))
    assert again["refresh_token"] == grant["refresh_token"]
    other = await bridge.post("verify-otp", accra, token=token, key=key)
    assert await refusal(other) == (401, "SESSION_REVOKED")
