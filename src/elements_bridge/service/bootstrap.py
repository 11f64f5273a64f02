"""Bootstrap: check the merchant page's origin and issue a token for one frame on it.

The request comes from the merchant page itself: the allow-list is checked against its `Origin`.
"""

from dataclasses import dataclass

from elements_bridge.businesses.directory import BusinessLookup, require_known
from elements_bridge.businesses.rejected_origins import RejectedOriginCounter
from elements_bridge.service.limits import CallLimits
from elements_bridge.tokens.bootstrap import BOOTSTRAP_TTL_S, BootstrapClaims, BootstrapTokens
from link_kernel.auth.authenticator import ProvedAccess
from link_kernel.auth.session_check import require_live
from link_kernel.clock import Clock
from link_kernel.errors import (
    InsufficientScope,
    OriginNotAllowed,
    Unauthenticated,
    ValidationFailed,
)
from link_kernel.ids import new_id
from link_kernel.limits.networks import Address
from link_kernel.origin import Origin
from link_kernel.sessions.records import Element, Identity
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore


@dataclass(frozen=True, slots=True)
class NewFrame:
    """The frame that a bootstrap token is for; `code_challenge` (RFC 7636) binds its document."""

    business_id: str
    element: Element
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Issues bootstrap tokens."""

    sessions: SessionStore
    tokens: BootstrapTokens
    limits: CallLimits
    clock: Clock
    rejected: RejectedOriginCounter
    revoker: SessionRevoker

    async def issue(
        self,
        frame: NewFrame,
        business: BusinessLookup,
        *,
        origin: Origin,
        address: Address | None,
        unverified_link_token: str | None,
    ) -> str:
        """Return a bootstrap token for one frame of `origin`; `business` is the frame's.

        Without a link token it is a guest's token. Raises `UnknownBusiness`, `BusinessDisabled`,
        `OriginNotAllowed`, and `Unauthenticated` for a link token that is unknown or has ended.
        """
        try:
            require_known(business).admit(origin)
        except OriginNotAllowed:
            self.rejected.note(frame.business_id, origin)
            raise
        if unverified_link_token is None:
            # Counted after the origin check: an unlisted page cannot use up a shop's guest limit.
            self.limits.count_guest(address, frame.business_id)
            return self._seal(frame, origin, Identity())
        identity = await self._identify(unverified_link_token)
        return self._seal(frame, origin, identity)

    async def issue_to_sibling(
        self, frame: NewFrame, business: BusinessLookup, proved: ProvedAccess
    ) -> str:
        """Return a bootstrap token by which a signed-in frame signs in a sibling frame on its page.

        The token holds the same customer, login, `amr` and time. Raises `ValidationFailed` for
        another business, `InsufficientScope` for a guest, `SessionExpired`, `SessionRevoked`,
        `InvalidDpopProof`, and the refusals of the allow-list.
        """
        access = proved.access
        if frame.business_id != access.business_id:
            raise ValidationFailed("sibling", details={"fields": ["business_id"]})
        parent_origin = Origin.parse_header(access.parent_origin)
        known = require_known(business)
        known.admit(parent_origin)
        known.require_proof(access.jkt)
        found = await self.sessions.read(access.session_key, proof=proved.proof_use)
        require_live(found.outcome, access.session_id)
        await self.revoker.reject_revoked(access.session_key, access.link_session_id)
        if found.session is None or found.session.state == "guest":
            raise InsufficientScope(access.session_id, details={"missing": "sign_in"})
        return self._seal(frame, parent_origin, found.session.identity, access.session_id)

    def _seal(
        self,
        frame: NewFrame,
        parent_origin: Origin,
        identity: Identity,
        parent_session_id: str | None = None,
    ) -> str:
        return self.tokens.seal(
            BootstrapClaims(
                session_id=new_id("els"),
                business_id=frame.business_id,
                element=frame.element,
                parent_origin=parent_origin.text,
                code_challenge=frame.code_challenge,
                identity=identity,
                parent_session_id=parent_session_id,
                expires_at=self.clock.now_ms() + BOOTSTRAP_TTL_S * 1000,
            )
        )

    async def _identify(self, unverified_link_token: str) -> Identity:
        if not unverified_link_token.startswith("lnk_"):
            raise Unauthenticated("not a link token")
        link = await self.revoker.find_login(unverified_link_token)
        if link is None:
            raise Unauthenticated("unknown or ended link token")
        return Identity(
            customer_id=link.customer_id,
            account_id=link.account_id,
            link_session_id=link.id,
            amr=("bootstrap",),
            authenticated_at=link.created_at,
        )
