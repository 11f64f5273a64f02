"""Logout of one element, or of all the customer's and this login (docs/protocol.md#logout)."""

from dataclasses import dataclass
from typing import Final, assert_never

from link_kernel.auth.access_token import VerifiedAccessToken
from link_kernel.auth.authenticator import ProvedAccess
from link_kernel.auth.session_check import proof_replayed
from link_kernel.errors import InsufficientScope, SessionRevoked
from link_kernel.sessions.outcomes import EndScope, SessionStatus, StoreReply
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore

_ELEMENT: Final = "logout"
_CUSTOMER: Final = "customer_logout"


@dataclass(frozen=True, slots=True)
class Logout:
    """Ends sessions; every call may be repeated."""

    sessions: SessionStore
    revoker: SessionRevoker

    async def element(self, proved: ProvedAccess) -> int:
        """End the caller's own elements session; return how many ended by this call.

        A session that has signed in since, without its frame having heard of it, ends as the one it
        became. Raises `InvalidDpopProof` for a proof that served another request.
        """
        access = proved.access
        claim = proved.claim
        if claim.jti_hash and not await self.sessions.record_proof_use(
            access.session_key.partition, claim
        ):
            raise proof_replayed(access.session_id)
        ended = await self.revoker.end_session(access.session_key, reason=_ELEMENT)
        return ended or await self._end_unheard_successor(access)

    async def customer(self, proved: ProvedAccess) -> int:
        """End the caller's link session and all of the customer's elements sessions.

        Where that login had ended before, or nothing is known of the caller's session any more,
        only what hangs on that login ends: the customer may have another by now. Returns how many
        ended by this call; one that was cut off is finished by its repeat.

        Raises `InsufficientScope` unless the caller signed in by one-time code, `SessionRevoked`
        for a session that was ended by anything but a customer's logout, `InvalidDpopProof`.
        """
        access = proved.access
        customer_id, link_session_id = access.session_key.customer_id, access.link_session_id
        if "otp" not in access.amr or customer_id is None or link_session_id is None:
            raise InsufficientScope(access.session_id, details={"missing": "otp"})
        found = await self.sessions.read(access.session_key, proof=proved.claim)
        what = _scope(found, access.session_id)
        # The login last: until it is gone the caller's own session says what is to be finished.
        ended = await self.revoker.end_customer(
            customer_id, what, reason=_CUSTOMER, link_session_id=link_session_id
        )
        return ended + await self.revoker.end_link_session(customer_id, link_session_id)

    async def _end_unheard_successor(self, access: VerifiedAccessToken) -> int:
        """End the session that this one was upgraded to, if it has not been refreshed yet."""
        session = (await self.sessions.read(access.session_key)).session
        if session is None or session.upgraded_to is None:
            return 0
        successor = (await self.sessions.read(session.upgraded_to)).session
        if successor is None or successor.generation != 0 or successor.jkt != access.jkt:
            return 0
        return await self.revoker.end_session(successor.session_key, reason=_ELEMENT)


def _scope(found: StoreReply[SessionStatus], session_id: str) -> EndScope:
    """Return which elements sessions a customer's logout ends, by how the caller's own stands."""
    match found.outcome:
        case SessionStatus.LIVE | SessionStatus.EXPIRED | SessionStatus.LINK_SESSION_ENDED:
            return "elements"
        case SessionStatus.MISSING:
            return "login"
        case SessionStatus.REVOKED | SessionStatus.UPGRADED:
            # Ended by somebody else, it may be in a thief's hands, who shall end no login.
            if found.session is None or found.session.ended_reason != _CUSTOMER:
                raise SessionRevoked("ended by another call")
            return "nothing"  # but announce what the first try could not
        case SessionStatus.PROOF_REPLAYED:
            raise proof_replayed(session_id)
        case _:
            assert_never(found.outcome)
