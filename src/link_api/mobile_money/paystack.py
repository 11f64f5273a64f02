"""Paystack's account resolution: `GET /bank/resolve?account_number=…&bank_code=…`.

The number stands in the query and the key in a header, and aiohttp's errors hold both: no error of
its own leaves this module, and nothing of an answer does.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import phonenumbers
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, hdrs
from pydantic import SecretStr

from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.mobile_money.providers import Provider

PATIENCE: Final = ClientTimeout(total=5, connect=1)

# Paystack's own codes are of one country each. MTN of Côte d'Ivoire is not among them: its numbers
# look like Ghana's, and `MTN` would answer for a stranger's account there.
_BANK_CODES: Final[Mapping[tuple[Provider, str], str]] = {
    ("mtn", "GH"): "MTN",
    ("vod", "GH"): "VOD",
    ("atl", "GH"): "ATL",
    ("mpesa", "KE"): "MPESA",
}
_MOST_BYTES: Final = 64 * 1024
_CHUNK: Final = 4096
_SOON_S: Final = 5
_LATER_S: Final = 60
_LONGEST_WAIT_S: Final = 300
_OUR_FAULT: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REFUSALS: Final = frozenset(
    {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
)
# Refusals that share a status with "no such account" and say nothing of the account.
_NOT_OF_THE_ACCOUNT: Final = frozenset({"api_error", "processor_error"})
_NOT_THE_ACCOUNT: Final = ("unknown bank code", "test mode daily limit")

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PaystackAccounts:
    """Asks Paystack through an open client; `url` has no trailing slash."""

    client: ClientSession
    url: str
    secret_key: SecretStr

    async def resolve(self, provider: Provider, phone_number: str) -> None:
        """Return if the account exists; raises as `AccountResolver.resolve` does."""
        number = phonenumbers.parse(phone_number)
        country = phonenumbers.region_code_for_number(number) or ""
        bank_code = _BANK_CODES.get((provider, country))
        if bank_code is None:
            raise ProviderUnavailable("no bank code", retry_after_s=_LONGEST_WAIT_S)
        account = _national(number)
        status, wait_s, answer = await self._ask(account, bank_code)
        _judge(status, wait_s, answer, account)

    async def _ask(self, account: str, bank_code: str) -> tuple[int, int | None, dict[str, Any]]:
        """Return the status, how long to wait where it is said, and the answer: `{}` for none."""
        try:
            async with self.client.get(
                f"{self.url}/bank/resolve",
                params={"account_number": account, "bank_code": bank_code},
                headers={
                    hdrs.AUTHORIZATION: f"Bearer {self.secret_key.get_secret_value()}",
                    hdrs.ACCEPT_ENCODING: "identity",
                },
                allow_redirects=False,
            ) as response:
                wait = response.headers.get(hdrs.RETRY_AFTER, "")
                return response.status, _seconds(wait), _object(await _body(response))
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            reason = type(error).__name__
        raise ProviderUnavailable(reason, retry_after_s=_SOON_S)


@asynccontextmanager
async def open_paystack(
    url: str, secret_key: SecretStr, patience: ClientTimeout = PATIENCE
) -> AsyncIterator[PaystackAccounts]:
    """Give a client of Paystack's while the context lasts."""
    async with ClientSession(
        timeout=patience, cookie_jar=DummyCookieJar(), auto_decompress=False
    ) as client:
        yield PaystackAccounts(client, url, secret_key)


def _judge(status: int, wait_s: int | None, answer: Mapping[str, Any], account: str) -> None:
    """Return for an account that exists; raise for everything else that an answer may say."""
    if status in _OUR_FAULT:
        _log.error("paystack_refuses_our_key", extra={"status": status})
        raise ProviderUnavailable(f"status {status}", retry_after_s=_LATER_S)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ProviderUnavailable("limited", retry_after_s=wait_s or _LATER_S)
    if status not in _REFUSALS:
        raise ProviderUnavailable(f"status {status}", retry_after_s=wait_s or _SOON_S)
    if answer.get("status") is False:
        raise _refusal(answer)
    content = answer.get("data")
    is_same = isinstance(content, dict) and content.get("account_number") == account
    if status != HTTPStatus.OK or answer.get("status") is not True or not is_same:
        _log.error("paystack_answers_otherwise", extra={"status": status})
        raise ProviderUnavailable("not its shape", retry_after_s=_LATER_S)


def _refusal(answer: Mapping[str, Any]) -> VerificationFailed | ProviderUnavailable:
    words = str(answer.get("message", "")).casefold()
    if answer.get("type") in _NOT_OF_THE_ACCOUNT:
        return ProviderUnavailable("its own trouble", retry_after_s=_LATER_S)
    if answer.get("code") == "invalid_bank_code" or words.startswith(_NOT_THE_ACCOUNT):
        _log.error("paystack_cannot_say", extra={"reason": "bank code or test mode"})
        return ProviderUnavailable("not the account", retry_after_s=_LONGEST_WAIT_S)
    return VerificationFailed("no such account")


async def _body(response: ClientResponse) -> bytes:
    """Return the body; raises `ValueError` for one too large to be an answer."""
    raw = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise ValueError("too large")
    return bytes(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _seconds(text: str) -> int | None:
    """Return a `Retry-After` in seconds, within bounds; `None` for a date or anything else."""
    if not (text.isascii() and text.isdecimal()):
        return None
    return max(1, min(int(text[:6]), _LONGEST_WAIT_S))


def _national(number: phonenumbers.PhoneNumber) -> str:
    """Return a number as it is dialled at home, digits alone: Paystack's name for the account."""
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdecimal, text))
