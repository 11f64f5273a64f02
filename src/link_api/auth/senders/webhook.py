"""OTP sender over a webhook: posts each code to the operator's URL, signed (Standard Webhooks).

The receiver sends the code on, by SMS for example. `docs/otp-senders.md` says what it must check.
"""

import asyncio
import base64
import hmac
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    hdrs,
)

from link_api.auth.records import CodeToSend, Notice
from link_api.auth.senders.message import Wording, news_of
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.contract.wire import Channel, rfc3339
from link_kernel.errors import InvalidSetting, UpstreamUnavailable
from link_kernel.ids import new_id
from link_kernel.origin import is_loopback, parse_http_url
from link_kernel.tracing.upstream import traced_calls
from link_kernel.web.jwks_client import LoopbackNames

_CONNECT_S: Final = 2.0
_TOTAL_S: Final = 5.0  # both tries; the bridge waits for 6
# Shorter than the deadline: of idle connections that died in silence one code meets one.
_LONGEST_IDLE_S: Final = 2.0
_CODE: Final = "otp.requested"
_NOTICE: Final = "account.changed"
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # what a secret starts with
_SECRET_BYTES: Final = 24
_SERVER_FAULT: Final = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """The URL that gets the codes, and the secret that signs the requests."""

    url: str = field(repr=False)  # its path or query may be a secret of the receiver's
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The body of a request, byte for byte, and the headers with its signature."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str]


def checked_hook_url(text: str, *, plain_on_loopback: bool) -> str:
    """Return the URL; `ValueError`, which does not repeat it, for an insecure or malformed URL."""
    parts = parse_http_url(text)
    plain = parts.scheme == "http" and plain_on_loopback and is_loopback(text)
    if not (parts.scheme == "https" or plain) or parts.fragment:
        raise InvalidSetting(
            "must be an https URL without fragment (http is for loopback in LINK_MODE=test alone)"
        )
    return text


def read_hook_secret(text: str) -> bytes:
    """Return the key that `whsec_…` stands for; `ValueError` for a short or misspelt one."""
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(_SECRET_PREFIX) or len(key) < _SECRET_BYTES:
        raise InvalidSetting("must be whsec_ and the base64 of 24 bytes or more")
    return key


def open_hook_client(trust: ssl.SSLContext, *, connect_s: float = _CONNECT_S) -> ClientSession:
    """Return a client without cookies and without the proxy of the environment.

    Certificates are verified against `trust`. `connect_s` is the time-out of connecting, TLS
    included; `WebhookSender` has the time-out of the whole.
    """
    return ClientSession(
        connector=TCPConnector(
            resolver=LoopbackNames(), ssl=trust, keepalive_timeout=_LONGEST_IDLE_S
        ),
        timeout=ClientTimeout(total=None, connect=connect_s),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        trace_configs=traced_calls("otp-webhook"),
    )


class WebhookSender:
    """Posts each code; any response but a 2xx in time is a failure."""

    def __init__(
        self,
        client: ClientSession,
        hook: Hook,
        wording: Wording,
        clock: Clock,
        *,
        total_s: float = _TOTAL_S,
    ) -> None:
        """Take a client of `open_hook_client`, and the time-out of both tries together."""
        self._client = client
        self._hook = hook
        self._wording = wording
        self._clock = clock
        self._total_s = total_s

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the channels of this kind of contact."""
        return self._wording.channels(contact)

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Post the code; raises `UpstreamUnavailable`, which holds neither code nor contact."""
        message, use = self._wording.message(code), code.binding.use
        await self._deliver(
            _CODE,
            contact,
            channel=code.channel,
            locale=code.locale,
            code=code.code,
            expires_in=code.expires_in_s,
            purpose="sign_in" if use is None else use.purpose,
            message=message.whole,
            last_line=message.last_line,
        )

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Post the notice; raises `UpstreamUnavailable`, which holds no contact."""
        await self._deliver(
            _NOTICE,
            contact,
            channel=notice.channel,
            locale=notice.locale,
            change=notice.change,
            message=news_of(notice),
        )

    async def _deliver(self, kind: str, contact: Contact, **said: object) -> None:
        delivery = self._signed(kind, contact, said)
        try:
            async with asyncio.timeout(self._total_s):
                status = await self._post_until_taken(delivery)
        except (ClientError, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(f"otp webhook: {type(error).__name__}") from None
        if status // 100 != 2:  # noqa: PLR2004  # any 2xx
            raise UpstreamUnavailable(f"otp webhook: status {status}")

    def _signed(self, kind: str, contact: Contact, said: Mapping[str, object]) -> _Delivery:
        now_ms = self._clock.now_ms()
        message_id, timestamp = new_id("msg"), str(now_ms // 1000)
        fields = {
            "id": message_id,
            "type": kind,
            "created_at": rfc3339(now_ms),
            "contact": contact.address,
            "contact_type": contact.contact_type,
            **said,
        }
        body = json.dumps(fields, separators=(",", ":")).encode()
        signed = b".".join((message_id.encode(), timestamp.encode(), body))
        mac = base64.b64encode(hmac.digest(self._hook.secret, signed, "sha256"))
        headers = {
            hdrs.CONTENT_TYPE: "application/json",
            hdrs.USER_AGENT: "cimplify-link",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{mac.decode()}",
        }
        return _Delivery(body, headers)

    async def _post_until_taken(self, delivery: _Delivery) -> int:
        """Post, and retry once with the same id where the first try may not have arrived.

        One such case is a kept-alive connection that the receiver has closed meanwhile.
        """
        try:
            status = await self._post(delivery)
        except ClientSSLError:
            raise  # the wrong receiver: a retry would not help
        except ClientConnectionError as error:
            reason = type(error).__name__
        else:
            if status < _SERVER_FAULT:
                return status
            reason = f"status {status}"
        _log.warning("otp_webhook_retried", extra={"reason": reason})
        return await self._post(delivery)

    async def _post(self, delivery: _Delivery) -> int:
        """Return the status; the response's body stays unread."""
        async with self._client.post(
            self._hook.url, data=delivery.body, headers=delivery.headers, allow_redirects=False
        ) as response:
            return response.status
