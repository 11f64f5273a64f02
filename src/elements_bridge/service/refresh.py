"""Refresh: rotate a token by one script in one round trip (docs/protocol.md#refresh-rule)."""

from dataclasses import dataclass, field
from typing import assert_never

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import Directory
from elements_bridge.service.grants import Grant, GrantWriter
from elements_bridge.service.limits import CallLimits
from elements_bridge.service.proofs import UnverifiedProof, verify_spending_proof
from elements_bridge.tokens.refresh import RefreshClaims, RefreshTokens
from link_kernel.auth.dpop import ProofVerifier
from link_kernel.auth.refresh_errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenSuperseded,
)
from link_kernel.auth.session_check import proof_replayed
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyReused,
    InvalidDpopProof,
    SessionExpired,
    SessionRevoked,
)
from link_kernel.ids import sha256_hex
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.origin import Origin
from link_kernel.sessions.outcomes import RotateOutcome, StoreReply
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore


@dataclass(frozen=True, slots=True)
class RefreshInput:
    """The input of a refresh; `key` is the request's `Idempotency-Key`."""

    unverified_token: str = field(repr=False)
    unverified_proof: UnverifiedProof
    key: str = field(repr=False)
    address: Address | None


@dataclass(frozen=True, slots=True)
class Refresh:
    """Spends refresh tokens."""

    directory: Directory
    sessions: SessionStore
    tokens: RefreshTokens
    proofs: ProofVerifier
    grants: GrantWriter
    limits: CallLimits
    metrics: Metrics
    security_log: SecurityLog
    revoker: SessionRevoker
    feed: RevocationFeed

    async def spend(self, given: RefreshInput) -> tuple[RotateOutcome, Grant]:
        """Return the outcome and the grant; the same `key` gives the same successor.

        Raises `RefreshTokenInvalid` without asking the store, the refusals of the allow-list
        without rotating, `RateLimited` where the calling address calls too often, with forged
        tokens too, and `SessionExpired`, `SessionRevoked`, `InvalidDpopProof`, `RateLimited` of the
        session, `RefreshTokenReused`, `RefreshTokenSuperseded`, `IdempotencyKeyReused` as the
        script decides.
        """
        caller = self.limits.caller_mac(given.address)
        self.limits.count_refresh(caller)
        claims = self.tokens.read(given.unverified_token)
        self.limits.share_refresh(caller)
        parent_origin = Origin.parse_header(claims.parent_origin)
        business = await self.directory.admit(claims.business_id, parent_origin)
        return await self._rotate(given, claims, business)

    async def _rotate(
        self, given: RefreshInput, claims: RefreshClaims, business: Business
    ) -> tuple[RotateOutcome, Grant]:
        """Verify the proof and apply the refresh rule; see `spend`."""
        key_hash = sha256_hex(given.key)
        proof = verify_spending_proof(
            self.proofs, given.unverified_proof, token=given.unverified_token, key_hash=key_hash
        )
        business.require_proof(proof.jkt)
        found = await self.sessions.rotate(
            claims.session_key,
            generation=claims.generation,
            key_hash=key_hash,
            secret_version=claims.secret_version,
            proof=proof,
        )
        if found.outcome is RotateOutcome.SUPERSEDED and not proof.jkt:
            self.security_log.report(
                SecurityEvent.REFRESH_TOKEN_SUPERSEDED, session_id=claims.session_key.session_id
            )
        return await self._settle(found, claims.session_key)

    async def _settle(
        self, found: StoreReply[RotateOutcome], session_key: SessionKey
    ) -> tuple[RotateOutcome, Grant]:
        """Publish, count and report the script's outcome; return the grant or raise the error."""
        session_id = session_key.session_id
        self.metrics.refreshes.labels(found.outcome.value).inc()
        if found.rotated_ago_ms is not None:
            times = self.metrics.spent_tokens.labels(found.outcome.value)
            times.observe(found.rotated_ago_ms / 1000)
        if found.outcome is RotateOutcome.REUSED:
            await self.revoker.publish_ended(session_id)
        else:
            login = found.session.identity.link_session_id if found.session else None
            await self.revoker.reject_revoked(session_key, login)
        if found.outcome is RotateOutcome.RECOVERED and not self.feed.failover_recently:
            self.security_log.report(SecurityEvent.REFRESH_TOKEN_RECOVERED, session_id=session_id)
        rotations = self.limits.bounds.rotations
        if found.outcome is RotateOutcome.LIMITED:
            self.metrics.limited.labels(rotations.name).inc()
        refusal = _refusal(found, session_id, rotations)
        if refusal is not None:
            raise refusal
        return found.outcome, self.grants.write(found)


def _refusal(  # noqa: C901  # one case an outcome
    found: StoreReply[RotateOutcome], session_id: str, rotations: Limit
) -> ApiError | None:
    """Return the error of a rotation without a grant, `None` for one with a grant."""
    refusal: ApiError | None
    match found.outcome:
        case RotateOutcome.ROTATED | RotateOutcome.REPLAYED | RotateOutcome.RECOVERED:
            refusal = None
        case RotateOutcome.KEY_REUSED:
            refusal = IdempotencyKeyReused(session_id)
        case RotateOutcome.SUPERSEDED:
            refusal = RefreshTokenSuperseded(session_id)
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
