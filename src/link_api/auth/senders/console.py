"""OTP sender for development: prints codes on the terminal."""

import sys
from collections.abc import Callable

from link_api.contacts import Contact


class ConsoleSender:
    """Prints each code for the developer at the terminal; only accepted in test mode."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        """Take the function that writes; standard error by default."""
        self._write = write or sys.stderr.write

    async def send(self, contact: Contact, code: str) -> None:
        """Print the code and its contact; neither goes to a log."""
        self._write(f"code {code} for {contact.address}\n")
