"""Refresh: docs/protocol.md#refresh-rule, one script and one round trip."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from elements_bridge.businesses.directory import Directory
from elements_bridge.service.grants import Grant, GrantWriter
from elements_bridge.service.limits import CallLimits
from elements_bridge.tokens.refresh import RefreshClaims, RefreshTokens
from link_kernel.auth.session_check import proof_replayed
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyReused,
    InvalidDpopProof,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionExpired,
    SessionRevoked,
)
from link_kernel.ids import sha256_hex
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address
from link_kernel.metrics import Metrics
from link_kernel.origin import Origin
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.outcomes import ProofUse, RotateOutcome, StoreReply
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore


@dataclass(frozen=True, slots=True)
class Refresh:
    """Spends refresh tokens."""

    directory: Directory
    sessions: SessionStore
    tokens: RefreshTokens
    grants: GrantWriter
    limits: CallLimits
    metrics: Metrics
    security_log: SecurityLog
    revoker: SessionRevoker
    feed: RevocationFeed

    async def spend(
        self,
        unverified_token: str,
        *,
        key: str,
        prove: Callable[[], ProofUse],
        address: Address | None,
    ) -> tuple[RotateOutcome, Grant]:
        """Return what came of it and the grant; the same `key` gives the same successor.

        Raises `RefreshTokenInvalid` without asking the store, the refusals of the allow-list
        without rotating, `RateLimited` where the calling address calls too often, with forged
        tokens too, and `SessionExpired`, `SessionRevoked`, `InvalidDpopProof`, `RateLimited` of the
        session, `RefreshTokenReused`, `IdempotencyKeyReused` as the script decides.
        """
        claims = self._read(unverified_token, address)
        parent_origin = Origin.parse_header(claims.parent_origin)
        business = await self.directory.admit(claims.business_id, parent_origin)

        async def rotate() -> tuple[RotateOutcome, Grant]:
            proof = prove()
            business.require_proof(proof.jkt)
            return await self._rotate(claims, key, proof)

        return await self.limits.refresh(address, rotate)

    def _read(self, unverified_token: str, address: Address | None) -> RefreshClaims:
        self.limits.refuse_known_refresh(address)  # before a MAC is computed
        try:
            return self.tokens.read(unverified_token)
        except RefreshTokenInvalid:
            self.limits.forged_refresh(address)
            raise

    async def _rotate(
        self, claims: RefreshClaims, key: str, proof: ProofUse
    ) -> tuple[RotateOutcome, Grant]:
        """Apply the refresh rule; see `spend`."""
        found = await self.sessions.rotate(
            claims.session_key,
            generation=claims.generation,
            key_hash=sha256_hex(key),
            secret_version=claims.secret_version,
            proof=proof,
        )
        session_id = claims.session_key.session_id
        self.metrics.refreshes.labels(found.outcome.value).inc()
        if found.outcome is RotateOutcome.REUSED:
            await self.revoker.publish_ended(session_id)
        else:
            login = found.session.identity.link_session_id if found.session else None
            await self.revoker.reject_revoked(claims.session_key, login)
        if found.outcome is RotateOutcome.RECOVERED and not self.feed.failover_recently:
            self.security_log.report(SecurityEvent.REFRESH_TOKEN_RECOVERED, session_id=session_id)
        rotations = self.limits.bounds.rotations
        if found.outcome is RotateOutcome.LIMITED:
            self.metrics.limited.labels(rotations.name).inc()
        refusal = _refusal(found, session_id, rotations)
        if refusal is not None:
            raise refusal
        return found.outcome, self.grants.write(found)


def _refusal(
    found: StoreReply[RotateOutcome], session_id: str, rotations: Limit
) -> ApiError | None:
    """Return what a refresh that gives no grant is answered with."""
    refusal: ApiError | None
    match found.outcome:
        case RotateOutcome.ROTATED | RotateOutcome.REPLAYED | RotateOutcome.RECOVERED:
            refusal = None
        case RotateOutcome.KEY_REUSED:
            refusal = IdempotencyKeyReused(session_id)
        case RotateOutcome.REUSED:
            refusal = RefreshTokenReused(session_id)
        case RotateOutcome.LIMITED:
            refusal = rotations.refusal(found.wait_ms / 1000)
        case RotateOutcome.FOREIGN_KEY:
            refusal = InvalidDpopProof(session_id, event=SecurityEvent.DPOP_KEY_MISMATCH)
        case RotateOutcome.PROOF_REPLAYED:
            refusal = proof_replayed(session_id)
        case RotateOutcome.FOREIGN_SECRET:
            refusal = RefreshTokenInvalid(session_id)
        case RotateOutcome.MISSING | RotateOutcome.EXPIRED:
            refusal = SessionExpired(session_id)
        case RotateOutcome.REVOKED | RotateOutcome.UPGRADED | RotateOutcome.LINK_SESSION_ENDED:
            refusal = SessionRevoked(session_id)
        case _:
            assert_never(found.outcome)
    return refusal
