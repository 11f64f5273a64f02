"""The outcomes of the session store's Lua scripts, as enums; a value is the reply's first word."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, NamedTuple, TypeVar

from link_kernel.sessions.records import ElementsSession


class ScriptOutcome(StrEnum):
    """The outcome that a Lua script replies."""


class CreateOutcome(ScriptOutcome):
    """The outcome of creating an elements session."""

    CREATED = "created"
    REPEATED = "repeated"
    USED = "used"
    EXPIRED = "expired"
    LINK_SESSION_ENDED = "link_session_ended"
    PARENT_ENDED = "minter_ended"
    PROOF_REPLAYED = "proof_replayed"


class RotateOutcome(ScriptOutcome):
    """The outcome of a refresh (docs/protocol.md#refresh-rule)."""

    ROTATED = "rotated"
    REPLAYED = "replayed"
    RECOVERED = "recovered"
    KEY_REUSED = "key_reused"
    SUPERSEDED = "superseded"
    REUSED = "reused"
    LIMITED = "limited"
    FOREIGN_KEY = "foreign_key"
    PROOF_REPLAYED = "proof_replayed"
    FOREIGN_SECRET = "foreign_secret"  # noqa: S105  # an outcome's name, no secret
    MISSING = "missing"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UPGRADED = "upgraded"
    LINK_SESSION_ENDED = "link_session_ended"


class SessionStatus(ScriptOutcome):
    """The state of an elements session; only a `live` one may be used."""

    LIVE = "live"
    MISSING = "missing"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UPGRADED = "upgraded"
    LINK_SESSION_ENDED = "link_session_ended"
    PROOF_REPLAYED = "proof_replayed"


class UpgradeOutcome(ScriptOutcome):
    """The outcome of replacing a session by the one that its frame signed in to."""

    UPGRADED = "upgraded"
    REVOKED = "revoked"
    MISSING = "missing"


V = TypeVar("V", bound=ScriptOutcome)


class StoreReply(NamedTuple, Generic[V]):
    """A script's outcome, its time by Redis's clock in epoch milliseconds, and the session if any.

    `wait_ms` is how many milliseconds a rate-limited call should wait, `rotated_ago_ms` how long
    ago the latest rotation was when a spent refresh token came.
    """

    outcome: V
    now: int
    session: ElementsSession | None
    wait_ms: int = 0
    rotated_ago_ms: int | None = None


EndScope = Literal["all", "elements", "login", "nothing"]


@dataclass(frozen=True, slots=True)
class EndedSessions:
    """How many sessions a call ended, and the ids of all ended sessions still to be published."""

    count: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The idle and the absolute lifetime of an elements session, in milliseconds."""

    idle_ms: int
    absolute_ms: int


class ProofUse(NamedTuple):
    """The single use of a DPoP proof: the proof and the one request it may serve, as hashes.

    The request is identified by its `Idempotency-Key`, or by its content, so that a retry of the
    same request is accepted with the same proof. `jkt` is the thumbprint of the proof's key.
    """

    jkt: str
    jti_hash: str
    request_hash: str


NO_PROOF = ProofUse(jkt="", jti_hash="", request_hash="")
