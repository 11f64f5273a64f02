"""OTP sender for development: prints codes on the terminal."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from link_api.auth.records import CodeToSend, Notice
from link_api.auth.senders.message import Wording, news_of
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Channel


def _print(text: str) -> None:
    sys.stderr.write(text)


@dataclass(frozen=True, slots=True)
class ConsoleSender:
    """Prints each message for the developer at the terminal; only accepted in test mode."""

    wording: Wording
    write: Callable[[str], object] = _print

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the channels of this kind of contact."""
        return self.wording.channels(contact)

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Print the message and its contact; neither goes to a log."""
        message = self.wording.message(code)
        self.write(f"code {code.code} for {contact.address} ({code.channel}):\n{message.whole}\n")

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Print the notice and its contact."""
        self.write(f"notice for {contact.address} ({notice.channel}):\n{news_of(notice)}\n")
