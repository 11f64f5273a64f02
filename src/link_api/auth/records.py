"""What login needs of the world, as small as that need; storage and senders fill these in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from link_api.contacts import Contact
from link_api.customers.service import Customer
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network, kept_network


class Admission(StrEnum):
    """Whether a code may be sent."""

    ADMITTED = "admitted"
    OPENED = "opened"
    LIMITED = "limited"


class VerifyCodeOutcome(StrEnum):
    """What came of presenting a code."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    KEY_REUSED = "key_reused"


class OpenCodeOutcome(StrEnum):
    """What came of creating a link session."""

    CREATED = "created"
    REPEATED = "repeated"
    MOVED_ON = "moved_on"
    ENDED = "ended"


class RotateLinkOutcome(StrEnum):
    """What came of a refresh (docs/protocol.md#refresh-rule)."""

    ROTATED = "rotated"
    REPLAYED = "replayed"
    RECOVERED = "recovered"
    KEY_REUSED = "key_reused"
    REUSED = "reused"
    FOREIGN_SECRET = "foreign_secret"  # noqa: S105  # a verdict's name, no secret
    FOREIGN_ORIGIN = "foreign_origin"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from. `origin` is empty where no browser made it."""

    address: Address | None
    user_agent: str
    origin: str

    @property
    def network(self) -> str:
        """What bounds count by: an IPv4 address, an IPv6 /64 (a household has one)."""
        return counted_network(self.address)

    @property
    def truncated_address(self) -> str:
        """What may be kept: /24, /48, empty where the address is unknown."""
        return kept_network(self.address)


@dataclass(frozen=True, slots=True)
class CodeBounds:
    """How often a code may be sent and tried (docs/protocol.md#limits). Times are milliseconds."""

    life_ms: int = 5 * 60_000
    wrong_tries: int = 5
    first_wait_ms: int = 30_000
    longest_wait_ms: int = 60 * 60_000
    network_hourly: int = 5
    network_daily: int = 10
    all_daily: int = 20
    contacts_hourly: int = 20


@dataclass(frozen=True, slots=True)
class Full:
    """A bound that is used up, and for how long still."""

    limit: Limit
    wait_ms: int


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code on its way to a contact, as the store may know it."""

    id: str
    contact_mac: str
    binding: str
    code_mac: str
    network_mac: str


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """A code that came back. `call` is new for each call, not for each time it is sent."""

    call: str
    contact_mac: str
    binding: str
    code_mac: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class NewLinkSession:
    """What is fixed about a link session at its birth."""

    id: str
    customer: Customer
    contact_masked: str
    key_hash: str
    secret_version: int
    caller: Caller


@dataclass(frozen=True, slots=True)
class OpenLinkSession:
    """A live link session as a script found it; instants are epoch ms, `now` is Redis's."""

    id: str
    customer: Customer
    generation: int
    secret_version: int
    origin: str
    expires_at: int
    now: int


@dataclass(frozen=True, slots=True)
class PresentedRefresh:
    """A genuine `rfr_` as it was presented."""

    link_session_id: str
    customer_id: str
    generation: int
    secret_version: int
    key_hash: str
    by_cookie: bool
    origin: str


class OtpSender(Protocol):
    """Brings a code to its contact."""

    async def send(self, contact: Contact, code: str) -> None:
        """Send `code`; raises `UpstreamUnavailable` where that fails."""
        ...
