"""Logout: of one element, or of all the customer's elements and this login (design section 3)."""

from dataclasses import dataclass
from typing import Final

from elements_bridge.service.grants import proof_replayed
from elements_bridge.service.ports import Sessions
from elements_bridge.service.revocation import Revocation
from link_kernel.errors import InsufficientScope, SessionRevoked
from link_kernel.resource_guard import ProvedAccess
from link_kernel.session_verdicts import Found, Standing

_ELEMENT: Final = "logout"
_CUSTOMER: Final = "customer_logout"
_OVER: Final = frozenset({Standing.REVOKED, Standing.UPGRADED})


@dataclass(frozen=True, slots=True)
class Logout:
    """Ends sessions; every call may be repeated."""

    sessions: Sessions
    revocation: Revocation

    async def element(self, proved: ProvedAccess) -> int:
        """End the caller's own elements session; return how many ended by this call.

        Raises `InvalidDpopProof` for a proof that served another request.
        """
        access = proved.access
        claim = proved.claim
        if claim.jti_hash and not await self.sessions.claim_proof(access.address.slot, claim):
            raise proof_replayed(access.session_id)
        return await self.revocation.end_session(access.address, reason=_ELEMENT)

    async def customer(self, proved: ProvedAccess) -> int:
        """End the caller's link session and all of the customer's elements sessions.

        Returns how many ended by this call. Raises `InsufficientScope` unless the caller signed in
        by one-time code, `SessionRevoked` for a session that was ended by anything but this very
        logout, `InvalidDpopProof`.
        """
        access = proved.access
        customer_id, link_session_id = access.address.customer_id, access.link_session_id
        if "otp" not in access.amr or customer_id is None or link_session_id is None:
            raise InsufficientScope(access.session_id, details={"missing": "otp"})
        found = await self.sessions.read(access.address, proof=proved.claim)
        if found.verdict is Standing.PROOF_REPLAYED:
            raise proof_replayed(access.session_id)
        if found.verdict in _OVER:
            return await self._repeat(found, customer_id)
        # The link session first: whatever hangs on it has ended, even if we stop here. An idle or
        # forgotten elements session ends it too: its customer must never be told a false "done".
        ended = await self.revocation.end_link_session(customer_id, link_session_id)
        return ended + await self.revocation.end_customer(customer_id, "elements", reason=_CUSTOMER)

    async def _repeat(self, found: Found[Standing], customer_id: str) -> int:
        """End nothing: another login may have come since. Announce what the first try could not.

        A session that somebody else ended may be in a thief's hands, who shall end no login.
        """
        if found.session is None or found.session.ended_reason != _CUSTOMER:
            raise SessionRevoked("ended by another call")
        return await self.revocation.end_customer(customer_id, "nothing", reason=_CUSTOMER)
