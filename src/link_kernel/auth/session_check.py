"""Whether the session of a genuine access token still lives; Redis is asked only when it must."""

from dataclasses import dataclass
from typing import Protocol

from link_kernel.auth.access_token import VerifiedAccessToken
from link_kernel.errors import ApiError, InvalidDpopProof, SessionExpired, SessionRevoked
from link_kernel.security_events import SecurityEvent
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse, SessionStatus, StoreReply
from link_kernel.sessions.records import SessionKey

_ENDED: dict[SessionStatus, type[ApiError]] = {
    SessionStatus.MISSING: SessionExpired,
    SessionStatus.EXPIRED: SessionExpired,
    SessionStatus.REVOKED: SessionRevoked,
    SessionStatus.UPGRADED: SessionRevoked,
    SessionStatus.LINK_SESSION_ENDED: SessionRevoked,
}


def proof_replayed(session_id: str) -> InvalidDpopProof:
    """Return the refusal of a proof that served another request before."""
    return InvalidDpopProof(session_id, event=SecurityEvent.DPOP_PROOF_REPLAYED)


def require_live(status: SessionStatus, session_id: str) -> None:
    """Return for a live session; raise `SessionExpired` or `SessionRevoked` for any other.

    Raises `InvalidDpopProof` where the call's proof served another one.
    """
    if status is SessionStatus.PROOF_REPLAYED:
        raise proof_replayed(session_id)
    if status is not SessionStatus.LIVE:
        raise _ENDED[status](f"{status} {session_id}")


class Sessions(Protocol):
    """The shared session store, as far as it tells who lives; see `link_kernel.sessions.store`."""

    async def read(
        self, session_key: SessionKey, *, proof: ProofUse = NO_PROOF
    ) -> StoreReply[SessionStatus]:
        """Read a session and whether this call may use it."""
        ...

    async def record_proof_use(self, partition: str, claim: ProofUse) -> bool:
        """Let a proof serve a request; tell whether it did not serve another one before."""
        ...


class FreshRevocations(Protocol):
    """What this process has heard, and whether that is all; see `revocation_feed`."""

    @property
    def is_fresh(self) -> bool:
        """Whether the feed answered within 10 s and has missed nothing."""
        ...

    def is_revoked(self, session_id: str, link_session_id: str | None) -> bool:
        """Tell whether the session, or the link session it hangs on, was revoked."""
        ...


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """Asks the revocation feed, and Redis while the feed is stale (docs/protocol.md#revocation)."""

    sessions: Sessions
    feed: FreshRevocations

    async def require(self, access: VerifiedAccessToken, claim: ProofUse = NO_PROOF) -> None:
        """Return if the session lives and `claim`, the call's proof, served no other call.

        Raises `SessionRevoked`, `SessionExpired`, `InvalidDpopProof`, and `StoreUnavailable` where
        only Redis could tell and does not answer: never a yes from what is not known.
        """
        if not self.feed.is_fresh:
            await self.require_by_redis(access, claim)
            return
        self._reject_revoked(access)
        if claim.jti_hash and not await self.sessions.record_proof_use(
            access.session_key.partition, claim
        ):
            raise proof_replayed(access.session_id)

    async def require_by_redis(
        self, access: VerifiedAccessToken, claim: ProofUse = NO_PROOF
    ) -> None:
        """Return if the session lives by Redis itself, however fresh the feed is.

        A login that ends by its key's absence alone is announced by nobody. Raises what `require`
        does; what was seen as revoked stays so, whatever Redis says after a failover.
        """
        self._reject_revoked(access)
        found = await self.sessions.read(access.session_key, proof=claim)
        require_live(found.outcome, access.session_id)

    def _reject_revoked(self, access: VerifiedAccessToken) -> None:
        if self.feed.is_revoked(access.session_id, access.link_session_id):
            raise SessionRevoked(access.session_id)
