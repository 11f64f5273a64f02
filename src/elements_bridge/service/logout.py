"""Logout: of one element, or of all the customer's elements and this login (design section 3)."""

from dataclasses import dataclass

from elements_bridge.service.ports import Sessions
from elements_bridge.service.revocation import Revocation
from link_kernel.access_token import VerifiedAccessToken
from link_kernel.errors import InsufficientScope
from link_kernel.session_verdicts import EndScope, Standing

_REASON = "logout"
_OVER = frozenset({Standing.REVOKED, Standing.UPGRADED})


@dataclass(frozen=True, slots=True)
class Logout:
    """Ends sessions; every call may be repeated."""

    sessions: Sessions
    revocation: Revocation

    async def element(self, access: VerifiedAccessToken) -> int:
        """End the caller's own elements session; return how many ended by this call."""
        return await self.revocation.end_session(access.address, reason=_REASON)

    async def customer(self, access: VerifiedAccessToken) -> int:
        """End the caller's link session and all of the customer's elements sessions.

        Returns how many ended by this call. Raises `InsufficientScope` unless the caller signed in
        by one-time code.
        """
        customer_id, link_session_id = access.address.customer_id, access.link_session_id
        if "otp" not in access.amr or customer_id is None or link_session_id is None:
            raise InsufficientScope(access.session_id)
        standing = (await self.sessions.read(access.address)).verdict
        # The link session first: whatever hangs on it has ended, even if we stop here. An idle or
        # forgotten elements session ends it too: its customer must never be told a false "done".
        ended = await self.revocation.end_link_session(customer_id, link_session_id)
        # Nothing to end: this very logout again, and perhaps another login since. What the first
        # try ended may still have to be announced.
        what: EndScope = "elements" if ended or standing not in _OVER else "nothing"
        return ended + await self.revocation.end_customer(customer_id, what, reason=_REASON)
