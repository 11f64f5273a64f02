"""OTP sender for development: prints codes on the terminal."""

import sys
from collections.abc import Callable

from link_api.auth.records import CodeToSend
from link_api.contacts import Contact
from link_kernel.contract.wire import Channel


class ConsoleSender:
    """Prints each code for the developer at the terminal; only accepted in test mode."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        """Take the function that writes; standard error by default."""
        self._write = write or sys.stderr.write

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the one channel of this kind of contact."""
        return ("email",) if contact.contact_type == "email" else ("sms",)

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Print the code and its contact; neither goes to a log."""
        self._write(f"code {code.code} for {contact.address}\n")
