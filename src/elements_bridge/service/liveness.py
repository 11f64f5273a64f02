"""Whether the session of a genuine access token still lives; Redis is asked only when it must."""

from dataclasses import dataclass

from elements_bridge.service.grants import proof_replayed, require_live
from elements_bridge.service.ports import RevocationFeed, Sessions
from link_kernel.access_token import VerifiedAccessToken
from link_kernel.errors import SessionRevoked
from link_kernel.session_verdicts import NO_PROOF, ProofClaim


@dataclass(frozen=True, slots=True)
class Liveness:
    """Asks the revocation feed, and Redis itself while the feed is stale (design section 6)."""

    sessions: Sessions
    feed: RevocationFeed

    async def require(self, access: VerifiedAccessToken, claim: ProofClaim = NO_PROOF) -> None:
        """Return if the session lives and `claim`, the call's proof, served no other call.

        Raises `SessionRevoked`, `SessionExpired`, `InvalidDpopProof`, and `StoreUnavailable` where
        only Redis could tell and does not answer: never a yes from what is not known.
        """
        if not self.feed.is_fresh:
            await self.require_by_redis(access, claim)
            return
        self._refuse_seen(access)
        if claim.jti_hash and not await self.sessions.claim_proof(access.address.slot, claim):
            raise proof_replayed(access.session_id)

    async def require_by_redis(
        self, access: VerifiedAccessToken, claim: ProofClaim = NO_PROOF
    ) -> None:
        """Return if the session lives by Redis itself, however fresh the feed is.

        A login that ends by its key's absence alone is announced by nobody. Raises what `require`
        does; what was seen as revoked stays so, whatever Redis says after a failover.
        """
        self._refuse_seen(access)
        found = await self.sessions.read(access.address, proof=claim)
        require_live(found.verdict, access.session_id)

    def _refuse_seen(self, access: VerifiedAccessToken) -> None:
        if self.feed.is_revoked(access.session_id, access.link_session_id):
            raise SessionRevoked(access.session_id)
