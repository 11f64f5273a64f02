"""Reserved numbers and mailboxes: nobody's, with a fixed code in test mode, refused in live mode.

Each plays one outcome, always the same, which its last two digits or its plus-address name. The
table of docs/testing.md#reserved-contacts is this one, which a test compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from link_kernel.contact_errors import ReservedContact
from link_kernel.sessions.records import Mode

FIXED_CODE: Final = "246810"
_ENDING_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Block:
    """A range of reserved numbers: what they begin with, then free digits, then the ending."""

    prefix: str
    free_digits: int

    def has(self, e164: str) -> bool:
        """Tell whether a number is of this range."""
        length = len(self.prefix) + self.free_digits + _ENDING_DIGITS
        return e164.startswith(self.prefix) and len(e164) == length


BLOCKS: Final[Mapping[str, Block]] = {
    "CI": Block("+22509", 6),
    "GH": Block("+23352", 5),
    "KE": Block("+25416", 5),
}
"""The reserved numbers of each country (ISO 3166-1 alpha-2).

We know of none that a regulator there keeps for tests. No operator is known to have these: the
metadata of `phonenumbers` has none of them, and a test fails once it does.
"""
DOMAIN: Final = "test.example"
"""The reserved mailboxes are `<anything>+<outcome>@` this; RFC 2606 keeps `.example` free."""


class Outcome(StrEnum):
    """What a reserved contact plays."""

    WORKS = "works"
    LOST = "lost"
    LATE = "late"
    WRONG = "wrong"
    LOCKED = "locked"
    AWAY = "away"
    WALLET_UNKNOWN = "wallet-unknown"
    WALLET_AWAY = "wallet-away"


ENDINGS: Final[Mapping[str, Outcome]] = {
    "00": Outcome.WORKS,
    "01": Outcome.LOST,
    "02": Outcome.LATE,
    "03": Outcome.WRONG,
    "04": Outcome.LOCKED,
    "05": Outcome.AWAY,
    "10": Outcome.WALLET_UNKNOWN,
    "11": Outcome.WALLET_AWAY,
}
NO_CODE_IS_RIGHT: Final = frozenset({Outcome.LOST, Outcome.WRONG, Outcome.AWAY})
_OUTCOMES: Final[Mapping[str, Outcome]] = {outcome.value: outcome for outcome in Outcome}


def is_reserved(address: str) -> bool:
    """Tell whether a number in E.164, or a mailbox in its one spelling, is reserved."""
    return any(block.has(address) for block in BLOCKS.values()) or _is_mailbox(address)


@dataclass(frozen=True, slots=True)
class ReservedContacts:
    """The reserved contacts as a deployment takes them; live mode takes none."""

    mode: Mode

    def outcome_of(self, address: str) -> Outcome | None:
        """Return what a contact plays, `None` for one that is not reserved.

        Raises `ReservedContact` in live mode, and in test mode for an ending that plays nothing.
        """
        if not is_reserved(address):
            return None
        if self.mode != "test":
            raise ReservedContact("live mode")
        outcome = _of_mailbox(address) if _is_mailbox(address) else _of_number(address)
        if outcome is None:
            raise ReservedContact("an ending without an outcome")
        return outcome


def _is_mailbox(address: str) -> bool:
    return address.endswith(f"@{DOMAIN}")


def _of_mailbox(address: str) -> Outcome | None:
    _, plus, case = address.removesuffix(f"@{DOMAIN}").rpartition("+")
    return _OUTCOMES.get(case) if plus else Outcome.WORKS


def _of_number(e164: str) -> Outcome | None:
    return ENDINGS.get(e164[-_ENDING_DIGITS:])
