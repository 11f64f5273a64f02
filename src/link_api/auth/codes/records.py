"""Records and outcomes of one-time codes: what the store is told, and what it answers.

Contacts and networks are MACs here. Times are milliseconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from link_kernel.limits.limit import Limit

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS


class AskOutcome(StrEnum):
    """Whether a message with a code may go out."""

    SENT = "sent"
    LIMITED = "limited"


class EnterOutcome(StrEnum):
    """The outcome of entering a code."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    KEY_REUSED = "key_reused"


@dataclass(frozen=True, slots=True)
class CodeBounds:
    """How often a code may be sent and tried (docs/protocol.md#limits).

    What `tries_daily` has above `tries_of_strangers_daily` is left to known networks, at any other
    bound: ten messages with ten tries each, the most that may be set.
    """

    life_ms: int = 10 * _MINUTE_MS
    same_code_ms: int = 5 * _MINUTE_MS
    tries: int = 5
    tries_of_others: int = 3
    tries_daily: int = 300
    tries_of_strangers_daily: int = 200
    tries_of_others_daily: int = 100
    known_daily: int = 10
    stranger_hourly: int = 5
    strangers_at_once: int = 5
    strangers_refill_ms: int = 80 * _MINUTE_MS
    proof_ms: int = 90 * _DAY_MS
    kept_networks: int = 50
    contacts_hourly: int = 200
    messages_hourly: int = 3_000

    @property
    def site_hourly(self) -> int:
        """The share of `messages_hourly` that one /24 or /48 may have."""
        return max(self.messages_hourly // 5, 1)


@dataclass(frozen=True, slots=True)
class Full:
    """A limit that is used up, and the time until it is free again."""

    limit: Limit
    wait_ms: int


@dataclass(frozen=True, slots=True)
class CodeCaller:
    """Who asks or enters, as the store counts.

    `asker` owns the tries of its messages. `network` (an IPv4 address or a /64) waits, `site` (its
    /24 or /48) is known once it proved the contact.
    """

    asker: str
    network: str
    site: str


@dataclass(frozen=True, slots=True)
class CountedAt:
    """Where a contact nobody proved counts: `network` (IPv4 address, /48) and `site` (/24, /48)."""

    network: str
    site: str


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where a code counts: a contact, and the binding under which alone it is right."""

    contact_mac: str
    binding: str


@dataclass(frozen=True, slots=True)
class CodeSeed:
    """What a code is computed from; without the secret it tells nothing of the code."""

    nonce: str
    secret_version: int


@dataclass(frozen=True, slots=True)
class MessageCode:
    """The code that a message carries, and whether its contact was proved within 90 days."""

    seed: CodeSeed
    expires_in_ms: int
    ask_again_in_ms: int
    was_proved: bool


@dataclass(frozen=True, slots=True)
class EnteredCode:
    """An entry: the codes it was compared with, and the one of them that it is, if any.

    `call` is new for each request, and equal when Redis resends a command.
    """

    call: str
    key_hash: str
    right: CodeSeed | None
    compared: tuple[CodeSeed, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """The outcome of an entry, and the accepted code.

    `counted_at` tells where messages to the contact were counted in the last hour.
    """

    outcome: EnterOutcome
    seed: CodeSeed = field(default=CodeSeed("", 0))
    is_first_proof: bool = False
    counted_at: tuple[CountedAt, ...] = ()
