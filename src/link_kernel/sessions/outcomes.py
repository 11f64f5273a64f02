"""The closed sets of what the store's scripts decide; each value is the word the script replies."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from link_kernel.sessions.records import ElementsSession


class ScriptOutcome(StrEnum):
    """A script's decision."""


class CreateOutcome(ScriptOutcome):
    """What came of creating an elements session."""

    CREATED = "created"
    REPEATED = "repeated"
    USED = "used"
    EXPIRED = "expired"
    LINK_SESSION_ENDED = "link_session_ended"
    PARENT_ENDED = "minter_ended"
    PROOF_REPLAYED = "proof_replayed"


class RotateOutcome(ScriptOutcome):
    """What came of a refresh (docs/protocol.md#refresh-rule)."""

    ROTATED = "rotated"
    REPLAYED = "replayed"
    RECOVERED = "recovered"
    KEY_REUSED = "key_reused"
    REUSED = "reused"
    LIMITED = "limited"
    FOREIGN_KEY = "foreign_key"
    PROOF_REPLAYED = "proof_replayed"
    FOREIGN_SECRET = "foreign_secret"  # noqa: S105  # a verdict's name, no secret
    MISSING = "missing"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UPGRADED = "upgraded"
    LINK_SESSION_ENDED = "link_session_ended"


class SessionStatus(ScriptOutcome):
    """Whether an elements session may be used."""

    LIVE = "live"
    MISSING = "missing"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UPGRADED = "upgraded"
    LINK_SESSION_ENDED = "link_session_ended"
    PROOF_REPLAYED = "proof_replayed"


class UpgradeOutcome(ScriptOutcome):
    """What came of closing a session for the one that its frame signed in to."""

    UPGRADED = "upgraded"
    REVOKED = "revoked"
    MISSING = "missing"


V = TypeVar("V", bound=ScriptOutcome)


@dataclass(frozen=True, slots=True)
class StoreReply(Generic[V]):
    """A verdict, Redis's time of it in epoch milliseconds, and the session where there is one.

    `wait_ms` is how long a limited call should wait.
    """

    outcome: V
    now: int
    session: ElementsSession | None
    wait_ms: int = 0


EndScope = Literal["all", "elements", "login", "nothing"]


@dataclass(frozen=True, slots=True)
class EndedSessions:
    """How many sessions a call ended, and the ids of all that are to be announced."""

    count: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long an elements session lives, in milliseconds."""

    idle_ms: int
    absolute_ms: int


@dataclass(frozen=True, slots=True)
class ProofUse:
    """A DPoP proof and the one request it may serve, both as hashes.

    The request is named by its `Idempotency-Key`, or by what it asks for, so that the same one sent
    again passes.
    """

    jkt: str
    jti_hash: str
    request_hash: str


NO_PROOF = ProofUse(jkt="", jti_hash="", request_hash="")
