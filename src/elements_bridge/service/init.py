"""Init: exchange a bootstrap token and its PKCE verifier for an elements session."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, assert_never

from elements_bridge.businesses.directory import BusinessLookup, require_known
from elements_bridge.errors import BootstrapExpired, BootstrapInvalid, BootstrapUsed
from elements_bridge.service.grants import Grant, GrantWriter, SessionLifetimes
from elements_bridge.service.proofs import UnverifiedProof, verify_spending_proof
from elements_bridge.tokens.bootstrap import BootstrapClaims, BootstrapTokens
from link_kernel.auth.dpop import ProofVerifier
from link_kernel.auth.session_check import proof_replayed
from link_kernel.clock import Clock
from link_kernel.errors import ApiError, SessionRevoked
from link_kernel.ids import sha256_hex, to_base64url
from link_kernel.observability.security_events import SecurityEvent
from link_kernel.origin import Origin
from link_kernel.sessions.outcomes import CreateOutcome
from link_kernel.sessions.records import Element
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore

Via = Literal["page", "sibling"]


@dataclass(frozen=True, slots=True)
class FrameClaim:
    """The frame's own values at init; all must equal those in the token.

    `via` is the sender of the token. A page may hold a sibling's token, issued with another session
    for this very frame; accepted as the page's own token, it would sign the page's customer in as
    the customer of that session.
    """

    code_verifier: str
    business_id: str
    element: Element
    parent_origin: str
    via: Via


@dataclass(frozen=True, slots=True)
class Init:
    """Redeems bootstrap tokens."""

    sessions: SessionStore
    tokens: BootstrapTokens
    grants: GrantWriter
    lifetimes: SessionLifetimes
    proofs: ProofVerifier
    clock: Clock
    revoker: SessionRevoker

    async def redeem(
        self,
        unverified_token: str,
        frame: FrameClaim,
        business: BusinessLookup,
        *,
        key: str,
        unverified_proof: UnverifiedProof,
    ) -> Grant:
        """Return the grant of the session that the token becomes; repeatable with the same `key`.

        `business` is the frame's. The session is bound for life to the key of the proof. Raises
        `BootstrapInvalid` (nothing has happened then), `BootstrapExpired`, `BootstrapUsed`,
        `SessionRevoked`, `InvalidDpopProof`, and the refusals of the allow-list.
        """
        secret_version, claims = self.tokens.open(unverified_token)
        _require_same_frame(claims, frame)
        parent_origin = Origin.parse_header(claims.parent_origin)
        known = require_known(business)
        known.admit(parent_origin)
        key_hash = sha256_hex(key)
        proof = verify_spending_proof(
            self.proofs, unverified_proof, token=unverified_token, key_hash=key_hash
        )
        known.require_proof(proof.jkt)
        new = claims.new_session(secret_version, jkt=proof.jkt or None)
        found = await self.sessions.create(
            new,
            lifetimes=self.lifetimes.of(claims.identity),
            key_hash=key_hash,
            may_create=self.clock.now_ms() < claims.expires_at,
            proof=proof,
        )
        refusal = _refusal(found.outcome, new.id)
        if refusal is not None:
            raise refusal
        await self.revoker.publish_evicted(found.session)
        await self.revoker.reject_revoked(new.session_key, new.identity.link_session_id)
        return self.grants.write(found)


def _refusal(outcome: CreateOutcome, session_id: str) -> ApiError | None:
    """Return the error of an init without a grant, `None` for one with a grant."""
    match outcome:
        case CreateOutcome.CREATED | CreateOutcome.REPEATED:
            return None
        case CreateOutcome.USED:
            return BootstrapUsed(session_id)
        case CreateOutcome.EXPIRED:
            return BootstrapExpired(session_id)
        case CreateOutcome.LINK_SESSION_ENDED | CreateOutcome.PARENT_ENDED:
            return SessionRevoked(session_id)
        case CreateOutcome.PROOF_REPLAYED:
            return proof_replayed(session_id)
        case _:
            assert_never(outcome)


def _require_same_frame(claims: BootstrapClaims, frame: FrameClaim) -> None:
    """Raise `BootstrapInvalid` unless the token was made for this very frame."""
    digest = hashlib.sha256(frame.code_verifier.encode()).digest()
    if not hmac.compare_digest(to_base64url(digest), claims.code_challenge):
        raise BootstrapInvalid("code_verifier", event=SecurityEvent.BOOTSTRAP_VERIFIER_WRONG)
    for name in ("business_id", "element", "parent_origin"):
        if getattr(frame, name) != getattr(claims, name):
            raise BootstrapInvalid(name)
    if (frame.via == "sibling") != (claims.parent_session_id is not None):
        raise BootstrapInvalid("via")
