"""OTP sender over SMTP, with STARTTLS or TLS and a verified certificate."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from email_validator import EmailNotValidError, validate_email

from link_api.auth.records import CodeBinding, CodeToSend, Notice
from link_api.auth.senders.message import news_of
from link_api.auth.senders.plain_text import plain_name
from link_api.auth.senders.texts.languages import TEXTS
from link_api.auth.senders.texts.texts import Texts
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.contract.wire import Channel
from link_kernel.errors import InvalidSetting, UpstreamUnavailable
from link_kernel.ids import new_id
from link_kernel.origin import is_loopback

_TOTAL_S: Final = 5.0  # the bridge waits for 6
_GOODBYE_S: Final = 0.5


class Encryption(StrEnum):
    """How a connection to the server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_ENCODED: Final = "write @, : and / in a password as %40, %3A and %2F"
_SHAPE: Final = (
    f"must be smtp:// or smtps:// with a host, and user and password both or neither; {_ENCODED}"
)
_PORTS: Final = {"smtp": 587, "smtps": 465}
# A server that waits for TLS says nothing to who waits for its greeting: each mail would time out.
_OTHERS_PORTS: Final = {Encryption.STARTTLS: {465}, Encryption.TLS: {25, 587}}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """An SMTP server, and its login if it requires one."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, *, plain_on_loopback: bool) -> "SmtpServer":
        """Read `smtp://user:password@host:port`, or `smtps://`; user and password are %-encoded.

        `smtp` means STARTTLS, except for a loopback host where `plain_on_loopback`: no TLS then.
        Raises `InvalidSetting`, which does not repeat the URL.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            raise InvalidSetting(_SHAPE) from None
        login = parts.username or None, parts.password or None
        if (
            parts.scheme not in _PORTS
            or not parts.hostname
            or any((parts.path.strip("/"), parts.query, parts.fragment))
            or (None in login) != ("@" not in parts.netloc)
        ):
            raise InvalidSetting(_SHAPE)
        if parts.scheme == "smtps":
            encryption = Encryption.TLS
        elif plain_on_loopback and is_loopback(url):
            encryption = Encryption.NONE
        else:
            encryption = Encryption.STARTTLS
        user, password = (part and unquote(part) for part in login)
        return cls(parts.hostname, _port_of(parts, encryption), encryption, user, password)


def _port_of(parts: SplitResult, encryption: Encryption) -> int:
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise InvalidSetting(f"must have a port from 1 to 65535, or none; {_ENCODED}") from None
    if port in _OTHERS_PORTS.get(encryption, ()):
        right = "smtp://" if encryption is Encryption.TLS else "smtps://"
        raise InvalidSetting(f"has a port of {right}: begin it so, or change the port")
    return port


def read_mailbox(text: str) -> Address:
    """Return the mailbox `name@host` or `Name <name@host>`; `ValueError` for anything else."""
    try:
        checked = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, allow_display_name=True
        )
        return Address(checked.display_name or "", addr_spec=checked.ascii_email or "")
    except EmailNotValidError:
        raise InvalidSetting("must be a mailbox, alone or as in: Name <mailbox>") from None


class SmtpSender:
    """Mails each code over a connection of its own."""

    def __init__(
        self,
        server: SmtpServer,
        mail_from: Address,
        clock: Clock,
        *,
        trust: ssl.SSLContext,
        total_s: float = _TOTAL_S,
    ) -> None:
        """Take the TLS trust store, and the time-out of a mail as a whole."""
        self._server = server
        self._from = mail_from
        self._clock = clock
        self._trust = trust
        self._total_s = total_s

    def channels(self, _contact: Contact) -> tuple[Channel, ...]:
        """Return the one channel of mail."""
        return ("email",)

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Mail the code; raises `UpstreamUnavailable`, which holds neither code nor contact.

        The server's text is dropped: it may quote the address or the mail.
        """
        words = TEXTS[code.locale]
        text = words.mail.format(
            what_for=_what_for(code.binding, words),
            code=code.code,
            minutes=code.expires_in_s // 60,
        )
        subject = words.mail_subject  # shown on locked screens: the code is in the body
        async with self._logged_in() as client:
            await client.send_message(self._mail(contact, subject, text))

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Mail the notice; raises `UpstreamUnavailable`, which holds no contact."""
        subject = TEXTS[notice.locale].news_subject
        async with self._logged_in() as client:
            await client.send_message(self._mail(contact, subject, f"{news_of(notice)}\n"))

    async def examine(self) -> None:
        """Connect, log in if there is a login, and mail nothing; raises `UpstreamUnavailable`."""
        async with self._logged_in():
            pass

    @asynccontextmanager
    async def _logged_in(self) -> AsyncIterator[SMTP]:
        client = self._client()
        try:
            async with asyncio.timeout(self._total_s):
                await client.connect()
                yield client
        except (SMTPException, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(f"otp smtp: {_reason(error)}") from None
        else:
            # The server has accepted the mail, even if QUIT fails.
            with suppress(SMTPException, TimeoutError, OSError):
                await client.quit(timeout=_GOODBYE_S)
        finally:
            client.close()

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self._from.domain,  # or DNS would be asked for this machine's name
            timeout=self._total_s,
            use_tls=server.encryption is Encryption.TLS,
            start_tls=server.encryption is Encryption.STARTTLS,
            validate_certs=True,
            tls_context=self._trust,
        )

    def _mail(self, contact: Contact, subject: str, text: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._from
        mail["To"] = Address(addr_spec=contact.address)
        mail["Subject"] = subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC))
        mail["Message-ID"] = f"<{new_id('msg')}@{self._from.domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # no holiday notice comes back (RFC 3834)
        mail.set_content(text)
        return mail


def _what_for(binding: CodeBinding, words: Texts) -> str:
    if binding.use is not None:
        return words.mail_for_a_deed.format(deed=words.deeds[binding.use.purpose])
    name = plain_name(binding.business_name)
    return words.mail_at_shop.format(name=name) if name else ""


def _reason(error: BaseException) -> str:
    """Return error names and the server's reply code; never its text, which may quote the mail."""
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        return _reason(error.recipients[0])
    if isinstance(error, SMTPResponseException):
        return f"{type(error).__name__} {error.code}"
    if type(error) is SMTPException:  # no STARTTLS, no AUTH: only its words say so
        return error.message
    cause = f" by {type(error.__cause__).__name__}" if error.__cause__ else ""
    return f"{type(error).__name__}{cause}"
