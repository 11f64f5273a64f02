"""Revocation: end the session in Redis, then publish it; a repeated call publishes again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from link_kernel.errors import SessionRevoked
from link_kernel.ids import is_id
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.outcomes import EndScope
from link_kernel.sessions.records import ElementsSession, LinkSession, SessionKey
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from link_kernel.sessions.store import SessionStore

_REVOKED: Final = "revoked"


@dataclass(frozen=True, slots=True)
class SessionRevoker:
    """Ends sessions on every process; repeat a call that raised `StoreUnavailable`."""

    sessions: SessionStore
    publisher: RevocationPublisher
    feed: RevocationFeed
    security_log: SecurityLog

    async def revoke_session(self, session_id: str) -> int:
        """End the elements session of this id; return how many ended by this call.

        A session whose partition is not recorded is published all the same: every bridge then
        refuses its refresh for one idle lifetime, and so ends it.
        """
        if not is_id(session_id, "els"):
            return 0
        partition = (
            await self.sessions.find_partition(session_id) or session_id
        )  # a guest session is its own partition
        return await self.end_session(SessionKey(session_id, partition), reason=_REVOKED)

    async def revoke_link_session(self, link_session_id: str) -> int:
        """End the link session of this id; return how many ended by this call, 0 or 1.

        Its elements sessions end at their next call; verifiers recognise them by the `lsid` claim.
        """
        if not is_id(link_session_id, "lses"):
            return 0
        customer_id = await self.sessions.find_partition(link_session_id)
        if customer_id is None:
            await self._publish([link_session_id])
            return 0
        return await self.end_link_session(customer_id, link_session_id)

    async def revoke_customer(self, customer_id: str) -> int:
        """End all sessions and logins of a customer; return how many ended by this call."""
        if not is_id(customer_id, "cus"):
            return 0
        return await self.end_customer(customer_id, "all", reason=_REVOKED)

    async def end_session(self, session_key: SessionKey, *, reason: str) -> int:
        """End one elements session; return 1, or 0 where it had ended before."""
        ended = await self.sessions.end(session_key, reason=reason)
        await self._publish_unless_seen(session_key.session_id, ended)
        return ended

    async def end_link_session(self, customer_id: str, link_session_id: str) -> int:
        """End one link session; return 1, or 0 where it had ended before."""
        ended = await self.sessions.end_link_session(customer_id, link_session_id)
        await self._publish_unless_seen(link_session_id, ended)
        return ended

    async def end_customer(
        self, customer_id: str, what: EndScope, *, reason: str, link_session_id: str = ""
    ) -> int:
        """End sessions of a customer; return how many ended by this call.

        An ended session stays in the customer's index until it is published, so a repeat after a
        crash in between publishes it; `what="nothing"` does that alone.
        """
        ended = await self.sessions.end_customer_sessions(
            customer_id, what, reason=reason, link_session_id=link_session_id
        )
        await self._publish(ended.ids)
        await self.sessions.forget_ended(customer_id, ended.ids)
        return ended.count

    async def _publish(self, ids: Collection[str]) -> None:
        """Publish ids as revoked; this process knows them at once, and after a failover too."""
        await self.publisher.publish(ids)
        self.feed.note(ids)

    async def _publish_unless_seen(self, name: str, ended: int) -> None:
        """Publish an id that ended in this call, or earlier and is not in the feed yet.

        So a client that repeats a logout or a reused token again and again adds nothing to the
        stream.
        """
        if ended or not self.feed.is_revoked(name, None):
            await self._publish([name])

    async def publish_ended(self, session_id: str) -> None:
        """Publish a session that a script has ended, in this call or an earlier try."""
        await self._publish_unless_seen(session_id, ended=0)

    async def publish_evicted(self, created: ElementsSession | None) -> None:
        """Publish the session that was evicted for a new one, if any."""
        if created is not None and created.evicted:
            await self._publish([created.evicted])

    async def reject_revoked(self, session_key: SessionKey, link_session_id: str | None) -> None:
        """Raise `SessionRevoked` for a session that the feed knows as revoked, whatever Redis says.

        Redis may have lost the revocation (failover, restored backup): then it is written again.
        """
        session_id = session_key.session_id
        if not self.feed.is_revoked(session_id, link_session_id):
            return
        ended = await self.sessions.end(session_key, reason=_REVOKED)
        again = [session_id]
        customer_id = session_key.customer_id
        if customer_id and link_session_id and self.feed.is_revoked(link_session_id, None):
            ended += await self.sessions.end_link_session(customer_id, link_session_id)
            again.append(link_session_id)
        if ended or not all(map(self.feed.is_published, again)):
            await self._publish(again)
        if ended:
            self.security_log.report(SecurityEvent.REVOCATION_UNDONE, session_id=session_id)
        raise SessionRevoked(f"seen as revoked {session_id}")

    async def find_login(self, unverified_link_token: str) -> LinkSession | None:
        """Return the live login of a `lnk_`; `None` if it has ended, whatever Redis says."""
        login = await self.sessions.find_link_session(unverified_link_token)
        if login is None or await self.is_revoked_login(SessionKey(login.id, login.customer_id)):
            return None
        return login

    async def is_revoked_login(self, session_key: SessionKey) -> bool:
        """Tell whether the feed knows a login as revoked; where Redis has lost it, end it again."""
        link_session_id = session_key.session_id
        if not self.feed.is_revoked(link_session_id, None):
            return False
        ended = await self.sessions.end_link_session(session_key.partition, link_session_id)
        if ended or not self.feed.is_published(link_session_id):
            await self._publish([link_session_id])
        if ended:
            self.security_log.report(
                SecurityEvent.REVOCATION_UNDONE, link_session_id=link_session_id
            )
        return True
