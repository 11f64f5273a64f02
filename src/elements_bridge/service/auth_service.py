"""What the service needs of the world, as small as that need; storage and http fill these in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from elements_bridge.businesses.business import Business
from link_kernel.auth.session_check import FreshRevocations
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address
from link_kernel.origin import Origin
from link_kernel.sessions.outcomes import (
    NO_PROOF,
    CreateOutcome,
    Lifetimes,
    ProofUse,
    RotateOutcome,
    SessionStatus,
    StoreReply,
    UpgradeOutcome,
)
from link_kernel.sessions.records import LinkSession, NewElementsSession, SessionKey

ContactType = Literal["phone", "email"]


@dataclass(frozen=True, slots=True)
class ContactClaim:
    """A contact as the customer typed it; nothing is proved yet."""

    contact: str = field(repr=False)
    contact_type: ContactType


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from, for the auth service's own bounds and records."""

    address: Address | None
    user_agent: str


# Verifies a call's proof when its turn has come: after what costs less, before anything is stored.
Prove = Callable[[], ProofUse]


class Businesses(Protocol):
    """Finds merchants."""

    def holds(self, business_id: str) -> bool:
        """Tell, without asking the store, whether the business was there when last asked for."""
        ...

    async def find(self, business_id: str) -> Business | None:
        """Return the business as it stood at most 5 s ago, or `None`."""
        ...


class Refusals(Protocol):
    """Counts origins that were refused, for the merchant to find."""

    def note(self, business_id: str, origin: Origin) -> None:
        """Count a refusal for a known business; never waits and never fails."""
        ...


class Sessions(Protocol):
    """The shared session store; see `link_kernel.sessions.store`."""

    async def create(
        self,
        new: NewElementsSession,
        *,
        lives: Lifetimes,
        key_hash: str,
        may_create: bool,
        proof: ProofUse = NO_PROOF,
    ) -> StoreReply[CreateOutcome]:
        """Create a session once."""
        ...

    async def rotate(
        self,
        session_key: SessionKey,
        *,
        generation: int,
        key_hash: str,
        secret_version: int,
        proof: ProofUse = NO_PROOF,
    ) -> StoreReply[RotateOutcome]:
        """Apply the refresh rule."""
        ...

    async def read(
        self, session_key: SessionKey, *, proof: ProofUse = NO_PROOF
    ) -> StoreReply[SessionStatus]:
        """Read a session and whether this call may use it."""
        ...

    async def record_proof_use(self, partition: str, claim: ProofUse) -> bool:
        """Let a proof serve a request; tell whether it did not serve another one before."""
        ...

    async def bind_otp_contact(self, session_key: SessionKey, contact_mac: str) -> SessionStatus:
        """Note the contact a code was sent to."""
        ...

    async def upgrade(
        self, session_key: SessionKey, *, request_mac: str, upgraded_to: SessionKey
    ) -> UpgradeOutcome:
        """Close a session for the one its frame signed in to."""
        ...

    async def end(self, session_key: SessionKey, *, reason: str) -> int:
        """End one elements session."""
        ...

    async def find_link_session(self, unverified_link_token: str) -> LinkSession | None:
        """Return the link session a `lnk_` stands for."""
        ...


class RevocationFeed(FreshRevocations, Protocol):
    """What this process has heard, and whether the store may have lost what it wrote."""

    @property
    def failover_recently(self) -> bool:
        """Whether a failover within the last 10 min may have lost writes."""
        ...


class RateLimits(Protocol):
    """Counts calls in moving windows; see `link_kernel.limits.rate_limiter.RateLimiter`."""

    async def admit(self, limit: Limit, *subject: str) -> None:
        """Count a call of `subject`, or raise `RateLimited`."""
        ...

    def refuse_known(self, limit: Limit, *subject: str) -> None:
        """Raise `RateLimited` if `subject` is known to be over the limit still."""
        ...

    def admit_here(self, limit: Limit, *subject: str) -> None:
        """Count a call of `subject` in this process alone, or raise `RateLimited`."""
        ...


class AuthService(Protocol):
    """The main auth service; what it issues never goes further than the bridge."""

    async def request_otp(self, claim: ContactClaim, *, binding: str, caller: Caller) -> None:
        """Have a code sent that verifies under `binding` alone."""
        ...

    async def verify_otp(
        self, claim: ContactClaim, otp_code: str, *, binding: str, key: str, caller: Caller
    ) -> str:
        """Return the `lnk_` of the login; the same key gives the same login."""
        ...
