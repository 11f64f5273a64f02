"""Checks that the session of a verified access token is active; asks Redis only when needed."""

from dataclasses import dataclass

from link_kernel.auth.access_token import VerifiedAccessToken
from link_kernel.errors import ApiError, InvalidDpopProof, SessionExpired, SessionRevoked
from link_kernel.observability.security_events import SecurityEvent
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse, SessionStatus
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.store import SessionStore

_ENDED: dict[SessionStatus, type[ApiError]] = {
    SessionStatus.MISSING: SessionExpired,
    SessionStatus.EXPIRED: SessionExpired,
    SessionStatus.REVOKED: SessionRevoked,
    SessionStatus.UPGRADED: SessionRevoked,
    SessionStatus.LINK_SESSION_ENDED: SessionRevoked,
}


def proof_replayed(session_id: str) -> InvalidDpopProof:
    """Return the refusal of a replayed proof: one that was used for another request."""
    return InvalidDpopProof(session_id, event=SecurityEvent.DPOP_PROOF_REPLAYED)


def require_live(status: SessionStatus, session_id: str) -> None:
    """Return for an active session; raise `SessionExpired` or `SessionRevoked` for any other.

    Raises `InvalidDpopProof` if the call's proof was used for another request.
    """
    if status is SessionStatus.PROOF_REPLAYED:
        raise proof_replayed(session_id)
    if status is not SessionStatus.LIVE:
        raise _ENDED[status](f"{status} {session_id}")


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """Asks the revocation feed, and Redis while the feed is stale (docs/protocol.md#revocation)."""

    sessions: SessionStore
    feed: RevocationFeed

    async def require_active(
        self,
        access: VerifiedAccessToken,
        proof_use: ProofUse = NO_PROOF,
        *,
        always_ask_redis: bool = False,
    ) -> None:
        """Return if the session is active and the call's proof was used for no other request.

        Redis is asked when the feed is stale, or always: a login whose Redis key was only deleted
        or expired is not in the feed. Raises `SessionRevoked`, also for a session that only the
        feed still knows as revoked after a failover, `SessionExpired`, `InvalidDpopProof`, and
        `StoreUnavailable` when only Redis could tell and does not answer: an unknown state never
        passes as active.
        """
        self._reject_revoked(access)
        key = access.session_key
        if always_ask_redis or not self.feed.is_fresh:
            found = await self.sessions.read(key, proof=proof_use)
            require_live(found.outcome, access.session_id)
        elif proof_use.jti_hash and not await self.sessions.record_proof_use(
            key.partition, proof_use
        ):
            raise proof_replayed(access.session_id)

    def _reject_revoked(self, access: VerifiedAccessToken) -> None:
        if self.feed.is_revoked(access.session_id, access.link_session_id):
            raise SessionRevoked(access.session_id)
