"""Opens the OTP senders named in the settings; each kind of contact has one."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar, assert_never

from aiohttp import ClientSession

from link_api.auth.records import CodeToSend, Notice, OtpSender
from link_api.auth.senders.console import ConsoleSender
from link_api.auth.senders.message import Wording
from link_api.auth.senders.settings import SenderName, SenderSettings
from link_api.auth.senders.smtp import SmtpSender, SmtpServer, read_mailbox
from link_api.auth.senders.webhook import Hook, WebhookSender, open_hook_client, read_hook_secret
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.contract.wire import Channel, ContactType

T = TypeVar("T")


class SenderByContactType:
    """Sends each code by the sender of its kind of contact."""

    def __init__(self, senders: Mapping[ContactType, OtpSender]) -> None:
        """Take one sender for each kind."""
        self._senders = senders

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the channels of its kind of contact."""
        return self._senders[contact.contact_type].channels(contact)

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Send the code; raises `UpstreamUnavailable`."""
        await self._senders[contact.contact_type].send(contact, code)

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Send the notice; raises `UpstreamUnavailable`."""
        await self._senders[contact.contact_type].notify(contact, notice)


@asynccontextmanager
async def open_sender(
    settings: SenderSettings, clock: Clock, *, elements_origin: str
) -> AsyncIterator[OtpSender]:
    """Open the sender of the settings while the context lasts; frames are of `elements_origin`.

    Nothing is connected before the first code: a receiver may be down and come later.
    """
    names: tuple[SenderName, ...] = (
        _given(settings.otp_sender_phone),
        _given(settings.otp_sender_email),
    )
    wording = Wording(elements_origin, settings.otp_channels)
    if set(names) == {"console"}:  # no connection, so no authorities to read, which takes a while
        yield ConsoleSender(wording)
        return
    trust = _authorities()
    async with open_hook_client(trust) as client:
        factory = _SenderFactory(settings, client, clock, trust, wording)
        phone, email = (factory.sender(name) for name in names)
        yield SenderByContactType({"phone": phone, "email": email})


async def try_mail_server(settings: SenderSettings, clock: Clock) -> None:
    """Log in to the mail server of the settings and send nothing; raises `UpstreamUnavailable`."""
    await _smtp_sender(settings, clock, _authorities()).examine()


def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context()  # the system's, or those of SSL_CERT_FILE


@dataclass(frozen=True, slots=True)
class _SenderFactory:
    """Builds senders."""

    settings: SenderSettings
    client: ClientSession
    clock: Clock
    trust: ssl.SSLContext
    wording: Wording

    def sender(self, name: SenderName) -> OtpSender:
        """Return the sender of this name."""
        match name:
            case "console":
                return ConsoleSender(self.wording)
            case "webhook":
                return self._webhook()
            case "smtp":
                return _smtp_sender(self.settings, self.clock, self.trust)
            case _:
                assert_never(name)

    def _webhook(self) -> WebhookSender:
        url = _given(self.settings.otp_webhook_url).get_secret_value()
        secret = _given(self.settings.otp_webhook_secret).get_secret_value()
        hook = Hook(url, read_hook_secret(secret))
        return WebhookSender(self.client, hook, self.wording, self.clock)


def _smtp_sender(settings: SenderSettings, clock: Clock, trust: ssl.SSLContext) -> SmtpSender:
    server = SmtpServer.parse(
        _given(settings.otp_smtp_url).get_secret_value(),
        plain_on_loopback=settings.mode == "test",
    )
    return SmtpSender(server, read_mailbox(_given(settings.otp_from)), clock, trust=trust)


def _given(value: T | None) -> T:
    """Return a setting that validation has made sure of."""
    if value is None:
        raise ValueError("the settings were not validated")
    return value
