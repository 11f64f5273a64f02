"""Logout: of one element, or of the customer everywhere on this login (design section 3)."""

from dataclasses import dataclass

from elements_bridge.errors import InsufficientScope
from elements_bridge.service.ports import Sessions
from link_kernel.access_token import VerifiedAccessToken
from link_kernel.session_verdicts import Standing

_REASON = "logout"
# A repeat after a lost answer or a crash half-way finds the link session gone and must go on.
_MAY_END_OTHERS = frozenset({Standing.LIVE, Standing.LINK_SESSION_ENDED})


@dataclass(frozen=True, slots=True)
class Logout:
    """Ends sessions; every call may be repeated."""

    sessions: Sessions

    async def element(self, access: VerifiedAccessToken) -> int:
        """End the caller's own elements session; return how many ended by this call."""
        return await self.sessions.end(access.address, reason=_REASON)

    async def customer(self, access: VerifiedAccessToken) -> int:
        """End the caller's link session and all of the customer's elements sessions.

        Returns how many ended by this call. Raises `InsufficientScope` unless the caller signed in
        by one-time code.
        """
        customer_id, link_session_id = access.address.customer_id, access.link_session_id
        if "otp" not in access.amr or customer_id is None or link_session_id is None:
            raise InsufficientScope(access.session_id)
        standing = (await self.sessions.read(access.address)).verdict
        if standing not in _MAY_END_OTHERS:
            return 0
        # The link session first: whatever hangs on it has ended, even if we stop here.
        ended = await self.sessions.end_link_session(customer_id, link_session_id)
        return ended + await self.sessions.end_customer_elements(customer_id, reason=_REASON)
