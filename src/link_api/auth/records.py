"""Records and outcomes of login, and the interface of the senders of one-time codes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from link_api.customers.service import Customer
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Channel, Locale
from link_kernel.limits.networks import Address, counted_network, kept_network


class OpenCodeOutcome(StrEnum):
    """The outcome of creating a link session."""

    CREATED = "created"
    REPEATED = "repeated"
    MOVED_ON = "moved_on"
    ENDED = "ended"


class RotateLinkOutcome(StrEnum):
    """The outcome of a refresh (docs/protocol.md#refresh-rule)."""

    ROTATED = "rotated"
    REPLAYED = "replayed"
    RECOVERED = "recovered"
    KEY_REUSED = "key_reused"
    SUPERSEDED = "superseded"
    REUSED = "reused"
    FOREIGN_SECRET = "foreign_secret"  # noqa: S105  # an outcome's name, no secret
    FOREIGN_ORIGIN = "foreign_origin"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of a call. `origin` is empty where the client is no browser."""

    address: Address | None
    user_agent: str
    origin: str

    @property
    def network(self) -> str:
        """The network that limits count: an IPv4 address, an IPv6 /64 (one household)."""
        return counted_network(self.address)

    @property
    def truncated_address(self) -> str:
        """The network that may be stored: /24 or /48; empty where the address is unknown."""
        return kept_network(self.address)


class CodePurpose(StrEnum):
    """What a code confirms, other than a sign-in; its message says so."""

    ADD_CONTACT = "add_contact"
    REMOVE_CONTACT = "remove_contact"
    CLOSE_ACCOUNT = "close_account"
    EXPORT_ACCOUNT = "export_account"
    NEW_CONTACT = "new_contact"
    """That somebody has the contact which they add to their account."""
    FORMER_CONTACT = "former_contact"
    """That somebody has a contact of the account that their number belonged to before."""


@dataclass(frozen=True, slots=True)
class CodeUse:
    """What a code confirms, and the session of the customer for which alone it does."""

    purpose: CodePurpose
    session_id: str


@dataclass(frozen=True, slots=True)
class CodeBinding:
    """What a code is good for: a shop's pages, a page of our own (no business), or any server.

    Without a `use` it is good for a sign-in alone, with one for that alone. `business_name` is for
    the message alone; two bindings are equal without it.
    """

    business_id: str
    parent_origin: str
    business_name: str = field(default="", compare=False)
    use: CodeUse | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """What stands in the code's MAC: as many fields as the kind of code has."""
        pages = self.business_id, self.parent_origin
        return pages if self.use is None else (*pages, self.use.purpose, self.use.session_id)

    @property
    def text(self) -> str:
        """The binding in a few words; empty for a sign-in by a server."""
        return " ".join(filter(None, self.fields))


@dataclass(frozen=True, slots=True)
class CodeAsker:
    """Who asks for a code or presents one: an elements session, else (`None`) a network."""

    binding: CodeBinding
    session_id: str | None


@dataclass(frozen=True, slots=True)
class CodeToSend:
    """A code as a sender gets it; `expires_in_s` is what is left of its life."""

    code: str = field(repr=False)
    expires_in_s: int
    binding: CodeBinding
    channel: Channel
    locale: Locale


@dataclass(frozen=True, slots=True)
class SentCode:
    """What the customer is told of a code: seconds it lives, and until the next may be asked for.

    `channels` are those that reach the contact, the one just used first.
    """

    expires_in_s: int
    ask_again_in_s: int
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class NewLinkSession:
    """The fields of a new link session."""

    id: str
    customer: Customer
    contact_masked: str
    key_hash: str
    secret_version: int
    caller: Caller


@dataclass(frozen=True, slots=True)
class OpenLinkSession:
    """A live link session as a script returns it; instants are epoch ms, `now` is Redis's time."""

    id: str
    customer: Customer
    generation: int
    secret_version: int
    origin: str
    expires_at: int
    now: int


@dataclass(frozen=True, slots=True)
class PresentedRefresh:
    """A refresh token whose MAC was verified, and how it was presented."""

    link_session_id: str
    customer_id: str
    generation: int
    secret_version: int
    key_hash: str
    by_cookie: bool
    caller: Caller


class Change(StrEnum):
    """What happened to an account, of which its customer is told."""

    CONTACT_ADDED = "contact_added"
    CONTACT_REMOVED = "contact_removed"
    CONTACT_LEAVES = "contact_leaves"
    CONTACT_STAYS = "contact_stays"
    NUMBER_LEFT = "number_left"
    """The number of a dormant customer was proved, and began anew."""
    NUMBER_ADDED = "number_added"
    """The number of a dormant customer was proved by another one, who added it."""
    ACCOUNT_CLOSED = "account_closed"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message without a code: what happened, and to which contact (masked)."""

    change: Change
    contact_masked: str
    channel: Channel
    locale: Locale


class OtpSender(Protocol):
    """Sends one-time codes, and notices of changes of an account."""

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return the channels that reach this contact, at least one, the usual one first."""
        ...

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Send a code over one of the contact's channels; raises `UpstreamUnavailable`."""
        ...

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Send a notice over one of the contact's channels; raises `UpstreamUnavailable`."""
        ...
