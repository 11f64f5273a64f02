"""The words a code goes out with, and the line by which a browser fills it in.

That line is the form of origin-bound one-time codes, `@<host> #<code> @<embedded host>`
(https://wicg.github.io/sms-one-time-codes/). Chromium reads the first such place of a message, so
no text before it may hold an `@`, `#` or `%`.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from link_api.auth.records import CodeBinding, CodeToSend, Notice
from link_api.auth.senders.plain_text import plain_name
from link_api.auth.senders.texts.languages import TEXTS
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Channel

MESSAGE_SEPTETS: Final = 160
"""What fits into one SMS of the GSM-7 alphabet (3GPP TS 23.038); with one more, two go out."""

_MASK: Final = str.maketrans("•", "*")  # the other sign is in no alphabet of a text message
_HOST: Final = re.compile(r"[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Message:
    """A text, and the line to come after it where a browser could match one to its page."""

    text: str = field(repr=False)
    last_line: str | None = field(repr=False)

    @property
    def whole(self) -> str:
        """What to send; 160 GSM-7 characters at most."""
        return self.text if self.last_line is None else f"{self.text}\n{self.last_line}"


@dataclass(frozen=True, slots=True)
class Wording:
    """How this deployment words its messages, and the channels that they reach phones by."""

    elements_origin: str
    phone_channels: tuple[Channel, ...]

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the channels of a kind of contact."""
        return ("email",) if contact.contact_type == "email" else self.phone_channels

    def message(self, code: CodeToSend) -> Message:
        """Return the message of a code."""
        return message_of(code, self.elements_origin)


def message_of(code: CodeToSend, elements_origin: str) -> Message:
    """Return the message of a code; only a text message (SMS) has a last line."""
    line = _last_line(code, elements_origin) if code.channel == "sms" else None
    texts = _texts(code)
    for text in texts:
        message = Message(text, line)
        if len(message.whole) <= MESSAGE_SEPTETS:
            return message
    return Message(texts[0], None)  # the hosts leave no room: the code is typed


def news_of(notice: Notice) -> str:
    """Return the message of a notice, which holds no code and no link: none can be imitated."""
    words = TEXTS[notice.locale]
    for contact in (notice.contact_masked.translate(_MASK), words.a_contact):
        text = words.news[notice.change].format(contact=contact)
        if len(text) <= MESSAGE_SEPTETS:
            break
    return text


def _texts(code: CodeToSend) -> list[str]:
    """Return the texts for a code, the best one first; each names its purpose, if it has one."""
    words = TEXTS[code.locale]
    if code.binding.use is not None:
        deed = words.deeds[code.binding.use.purpose]
        return [text.format(code=code.code, deed=deed) for text in words.for_a_deed]
    name = plain_name(code.binding.business_name)
    texts = [text.format(code=code.code, name=name) for text in words.of_shop if name]
    return texts + [text.format(code=code.code) for text in words.of_nobody]


def _last_line(code: CodeToSend, elements_origin: str) -> str | None:
    """Return the line for the binding: of a shop's page and our frame, or of a page alone.

    A server has no page. A shop without a host of its own in the line gets none: a line for the
    frame's host alone would not serve a frame.
    """
    binding = code.binding
    host = _host_in_line(binding.parent_origin)
    if host is None:
        return None
    if not _is_framed(binding):
        return f"@{host} #{code.code}"
    frame_host = _host_in_line(elements_origin)
    return None if frame_host is None else f"@{host} #{code.code} @{frame_host}"


def _is_framed(binding: CodeBinding) -> bool:
    return bool(binding.business_id)


def _host_in_line(origin: str) -> str | None:
    """Return the host that stands for an origin; `None` if a browser takes it for another's.

    A line names no scheme and no port: Chromium reads https and the usual port, for localhost http.
    """
    host = urlsplit(origin).hostname or ""
    if _HOST.fullmatch(host) is None:
        return None
    scheme = "http" if host == "localhost" or host.endswith(".localhost") else "https"
    return host if origin == f"{scheme}://{host}" else None
