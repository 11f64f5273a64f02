"""Paystack's client: how its answers are read, and that no log or error shows the call."""

import asyncio
import gzip
import json
import logging
import traceback
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientTimeout
from pydantic import SecretStr
from yarl import URL

from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.mobile_money.paystack import PaystackAccounts, open_paystack
from link_api.mobile_money.providers import Provider
from tests.support.servers.fault_proxy import FaultProxy
from tests.support.servers.paystack import (
    HOLDER,
    KEY,
    UNKNOWN,
    FakePaystack,
    known,
    serving_paystack,
)

NUMBER = "+233241234567"
ACCOUNT = "0241234567"


@pytest.fixture
async def paystack() -> AsyncIterator[FakePaystack]:
    """A server that speaks Paystack's shapes."""
    async with serving_paystack() as server:
        yield server


@pytest.fixture
async def accounts(paystack: FakePaystack) -> AsyncIterator[PaystackAccounts]:
    """The client of that server."""
    async with open_paystack(paystack.url, SecretStr(KEY)) as client:
        yield client


@pytest.mark.parametrize(
    ("provider", "number", "query"),
    [
        ("mtn", NUMBER, {"account_number": ACCOUNT, "bank_code": "MTN"}),
        ("vod", "+233201234567", {"account_number": "0201234567", "bank_code": "VOD"}),
        ("atl", "+233271234567", {"account_number": "0271234567", "bank_code": "ATL"}),
        ("mpesa", "+254712345678", {"account_number": "0712345678", "bank_code": "MPESA"}),
    ],
)
async def test_an_account_is_asked_for_as_it_is_dialled_at_home(
    accounts: PaystackAccounts,
    paystack: FakePaystack,
    provider: Provider,
    number: str,
    query: dict[str, str],
) -> None:
    """With the key as a bearer token."""
    await accounts.resolve(provider, number)

    assert paystack.asked == [query]
    assert paystack.keys == [f"Bearer {KEY}"]


async def test_a_number_of_another_country_is_never_asked_for_as_if_it_were_ghanas(
    accounts: PaystackAccounts, paystack: FakePaystack
) -> None:
    """At home +225 05 01 02 03 04 is dialled like a Ghanaian number: a stranger's."""
    with pytest.raises(ProviderUnavailable):
        await accounts.resolve("mtn", "+2250501020304")

    assert paystack.asked == []


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (422, UNKNOWN),
        (400, UNKNOWN),
        (200, UNKNOWN),
        (400, {"status": False, "message": "Account number is invalid", "code": "invalid_params"}),
    ],
)
async def test_an_account_that_does_not_exist(
    accounts: PaystackAccounts, paystack: FakePaystack, status: int, answer: object
) -> None:
    paystack.status, paystack.answer = status, answer
    with pytest.raises(VerificationFailed):
        await accounts.resolve("mtn", NUMBER)


LIMIT_OF_TEST_MODE = {
    "status": False,
    "message": "Test mode daily limit of 3 live bank resolves exceeded. Use test bank codes 001"
    " or upgrade to live mode.",
}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, {"status": False, "message": "Unknown bank code: MPESA"}),
        (422, {"status": False, "message": "No such bank", "code": "invalid_bank_code"}),
        (400, LIMIT_OF_TEST_MODE),
        (400, {"status": False, "message": "Try again", "type": "api_error"}),
        (422, {"status": False, "message": "Try again", "type": "processor_error"}),
        (401, {"status": False, "message": "Invalid key"}),
        (403, {"status": False, "message": "IP not allowed"}),
        (404, {"status": False, "message": "Endpoint not found"}),
        (429, {"status": False, "message": "Too many requests"}),
        (500, {"status": False, "message": "Internal error"}),
        (502, "<html>"),
        (503, UNKNOWN),
        (204, known(ACCOUNT)),
        (422, known(ACCOUNT)),
        (200, known("0241234568")),
        (200, {**known(ACCOUNT), "status": "true"}),
        (200, {"status": True, "message": "Account number resolved"}),
        (200, {"status": True, "data": [ACCOUNT]}),
        (200, {"status": True, "data": {"account_number": int(ACCOUNT)}}),
        (200, [known(ACCOUNT)]),
        (200, "yes"),
    ],
)
async def test_an_answer_that_says_nothing_of_the_account_is_not_held_against_it(
    accounts: PaystackAccounts, paystack: FakePaystack, status: int, answer: object
) -> None:
    """The wallet is neither verified nor refused."""
    paystack.status, paystack.answer = status, answer
    with pytest.raises(ProviderUnavailable) as unavailable:
        await accounts.resolve("mtn", NUMBER)

    assert unavailable.value.retry_after_s


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(known(ACCOUNT)).encode() + b" " * 70_000,
        gzip.compress(json.dumps(known(ACCOUNT)).encode()),
    ],
)
async def test_what_is_no_answer_is_not_believed(
    accounts: PaystackAccounts, paystack: FakePaystack, raw: bytes
) -> None:
    """Cut off, too large, too deep, or packed though we asked for plain text."""
    paystack.raw = raw
    with pytest.raises(ProviderUnavailable):
        await accounts.resolve("mtn", NUMBER)


