"""Secrecy: contacts, codes and tokens are in clear neither in Redis nor in logs or responses."""

import logging
import re

import pytest
from redis.asyncio import Redis

from link_api.app import open_link_api
from link_api.auth.senders.console import ConsoleSender
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from tests.conftest import check_keys
from tests.support.clients.link_client import (
    Asking,
    LinkClient,
    granted,
    new_binding,
    new_key,
    new_phone,
    running_link_api,
    wrong,
)
from tests.support.codes import WORDING, to_send
from tests.support.redis_content import everything_in
from tests.support.time_machine import MovableClock, TimeMachine

NUMBER = re.compile(r"(?<![0-9a-fA-F])[0-9]{6}(?![0-9a-fA-F])")


async def test_neither_contact_nor_code_nor_token_lies_in_clear(
    link: LinkClient, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in Redis at any step nor in any log record, extra fields included."""
    caplog.set_level(logging.DEBUG)
    phone, key, address = new_phone(), new_key(), "198.51.100.23"
    asking = Asking(binding=new_binding(), key=key, address=address)
    code = await link.code_for(phone, asking)
    seen = [await everything_in(redis)]
    await check_keys(redis)
    await link.verify_otp(wrong(code), phone, asking)
    seen.append(await everything_in(redis))
    first = await granted(await link.verify_otp(code, phone, asking))
    seen.append(await everything_in(redis))
    second = await granted(await link.refresh(first["refresh_token"]))
    await link.refresh("rfr_forged")
    await link.refresh(first["refresh_token"])
    await link.logout(second["session_token"])
    seen.append(await everything_in(redis))
    seen += [str(vars(record)) for record in caplog.records]

    tokens = [body[name] for body in (first, second) for name in ("session_token", "refresh_token")]
    for text in seen:
        for secret in (phone, phone.removeprefix("+233"), key, address, *tokens):
            assert secret not in text
        assert code not in NUMBER.findall(text)


async def test_every_key_has_an_end_of_its_own(
    link: LinkClient, redis: Redis, time_machine: TimeMachine
) -> None:
    """After the longest life nothing is left."""
    body = await link.log_in()
    await link.refresh(body["refresh_token"])
    await link.request_otp(new_phone())
    await check_keys(redis)
    await time_machine.forward(91 * 24 * 3600 * 1000)

    assert [key async for key in redis.scan_iter("*")] == []


async def test_the_console_prints_a_code_past_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """That is its job, for the developer in front of it."""
    caplog.set_level(logging.DEBUG)
    written: list[str] = []
    sender = ConsoleSender(WORDING, written.append)
    await sender.send(Contact("email", "ama@example.com"), to_send("012345", "email"))

    [text] = written
    assert text == (
        "code 012345 for ama@example.com (email):\n"
        "012345 is your Cimplify Link code. Give it to nobody.\n"
    )
    assert not caplog.records


async def test_the_console_is_what_the_settings_name(
    settings: Settings, clock: MovableClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a sender of the caller's the code stands on standard error."""
    async with open_link_api(settings, clock=clock) as api:
        sender = api.services.keyed.current.auth.one_time_codes.sender
        await sender.send(Contact("email", "ama@example.com"), to_send("012345", "email"))

    assert capsys.readouterr().err.startswith("code 012345 for ama@example.com (email):\n")


@pytest.mark.parametrize("route", ["request-otp", "verify-otp", "refresh", "logout"])
async def test_without_redis_nobody_is_logged_out(
    settings: Settings, clock: MovableClock, route: str
) -> None:
    """503 with a wait, never a 401."""
    async with running_link_api(settings, clock) as up:
        body = await up.log_in()
    absent = {"redis_url": "redis://127.0.0.1:9"}
    down = Settings.model_validate(settings.model_dump() | absent)
    bodies = {
        "refresh": {"refresh_token": body["refresh_token"]},
        "logout": {},
        "request-otp": {"contact": new_phone(), "contact_type": "phone"},
        "verify-otp": {"contact": new_phone(), "contact_type": "phone", "otp_code": "000000"},
    }
    async with running_link_api(down, clock) as link:
        asking = Asking(key=new_key(), token=body["session_token"])
        answer = await link.post(route, bodies[route], asking)
        error = (await answer.json())["error"]

    assert (answer.status, error["code"]) == (503, "STORE_UNAVAILABLE")
    assert error["retryable"] is True
    assert answer.headers["Retry-After"]
