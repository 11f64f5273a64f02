"""What is refused in a sign-in counts in no bound of the bridge."""

from collections.abc import AsyncIterator

import pytest

from elements_bridge.keyring import KeyringFile
from link_api.settings import Settings
from link_kernel.clock import Clock
from tests.support.clients.bridge_client import new_key, refusal
from tests.support.clients.frames import Frame, Together, running_together
from tests.support.clients.link_client import new_phone

LIMITED = (429, "RATE_LIMITED")
ABROAD = "+447911123456"


@pytest.fixture
async def bounded(
    settings: Settings, keyring: KeyringFile, clock: Clock
) -> AsyncIterator[Together]:
    """Both services, with two calls a minute for a session and three for a network."""
    bounds = {"limit_session_calls": 2, "limit_calls": 3}
    async with running_together(settings, keyring, clock, **bounds) as together:
        yield together


async def ask(frame: Frame, contact: str) -> tuple[int, str] | None:
    """Ask for a code; return the refusal, if it is one."""
    body = {"contact": contact, "contact_type": "phone"}
    answer = await frame.bridge.post("request-otp", body, token=frame.token)
    return None if answer.status == 200 else await refusal(answer)


async def enter(frame: Frame, contact: str, code: str) -> tuple[int, str]:
    """Try a code, which is refused."""
    body = {"contact": contact, "contact_type": "phone", "otp_code": code}
    answer = await frame.bridge.post("verify-otp", body, token=frame.token, key=new_key())
    return await refusal(answer)


async def test_countries_without_codes_close_no_carriers_address(bounded: Together) -> None:
    """One SIM asked for codes abroad, which makes no message, and nobody could sign in."""
    for _ in range(3):
        frame = await bounded.guest()
        for _ in range(2):
            assert await ask(frame, ABROAD) == (422, "COUNTRY_NOT_SUPPORTED")

    assert await ask(await bounded.guest(), new_phone()) is None


async def test_a_wait_grows_by_no_call_that_it_refused(bounded: Together) -> None:
    frame, contact = await bounded.guest(), new_phone()
    assert await ask(frame, contact) is None
    for _ in range(3):
        body = {"contact": contact, "contact_type": "phone"}
        answer = await frame.bridge.post("request-otp", body, token=frame.token)
        assert await refusal(answer) == LIMITED
        assert "otp_wait" in answer.headers["RateLimit-Policy"]

    assert await ask(frame, new_phone()) is None


async def test_a_wrong_code_was_tried_and_counts_for_session_and_network(bounded: Together) -> None:
    frame, contact = await bounded.guest(), new_phone()
    assert await ask(frame, contact) is None
    assert await enter(frame, contact, "000000") == (422, "OTP_INVALID")
    assert await enter(frame, contact, "000000") == LIMITED

    other = await bounded.guest()
    assert await ask(other, new_phone()) is None
    assert await ask(other, new_phone()) == LIMITED


async def test_tries_at_codes_that_are_none_count_for_their_session_alone(
    bounded: Together,
) -> None:
    """Any number of guests could else close an address by them, without one message."""
    for _ in range(3):
        frame, contact = await bounded.guest(), new_phone()
        for _ in range(2):
            assert await enter(frame, contact, "000000") == (422, "OTP_EXPIRED")
        assert await enter(frame, contact, "000000") == LIMITED

    assert await ask(await bounded.guest(), new_phone()) is None
