"""Sign-in inside the frame by one-time code (docs/protocol.md#verify-otp).

Every step of `verify_otp` is idempotent: a crash between two steps leaves the old session active,
never a session with two identities.
"""

import hmac
from dataclasses import dataclass

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import Directory
from elements_bridge.service.auth_service import (
    AuthService,
    Caller,
    CodeAsker,
    ContactClaim,
    SentCode,
)
from elements_bridge.service.grants import Grant, GrantWriter, SessionLifetimes
from link_kernel.auth.access_token import VerifiedAccessToken
from link_kernel.auth.authenticator import ProvedAccess
from link_kernel.auth.session_check import require_live
from link_kernel.contract.wire import Channel
from link_kernel.errors import SessionExpired, SessionRevoked, UpstreamUnavailable
from link_kernel.ids import id_from_mac, sha256_hex
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.origin import Origin
from link_kernel.sessions.outcomes import CreateOutcome, SessionStatus, UpgradeOutcome
from link_kernel.sessions.records import ElementsSession, Identity, LinkSession, NewElementsSession
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore

_REQUEST_LABEL = "els/verify-otp/1"
_SESSION_LABEL = "els/upgrade/1"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Forwards one-time codes to the auth service and upgrades sessions."""

    directory: Directory
    sessions: SessionStore
    auth_service: AuthService
    secrets: SecretRing
    grants: GrantWriter
    lifetimes: SessionLifetimes
    revoker: SessionRevoker

    async def request_otp(
        self,
        proved: ProvedAccess,
        claim: ContactClaim,
        *,
        channel: Channel | None,
        locale: str | None,
        caller: Caller,
    ) -> SentCode:
        """Have a code sent, good for every session of this business and parent origin.

        Raises the refusals of the allow-list, `SessionExpired`, `SessionRevoked`,
        `InvalidDpopProof` and what the auth service refuses.
        """
        access = proved.access
        business = await self._admit(access)
        found = await self.sessions.read(access.session_key, proof=proved.proof_use)
        require_live(found.outcome, access.session_id)
        return await self.auth_service.request_otp(
            claim,
            channel=channel,
            locale=locale,
            asker=_asker(access, business),
            caller=caller,
        )

    async def verify_otp(
        self,
        proved: ProvedAccess,
        claim: ContactClaim,
        otp_code: str,
        *,
        key: str,
        caller: Caller,
    ) -> Grant:
        """Return the grant of the authenticated session; repeatable with the same `key` and body.

        Raises the refusals of the allow-list, `SessionExpired`, `SessionRevoked`,
        `InvalidDpopProof` and what the auth service refuses.
        """
        access = proved.access
        business = await self._admit(access)
        found = await self.sessions.read(access.session_key, proof=proved.proof_use)
        session = _require_session(found.session)
        request_mac = self._mac(session, _REQUEST_LABEL, key, *claim.said, otp_code)
        if found.outcome is SessionStatus.UPGRADED:
            return await self._repeat(session, request_mac)
        require_live(found.outcome, session.id)
        link_token = await self.auth_service.verify_otp(
            claim, otp_code, asker=_asker(access, business), key=key, caller=caller
        )
        link = await self.revoker.find_login(link_token)
        if link is None:
            raise UpstreamUnavailable("the auth service's session is not in the shared store")
        return await self._upgrade(session, self._successor(session, link, key), key, request_mac)

    async def _admit(self, access: VerifiedAccessToken) -> Business:
        """Return the business; an origin no longer listed is rejected: a session would outlive it.

        Raises the refusals of the allow-list and `InvalidDpopProof`.
        """
        parent_origin = Origin.parse_header(access.parent_origin)
        business = await self.directory.admit(access.business_id, parent_origin)
        business.require_proof(access.jkt)
        return business

    async def _upgrade(
        self, old: ElementsSession, new: NewElementsSession, key: str, request_mac: str
    ) -> Grant:
        """Create the new session, close the old one, grant the new one; a logout in between wins.

        The end of the old session is published: its access token still works for a retry of this
        very request, and for nothing else.
        """
        created = await self.sessions.create(
            new,
            lifetimes=self.lifetimes.of(new.identity),
            key_hash=sha256_hex(key),
            may_create=True,
        )
        if created.outcome not in {CreateOutcome.CREATED, CreateOutcome.REPEATED}:
            raise SessionRevoked(f"{created.outcome} {new.id}")
        await self.revoker.publish_evicted(created.session)
        await self.revoker.reject_revoked(new.session_key, new.identity.link_session_id)
        upgrade = await self.sessions.upgrade(
            old.session_key, request_mac=request_mac, upgraded_to=new.session_key
        )
        if upgrade is not UpgradeOutcome.UPGRADED:
            await self.sessions.end(new.session_key, reason="upgrade_lost")
            raise SessionRevoked(f"{upgrade} {old.id}")
        await self.revoker.publish_ended(old.id)
        return self.grants.write(created)

    async def _repeat(self, old: ElementsSession, request_mac: str) -> Grant:
        """Return the upgrade's grant again for a retry, unless the new session was refreshed."""
        if old.upgraded_to is None or not hmac.compare_digest(old.upgrade_mac, request_mac):
            raise SessionRevoked(old.id)
        found = await self.sessions.read(old.upgraded_to)
        require_live(found.outcome, old.upgraded_to.session_id)
        new = _require_session(found.session)
        await self.revoker.reject_revoked(new.session_key, new.identity.link_session_id)
        if new.generation != 0:
            raise SessionRevoked(new.id)
        await self.revoker.publish_ended(old.id)  # the first attempt may have stopped before this
        await self.revoker.publish_evicted(new)
        return self.grants.write(found)

    def _successor(self, old: ElementsSession, link: LinkSession, key: str) -> NewElementsSession:
        mac = self.secrets.mac(old.secret_version, _SESSION_LABEL, old.id, key)
        return NewElementsSession(
            id=id_from_mac("els", mac),
            identity=Identity(
                customer_id=link.customer_id,
                account_id=link.account_id,
                link_session_id=link.id,
                amr=("otp",),
                authenticated_at=link.created_at,
            ),
            business_id=old.business_id,
            element=old.element,
            parent_origin=old.parent_origin,
            secret_version=self.secrets.active,
            jkt=old.jkt,
        )

    def _mac(self, session: ElementsSession, label: str, *parts: str) -> str:
        """Return a MAC under the secret that the session was created with."""
        if not self.secrets.has(session.secret_version):
            raise SessionRevoked(f"secret version {session.secret_version} was removed")
        return self.secrets.mac(session.secret_version, label, *parts).hex()


def _asker(access: VerifiedAccessToken, business: Business) -> CodeAsker:
    return CodeAsker(access.session_id, business.id, business.name, access.parent_origin)


def _require_session(session: ElementsSession | None) -> ElementsSession:
    """Return the session; raises `SessionExpired` if the store no longer has it."""
    if session is None:
        raise SessionExpired("missing")
    return session
