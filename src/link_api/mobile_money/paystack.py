"""Client of Paystack's account resolution: `GET /bank/resolve?account_number=…&bank_code=…`.

The number is in the query and the secret key in a header, and aiohttp's errors hold both: this
module lets out neither an aiohttp error nor any text of a response.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    hdrs,
)
from pydantic import SecretStr

from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.mobile_money.providers import Provider
from link_api.spelling.phone_numbers import country_of, dialled_at_home
from link_kernel.tracing.upstream import traced_calls

PATIENCE: Final = ClientTimeout(total=5, connect=1)
# Shorter than the time-out: of idle connections that died in silence one call meets one.
_LONGEST_IDLE_S: Final = 2.0

# Each of Paystack's codes is for one country. MTN of Côte d'Ivoire has none: its numbers look like
# Ghana's, and `MTN` would resolve a stranger's account there.
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
# Errors that share a status with "no such account" without being about the account.
_NOT_OF_THE_ACCOUNT: Final = frozenset({"api_error", "processor_error"})
_NOT_THE_ACCOUNT: Final = ("unknown bank code", "test mode daily limit")

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PaystackAccounts:
    """Resolves accounts at Paystack through an open client; `url` has no trailing slash."""

    client: ClientSession
    url: str
    secret_key: SecretStr

    async def resolve(self, provider: Provider, phone_number: str) -> None:
        """Return if the account exists; raises as `AccountResolver.resolve` does."""
        country = country_of(phone_number) or ""
        bank_code = _BANK_CODES.get((provider, country))
        if bank_code is None:
            raise ProviderUnavailable("no bank code", retry_after_s=_LONGEST_WAIT_S)
        account = dialled_at_home(phone_number)
        status, wait_s, content = await self._ask(account, bank_code)
        _check(status, wait_s, content, account)

    async def _ask(self, account: str, bank_code: str) -> tuple[int, int | None, dict[str, Any]]:
        """Return the status, `Retry-After` in seconds or `None`, and the JSON object or `{}`."""
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
    """Open a client of Paystack while the context lasts."""
    async with ClientSession(
        connector=TCPConnector(keepalive_timeout=_LONGEST_IDLE_S),
        timeout=patience,
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trace_configs=traced_calls("paystack"),
    ) as client:
        yield PaystackAccounts(client, url, secret_key)


def _check(status: int, wait_s: int | None, content: Mapping[str, Any], account: str) -> None:
    """Return if the account exists; raise for every other response."""
    if status in _OUR_FAULT:
        _log.error("paystack_refuses_our_key", extra={"status": status})
        raise ProviderUnavailable(f"status {status}", retry_after_s=_LATER_S)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ProviderUnavailable("limited", retry_after_s=wait_s or _LATER_S)
    if status not in _REFUSALS:
        raise ProviderUnavailable(f"status {status}", retry_after_s=wait_s or _SOON_S)
    if content.get("status") is False:
        raise _refusal(content)
    data = content.get("data")
    is_same = isinstance(data, dict) and data.get("account_number") == account
    if status != HTTPStatus.OK or content.get("status") is not True or not is_same:
        _log.error("paystack_answers_otherwise", extra={"status": status})
        raise ProviderUnavailable("not its shape", retry_after_s=_LATER_S)


def _refusal(content: Mapping[str, Any]) -> VerificationFailed | ProviderUnavailable:
    words = str(content.get("message", "")).casefold()
    if content.get("type") in _NOT_OF_THE_ACCOUNT:
        return ProviderUnavailable("its own trouble", retry_after_s=_LATER_S)
    if content.get("code") == "invalid_bank_code" or words.startswith(_NOT_THE_ACCOUNT):
        _log.error("paystack_cannot_say", extra={"reason": "bank code or test mode"})
        return ProviderUnavailable("not the account", retry_after_s=_LONGEST_WAIT_S)
    return VerificationFailed("no such account")


async def _body(response: ClientResponse) -> bytes:
    """Return the body; raises `ValueError` for more than 64 KiB."""
    raw = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise ValueError("too large")
    return bytes(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _seconds(text: str) -> int | None:
    """Return a `Retry-After` in seconds, within bounds; `None` for a date or anything else."""
    if not (text.isascii() and text.isdecimal()):
        return None
    return max(1, min(int(text[:6]), _LONGEST_WAIT_S))
