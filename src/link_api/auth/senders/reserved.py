"""Keeps codes of reserved contacts from the deployment's sender: they are nobody's to be sent."""

from dataclasses import dataclass

from link_api.auth.records import CodeToSend, Notice, OtpSender
from link_api.reserved.contacts import is_reserved
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Channel


@dataclass(frozen=True, slots=True)
class ReservedUnsent:
    """Sends every code but those of reserved contacts, which a test knows."""

    sender: OtpSender

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the sender's channels."""
        return self.sender.channels(contact)

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Send the code unless its contact is reserved; raises `UpstreamUnavailable`."""
        if not is_reserved(contact.address):
            await self.sender.send(contact, code)

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Send the notice unless its contact is reserved; raises `UpstreamUnavailable`."""
        if not is_reserved(contact.address):
            await self.sender.notify(contact, notice)