async def test_a_redirect_is_not_followed(
    accounts: PaystackAccounts, paystack: FakePaystack
) -> None:
    """The key would go with it."""
    paystack.status, paystack.headers = 302, {"Location": f"{paystack.url}/bank/resolve"}
    with pytest.raises(ProviderUnavailable):
        await accounts.resolve("mtn", NUMBER)

    assert len(paystack.asked) == 1


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("7", 7),
        ("0", 1),
        ("86400", 300),
        ("9" * 50, 300),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("-5", 60),
        ("", 60),
    ],
)
async def test_a_wait_is_handed_on_within_bounds(
    accounts: PaystackAccounts, paystack: FakePaystack, said: str, wait_s: int
) -> None:
    """In whole seconds, five minutes at most."""
    paystack.status, paystack.headers = 429, {"Retry-After": said}
    with pytest.raises(ProviderUnavailable) as unavailable:
        await accounts.resolve("mtn", NUMBER)

    assert unavailable.value.retry_after_s == wait_s


async def test_silence_ends_in_time(paystack: FakePaystack) -> None:
    """A customer is not kept waiting."""
    paystack.silent = True
    patience = ClientTimeout(sock_read=0.05)
    async with open_paystack(paystack.url, SecretStr(KEY), patience) as accounts:
        with pytest.raises(ProviderUnavailable, match="Timeout"):
            await accounts.resolve("mtn", NUMBER)


async def test_nobody_at_the_address() -> None:
    async with open_paystack("http://127.0.0.1:9", SecretStr(KEY)) as accounts:
        with pytest.raises(ProviderUnavailable):
            await accounts.resolve("mtn", NUMBER)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_our_operators_to_hear_of(
    accounts: PaystackAccounts,
    paystack: FakePaystack,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """By an error with a stable name."""
    paystack.status, paystack.answer = status, {"status": False, "message": "Invalid key"}
    with pytest.raises(ProviderUnavailable):
        await accounts.resolve("mtn", NUMBER)

    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "paystack_refuses_our_key")
    ]


@pytest.mark.parametrize("status", [200, 302, 400, 401, 422, 429, 500])
@pytest.mark.parametrize("raw", [None, b"{", b" " * 70_000])
async def test_nothing_of_the_call_is_logged_or_carried_by_an_error(
    accounts: PaystackAccounts,
    paystack: FakePaystack,
    caplog: pytest.LogCaptureFixture,
    status: int,
    raw: bytes | None,
) -> None:
    """Neither number nor key nor holder, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    paystack.status, paystack.raw = status, raw
    said = ""
    try:
        await accounts.resolve("mtn", NUMBER)
    except (ProviderUnavailable, VerificationFailed) as error:
        assert error.__cause__ is None  # noqa: PT017  # either may happen
        assert error.__context__ is None  # noqa: PT017  # `raises` hides it
        said = "".join(traceback.format_exception(error))
    said += "".join(str(vars(record)) for record in caplog.records) + repr(accounts)

    for secret in (NUMBER, ACCOUNT, NUMBER.removeprefix("+233"), KEY, HOLDER):
        assert secret not in said


async def test_idle_connections_that_died_in_silence_cost_one_verification(
    paystack: FakePaystack,
) -> None:
    """As behind a firewall that forgot them; each would cost a customer the time-out."""
    target = URL(paystack.url)
    proxy, patience = FaultProxy(target.port or 0), ClientTimeout(total=2.5)
    async with (
        proxy.running() as port,
        open_paystack(str(target.with_port(port)).rstrip("/"), SecretStr(KEY), patience) as asked,
    ):
        await asyncio.gather(*(asked.resolve("mtn", NUMBER) for _ in range(3)))
        assert len(proxy.pipes) == 3
        await proxy.forget()
        with pytest.raises(ProviderUnavailable):
            await asked.resolve("mtn", NUMBER)

        await asked.resolve("mtn", NUMBER)
