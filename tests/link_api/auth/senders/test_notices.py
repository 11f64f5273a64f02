"""Notices of changes: by every sender, without a code; a change stands where one is not sent."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import get_args

import pytest

from link_api.auth import notices as notices_module
from link_api.auth.notices import News, Notices
from link_api.auth.records import Change, CodeBinding, CodePurpose, CodeUse, Notice
from link_api.auth.senders.chosen import open_sender
from link_api.auth.senders.console import ConsoleSender
from link_api.auth.senders.message import MESSAGE_SEPTETS, news_of
from link_api.auth.senders.settings import SenderSettings
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Locale
from link_kernel.errors import UpstreamUnavailable
from tests.link_api.auth.senders.test_message import GSM_7
from tests.support.clients.link_client import Outbox
from tests.support.codes import FRAMES, WORDING, to_send
from tests.support.servers.hook_receiver import SECRET, hook_receiver
from tests.support.servers.mail_server import mail_server
from tests.support.time_machine import MovableClock

PHONE = Contact("phone", "+233245550121")
MAIL = Contact("email", "notices@senders.example")
ADDED = Notice(Change.CONTACT_ADDED, "a•••@example.com", "sms", "en")


def settings_of(hook_url: str, mail_port: int) -> SenderSettings:
    """Return settings that text phones by a hook and mail the rest."""
    return SenderSettings.model_validate(
        {
            "mode": "test",
            "otp_sender": "webhook",
            "otp_webhook_url": hook_url,
            "otp_webhook_secret": SECRET,
            "otp_sender_email": "smtp",
            "otp_smtp_url": f"smtp://127.0.0.1:{mail_port}",
            "otp_from": "code@link.example",
        }
    )


@pytest.mark.parametrize("locale", get_args(Locale))
@pytest.mark.parametrize("change", Change)
@pytest.mark.parametrize("masked", ["+233 •• ••• 0121", f"a•••@{'long' * 40}.example"])
def test_a_notice_is_one_message_of_plain_letters(
    change: Change, masked: str, locale: Locale
) -> None:
    """And it holds no link: whoever imitates one has nothing to send people to."""
    text = news_of(Notice(change, masked, "sms", locale))

    assert len(text) <= MESSAGE_SEPTETS
    assert set(text) <= GSM_7
    assert "://" not in text


async def test_notices_go_by_webhook_and_by_mail(clock: MovableClock) -> None:
    """Of a type of their own: a receiver finds no code in them."""
    async with hook_receiver() as receiver, mail_server(login=False) as server:
        settings = settings_of(receiver.url, server.port)
        async with (
            open_sender(settings, clock, elements_origin=FRAMES) as sender,
            Notices(sender, "en").sending() as notices,
        ):
            notices.tell(News(Change.CONTACT_LEAVES, MAIL, [PHONE, MAIL]))

    [delivery], [mail] = receiver.deliveries, server.mails
    said = delivery.said
    text = (
        "n***@senders.example leaves your Cimplify Link account in 7 days."
        " If that was not you, sign in with it before then."
    )
    assert said.pop("id").startswith("msg_")
    assert said.pop("created_at")
    assert said == {
        "type": "account.changed",
        "contact": PHONE.address,
        "contact_type": "phone",
        "channel": "sms",
        "locale": "en",
        "change": "contact_leaves",
        "message": text,
    }
    assert mail["To"] == MAIL.address
    assert mail["Subject"] == "Your Cimplify Link account has changed"
    assert mail.get_content().split() == text.split()


async def test_a_developer_reads_notices_on_the_terminal() -> None:
    written: list[str] = []
    await ConsoleSender(WORDING, written.append).notify(PHONE, ADDED)

    assert written == [f"notice for {PHONE.address} (sms):\n{news_of(ADDED)}\n"]


@dataclass
class AwayFor(Outbox):
    """A sender that reaches no mailbox."""

    failure: Exception = field(default_factory=Exception)

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Fail for mail."""
        if contact.contact_type == "email":
            raise self.failure
        await super().notify(contact, notice)


@pytest.mark.parametrize(
    "failure", [UpstreamUnavailable("otp smtp: TimeoutError"), ValueError(MAIL.address)]
)
async def test_who_cannot_be_told_is_logged_and_the_others_are_told(
    caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    """No contact stands in the log."""
    sender = AwayFor(failure=failure)
    with caplog.at_level(logging.WARNING):
        async with Notices(sender, "en").sending() as notices:
            notices.tell(News(Change.CONTACT_ADDED, MAIL, [MAIL, PHONE]))

    assert [contact for contact, _ in sender.notices] == [PHONE]
    [record] = caplog.records
    assert record.message == "notice_not_sent"
    assert MAIL.address not in str(vars(record))


async def test_a_mail_says_what_its_code_is_for(clock: MovableClock) -> None:
    """As a text message does."""
    use = CodeUse(CodePurpose.CLOSE_ACCOUNT, "lses_0123456789abcdef")
    async with mail_server(login=False) as server, hook_receiver() as receiver:
        settings = settings_of(receiver.url, server.port)
        async with open_sender(settings, clock, elements_origin=FRAMES) as sender:
            binding = CodeBinding("", "", use=use)
            await sender.send(MAIL, to_send("042917", "email", binding))
            await sender.send(PHONE, to_send("042917", "sms", binding))

    assert "code to delete your account is 042917" in server.mails[0].get_content()
    assert receiver.deliveries[0].said["purpose"] == "close_account"


async def test_a_notice_that_is_not_sent_when_the_service_ends_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a sender that never answers."""

    class Silent(Outbox):
        async def notify(self, contact: Contact, notice: Notice) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(notices_module, "_LAST_S", 0.01)
    with caplog.at_level(logging.WARNING):
        async with Notices(Silent(), "en").sending() as notices:
            notices.tell(News(Change.CONTACT_ADDED, MAIL, [MAIL]))

    [record] = caplog.records
    assert (record.message, record.__dict__["detail"]) == (
        "notice_not_sent",
        "the service has ended",
    )
