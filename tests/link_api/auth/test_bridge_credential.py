"""Who may say for which shop a code is: the bridge, by `LINK_BRIDGE_TOKEN`, and nobody else."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from link_api.auth.records import CodeBinding
from tests.support.clients.link_client import (
    BRIDGE_TOKEN,
    PHONE,
    SHOP,
    Asking,
    LinkClient,
    new_key,
    new_phone,
    refusal,
    running_link_api,
    settings_for,
)
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock

BUSINESS = "bus_0123456789abcdef"
BRIDGE = Asking(binding=f"{BUSINESS} {SHOP}")
NAME = "Link-Otp-Business-Name"
ASKER = {"Link-Otp-Asker": BRIDGE.asker}
BINDING = {"Link-Otp-Binding": f"{BUSINESS} {SHOP}"}
FORMER = {"Link-Otp-Binding": "els_0123456789abcdefABCDEF"}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@pytest.mark.parametrize("said", [BINDING, ASKER, {NAME: "Shop"}, FORMER, BINDING | ASKER])
@pytest.mark.parametrize("token", [None, "guessed", BRIDGE_TOKEN[:-1], f"{BRIDGE_TOKEN}x"])
async def test_whoever_is_not_the_bridge_names_no_shop(
    link: LinkClient, said: dict[str, str], token: str | None
) -> None:
    """The header is never ignored either: the code would then be good for somebody else."""
    asking = Asking(token=token, headers=said)

    for answer in (
        await link.request_otp(asking=asking),
        await link.verify_otp("123456", asking=asking),
    ):
        assert await refusal(answer) == (401, "UNAUTHENTICATED")
    assert not link.outbox.sent


async def test_a_page_with_the_credential_of_nobody_is_no_bridge(link: LinkClient) -> None:
    """A listed page may call, but its `lnk_` is no credential of the bridge."""
    login = await link.log_in(new_phone())
    asking = Asking(origin=SHOP, token=login["session_token"], headers=BINDING | ASKER)

    assert await refusal(await link.request_otp(asking=asking)) == (401, "UNAUTHENTICATED")


async def test_without_a_token_no_bridge_is_believed_and_the_answer_says_why(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    settings = settings_for(redis_url, database_url, bridge_token=None)
    async with running_link_api(settings, clock) as link:
        answer = await link.request_otp(asking=BRIDGE)
        alone = await link.request_otp(new_phone())

    error: dict[str, Any] = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (401, "UNAUTHENTICATED")
    assert error["details"] == {"missing_setting": "LINK_BRIDGE_TOKEN"}
    assert alone.status == 200


async def test_guesses_of_the_token_are_limited(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    settings = settings_for(redis_url, database_url, limit_refused_calls=2)
    async with running_link_api(settings, clock) as link:
        answers = [
            await refusal(await link.request_otp(asking=replace(BRIDGE, token=f"guess{step}")))
            for step in range(3)
        ]

    assert answers == [(401, "UNAUTHENTICATED")] * 2 + [(429, "RATE_LIMITED")]


@pytest.mark.parametrize(
    "binding",
    [
        "",
        BUSINESS,
        SHOP,
        f"{BUSINESS}  {SHOP}",
        f"{BUSINESS} {SHOP} {SHOP}",
        f"{BUSINESS} {SHOP}/path",
        f"{BUSINESS} https://SHOP.example",
        f"{BUSINESS} null",
        f"bus_short {SHOP}",
        "els_0123456789abcdefABCDEF",
    ],
)
async def test_a_binding_is_a_business_and_an_origin(link: LinkClient, binding: str) -> None:
    """Nothing else becomes part of a code or of a message."""
    answer = await link.request_otp(asking=Asking(binding=binding))

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"headers": ["Link-Otp-Binding"]}


@pytest.mark.parametrize("asker", ["", "els_", "els_short", "lses_0123456789abcdef", "els_}{x" * 4])
async def test_an_asker_is_an_elements_session(link: LinkClient, asker: str) -> None:
    answer = await link.request_otp(asking=replace(BRIDGE, asker=asker))

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"headers": ["Link-Otp-Asker"]}


@pytest.mark.parametrize("name", ["Ama's", "Ama Shop", "%2", "%2f", "%zz", "a" * 241, "é"])
async def test_a_name_is_encoded_and_bounded(link: LinkClient, name: str) -> None:
    answer = await link.request_otp(asking=replace(BRIDGE, headers={NAME: name}))

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"headers": [NAME]}


async def test_the_sender_gets_the_shop_that_the_bridge_named(link: LinkClient) -> None:
    name = "Ama's Shop, Ɔsu 🛍"
    await link.code_for(asking=replace(BRIDGE, headers={NAME: quote(name, safe="")}))

    [(_, sent)] = link.outbox.sent
    assert sent.binding == CodeBinding(BUSINESS, SHOP)
    assert sent.binding.business_name == name


async def test_a_page_of_our_own_is_its_origin_and_a_server_is_nobody(link: LinkClient) -> None:
    """Their codes do not serve each other."""
    page, server = new_phone(), new_phone()
    of_page = await link.code_for(page, Asking(origin=SHOP))
    of_server = await link.code_for(server)

    assert [sent.binding for _, sent in link.outbox.sent] == [
        CodeBinding("", SHOP),
        CodeBinding("", ""),
    ]
    assert await refusal(await link.verify_otp(of_page, page)) == (422, "OTP_EXPIRED")
    crossed = await link.verify_otp(of_server, server, Asking(origin=SHOP))
    assert await refusal(crossed) == (422, "OTP_EXPIRED")
    assert (await link.verify_otp(of_page, page, Asking(origin=SHOP))).status == 200


async def test_the_token_is_in_no_log_and_in_no_answer(
    link: LinkClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        await link.request_otp(PHONE, BRIDGE),
        await link.request_otp(PHONE, replace(BRIDGE, token=f"{BRIDGE_TOKEN}x")),
        await link.verify_otp("123456", PHONE, replace(BRIDGE, binding="", key=new_key())),
    ]

    assert [answer.status for answer in answers] == [200, 401, 400]
    written = " ".join(str(vars(record)) for record in caplog.records)
    said = " ".join([await answer.text() for answer in answers])
    assert BRIDGE_TOKEN not in written + said
    assert "bridge_credential_refused" in written
    assert "internal_credential_refused" not in written  # anybody may make this call
