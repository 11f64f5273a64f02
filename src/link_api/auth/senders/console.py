"""Codes on the terminal, for developers."""

import sys
from collections.abc import Callable

from link_api.contacts import Contact


class ConsoleSender:
    """Prints each code for the developer at the terminal; only accepted in test mode."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        """Take where to write; standard error where nothing is given."""
        self._write = write or sys.stderr.write

    async def send(self, contact: Contact, code: str) -> None:
        """Print the code beside its contact, past every log."""
        self._write(f"code {code} for {contact.address}\n")
