"""Stores the messages with one-time codes of the dev stack, for a developer or a test to read."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import hdrs, web

from link_api.auth.records import CodeBinding, CodeToSend, Notice
from link_api.auth.senders.message import message_of, news_of
from link_api.spelling.contacts import Contact
from link_dev.harness.whose import asked_for
from link_kernel.clock import Clock
from link_kernel.contract.wire import Channel

# A person's own messages must outlast the crowds of all pages, of 40 each.
_KEPT: Final = 1000
_NO_STORE: Final = {hdrs.CACHE_CONTROL: "no-store"}


@dataclass(frozen=True, slots=True)
class SentCode:
    """One code, its recipient, when it was sent (RFC 3339), the channel, and the whole text.

    A notice has the `code` "". `business_id` is the shop in whose frame the code was asked for;
    empty for any other page.
    """

    contact: str
    code: str
    sent_at: str
    channel: str
    message: str
    business_id: str


class Outbox:
    """An OTP sender that delivers nothing: it stores the last codes, newest first."""

    def __init__(
        self,
        clock: Clock,
        elements_origin: str,
        tell: Callable[[SentCode], None] | None = None,
    ) -> None:
        """Take the clock, the frames' origin, and what shows each code to the developer, if any."""
        self._clock = clock
        self._elements_origin = elements_origin
        self._tell = tell
        self._sent: deque[SentCode] = deque(maxlen=_KEPT)
        self._asked: deque[tuple[Contact, CodeBinding]] = deque(maxlen=_KEPT)

    @property
    def sent(self) -> list[SentCode]:
        """The codes, newest first."""
        return list(self._sent)

    def sent_with(self, code: str) -> list[str]:
        """Return when the messages with this code were sent, oldest first."""
        return [sent.sent_at for sent in reversed(self._sent) if sent.code == code]

    def asked_in(self, business_id: str) -> set[tuple[Contact, CodeBinding]]:
        """Return for whom codes were asked in the frames of a shop, and what they are good for."""
        return {
            (contact, asked) for contact, asked in self._asked if asked.business_id == business_id
        }

    def asked_by(self, address: str) -> set[tuple[Contact, CodeBinding]]:
        """Return a contact for whom codes were asked, and what each is good for."""
        return {(contact, asked) for contact, asked in self._asked if contact.address == address}

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return two channels for phones, so that a developer sees the choice of one."""
        return ("email",) if contact.contact_type == "email" else ("sms", "whatsapp")

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Store the code."""
        message = message_of(code, self._elements_origin).whole
        sent = self._sent_now(contact, code.code, code.channel, message, code.binding.business_id)
        self._asked.append((contact, code.binding))
        if self._tell:
            self._tell(sent)

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Store the notice, as a message without a code."""
        self._sent_now(contact, "", notice.channel, news_of(notice), "")

    def _sent_now(
        self, contact: Contact, code: str, channel: str, message: str, business_id: str
    ) -> SentCode:
        sent_at = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        sent = SentCode(
            contact=contact.address,
            code=code,
            sent_at=sent_at.isoformat(timespec="milliseconds"),
            channel=channel,
            message=message,
            business_id=business_id,
        )
        self._sent.appendleft(sent)
        return sent

    async def show(self, request: web.Request) -> web.Response:
        """`GET /dev/outbox`: the codes, newest first; `business_id=` names a shop of theirs."""
        business_id = asked_for(request)
        sent = [asdict(one) for one in self._sent if business_id in {None, one.business_id}]
        return web.json_response(sent, headers=_NO_STORE)
