"""Logout: end one element's session, or the login with all its customer's sessions.

See docs/protocol.md#logout.
"""

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
    """Ends sessions; every call is idempotent."""

    sessions: SessionStore
    revoker: SessionRevoker

    async def element(self, proved: ProvedAccess) -> int:
        """End the caller's own elements session; return how many ended by this call.

        A session may have been upgraded by a sign-in whose answer the frame never got: then the new
        session ends. Raises `InvalidDpopProof` for a proof that served another request.
        """
        access = proved.access
        proof_use = proved.proof_use
        if proof_use.jti_hash and not await self.sessions.record_proof_use(
            access.session_key.partition, proof_use
        ):
            raise proof_replayed(access.session_id)
        ended = await self.revoker.end_session(access.session_key, reason=_ELEMENT)
        return ended or await self._end_unseen_upgrade(access)

    async def customer(self, proved: ProvedAccess) -> int:
        """End the caller's link session and all of the customer's elements sessions.

        If that login ended before, or the caller's session is gone from the store, only the
        sessions of that login end: the customer may have a newer login by now. Returns how many
        ended by this call; a call that was cut off is finished by its retry.

        Raises `InsufficientScope` unless the caller signed in by one-time code, `SessionRevoked`
        for a session that was ended by anything but a customer's logout, `InvalidDpopProof`.
        """
        access = proved.access
        customer_id, link_session_id = access.session_key.customer_id, access.link_session_id
        if "otp" not in access.amr or customer_id is None or link_session_id is None:
            raise InsufficientScope(access.session_id, details={"missing": "otp"})
        found = await self.sessions.read(access.session_key, proof=proved.proof_use)
        scope = _scope(found, access.session_id)
        # The login ends last: until then, the caller's session tells a retry what is left.
        ended = await self.revoker.end_customer(
            customer_id, scope, reason=_CUSTOMER, link_session_id=link_session_id
        )
        return ended + await self.revoker.end_link_session(customer_id, link_session_id)

    async def _end_unseen_upgrade(self, access: VerifiedAccessToken) -> int:
        """End the session that this one was upgraded to, unless it was refreshed since."""
        session = (await self.sessions.read(access.session_key)).session
        if session is None or session.upgraded_to is None:
            return 0
        successor = (await self.sessions.read(session.upgraded_to)).session
        if successor is None or successor.generation != 0 or successor.jkt != access.jkt:
            return 0
        return await self.revoker.end_session(successor.session_key, reason=_ELEMENT)


def _scope(found: StoreReply[SessionStatus], session_id: str) -> EndScope:
    """Return which sessions a customer's logout ends, by the status of the caller's session."""
    match found.outcome:
        case SessionStatus.LIVE | SessionStatus.EXPIRED | SessionStatus.LINK_SESSION_ENDED:
            return "elements"
        case SessionStatus.MISSING:
            return "login"
        case SessionStatus.REVOKED | SessionStatus.UPGRADED:
            # Another call ended it, perhaps because its token was stolen: a thief ends no login.
            if found.session is None or found.session.ended_reason != _CUSTOMER:
                raise SessionRevoked("ended by another call")
            return "nothing"  # the revoker still publishes the ends that an earlier attempt did not
        case SessionStatus.PROOF_REPLAYED:
            raise proof_replayed(session_id)
        case _:
            assert_never(found.outcome)
