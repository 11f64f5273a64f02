"""The bridge hands a reserved contact's refusals through to its frame."""

from pathlib import Path

import pytest

from link_api.reserved.contacts import FIXED_CODE, Outcome
from link_dev.testkit.reserved import reserved_mailbox, reserved_phone
from tests.link_api.auth.test_refused_sign_in_calls import ask, enter
from tests.support.clients.frames import Together
from tests.support.servers.databases import sqlite_in


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_frame_is_told_what_a_reserved_contact_plays(together: Together) -> None:
    frame = await together.guest()
    played = {
        outcome: (await ask(frame, number), await enter(frame, number, FIXED_CODE))
        for outcome, number in {
            "away": reserved_phone(Outcome.AWAY),
            "late": reserved_phone(Outcome.LATE, "CI"),
            "locked": reserved_phone(Outcome.LOCKED, "KE"),
            "none": "+233520000099",
        }.items()
    }

    refused = (422, "RESERVED_CONTACT")
    assert played == {
        "away": ((502, "UPSTREAM_UNAVAILABLE"), (422, "OTP_INVALID")),
        "late": (None, (422, "OTP_EXPIRED")),
        "locked": (None, (422, "OTP_ATTEMPTS_EXCEEDED")),
        "none": (refused, refused),
    }
    body = {"contact": reserved_mailbox(), "contact_type": "email"}
    assert (await frame.bridge.post("request-otp", body, token=frame.token)).status == 200
