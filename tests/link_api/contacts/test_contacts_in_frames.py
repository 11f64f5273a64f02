"""What a frame may do with a customer's contacts, and what a body may say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.link_api.contacts.steps import NEW, typed
from tests.support.clients.frames import Together
from tests.support.clients.link_client import Customer, refusal
from tests.support.servers.databases import sqlite_in

CHANGES = [
    ("POST", "contacts/request-otp", {"purpose": "add_contact"}),
    ("POST", "contacts/verify-otp", {"purpose": "add_contact", "otp_code": "000000"}),
    ("DELETE", "contacts/con_0123456789abcdef", None),
]
MISSPELT: list[tuple[str, dict[str, str]]] = [
    ("request-otp", {"purpose": "sign_in"}),
    ("request-otp", {"purpose": NEW}),
    ("request-otp", {"purpose": NEW, "contact": "a@second.example"}),
    ("request-otp", {"purpose": "add_contact", "contact": "a@second.example"}),
    ("request-otp", {"purpose": "add_contact", "contact_id": "whose"}),
    ("verify-otp", {"purpose": "add_contact"}),
    ("verify-otp", {"purpose": "add_contact", "otp_code": "12345"}),
    ("verify-otp", {"purpose": NEW, "otp_code": "123456"}),
]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_body_is_as_the_contract_writes_it(ama: Customer) -> None:
    for route, body in MISSPELT:
        answer = await ama.call("POST", f"contacts/{route}", body)
        assert await refusal(answer) == (400, "VALIDATION_ERROR"), body


async def test_a_shop_that_handed_over_its_login_reads_masks_and_changes_nothing(
    together: Together,
) -> None:
    """A frame needs a code typed in it, besides those that confirm."""
    ama = await together.link.sign_in()
    frame = await together.handed_over(ama, "auth")

    [shown] = await frame.get("contacts")
    assert set(shown) == {"id", "contact_type", "contact_masked", "proved_at", "leaves_at"}
    for method, path, body in CHANGES:
        answer = await frame.call(method, path, body)
        assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")


async def test_a_frame_confirms_in_the_name_of_its_page(
    together: Together, mailbox: Callable[[], str]
) -> None:
    """The line for the browser names the shop's page and our frame; another frame has no use."""
    frame = await together.signed_in("auth")
    await frame.post("contacts/request-otp", {"purpose": "add_contact"})
    _, sent = together.link.outbox.sent[-1]
    session = frame.grant["session"]
    assert (sent.binding.business_id, sent.binding.parent_origin) == (
        session["business_id"],
        session["parent_origin"],
    )
    assert sent.binding.use is not None
    assert sent.binding.use.session_id == frame.session_id

    body = {"purpose": "add_contact", "otp_code": sent.code}
    confirmed = await frame.post("contacts/verify-otp", body)
    frame.confirmations.append(confirmed.pop("confirmation"))
    assert confirmed == {"purpose": "add_contact", "expires_in": 600}
    new = typed(mailbox())
    await frame.post("contacts/request-otp", {"purpose": NEW, **new})
    code = together.link.outbox.code
    added = await frame.post("contacts/verify-otp", {"purpose": NEW, "otp_code": code, **new})
    assert [one["id"] for one in await frame.get("contacts")][1:] == [added["id"]]
