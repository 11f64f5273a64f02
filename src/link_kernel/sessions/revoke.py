"""Revocation: write the slot, then announce; every call may be repeated and announces again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from link_kernel.errors import SessionRevoked
from link_kernel.ids import is_id
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.outcomes import EndedSessions, EndScope
from link_kernel.sessions.records import ElementsSession, SessionKey

_REVOKED: Final = "revoked"


class Sessions(Protocol):
    """The shared session store, as far as it ends sessions; see `link_kernel.sessions.store`."""

    async def find_partition(self, session_id: str) -> str | None:
        """Return the slot that was noted for a session or link session."""
        ...

    async def end(self, session_key: SessionKey, *, reason: str) -> int:
        """End one elements session."""
        ...

    async def end_link_session(self, customer_id: str, link_session_id: str) -> int:
        """End a link session."""
        ...

    async def end_customer_sessions(
        self, customer_id: str, what: EndScope, *, reason: str, link_session_id: str = ""
    ) -> EndedSessions:
        """End sessions of a customer and name what is to be announced."""
        ...

    async def forget_ended(self, customer_id: str, ids: Collection[str]) -> None:
        """Take announced sessions out of the customer's index."""
        ...


class RevocationPublisher(Protocol):
    """Tells every process; see `link_kernel.sessions.revocation_publisher`."""

    async def publish(self, ids: Collection[str]) -> None:
        """Announce sessions and link sessions as revoked; raises `StoreUnavailable`."""
        ...


class SeenRevocations(Protocol):
    """What this process has heard; see `link_kernel.sessions.revocation_feed`."""

    def is_revoked(self, session_id: str, link_session_id: str | None) -> bool:
        """Tell whether the session, or the link session it hangs on, was revoked."""
        ...


@dataclass(frozen=True, slots=True)
class SessionRevoker:
    """Ends sessions everywhere; a call that raised `StoreUnavailable` is to be repeated."""

    sessions: Sessions
    log: RevocationPublisher
    seen: SeenRevocations
    security_log: SecurityLog

    async def revoke_session(self, session_id: str) -> int:
        """End the elements session of this id; return how many ended by this call.

        One whose slot nobody noted is announced all the same: every bridge refuses its refresh for
        one idle life, and so ends it.
        """
        if not is_id(session_id, "els"):
            return 0
        partition = await self.sessions.find_partition(session_id) or session_id  # a guest's own
        return await self.end_session(SessionKey(session_id, partition), reason=_REVOKED)

    async def revoke_link_session(self, link_session_id: str) -> int:
        """End the link session of this id; return how many ended by this call, 0 or 1.

        The elements sessions that hang on it end at their next call; verifiers know them by `lsid`.
        """
        if not is_id(link_session_id, "lses"):
            return 0
        customer_id = await self.sessions.find_partition(link_session_id)
        if customer_id is None:
            await self.log.publish([link_session_id])
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
        await self._announce_unless_heard(session_key.session_id, ended)
        return ended

    async def end_link_session(self, customer_id: str, link_session_id: str) -> int:
        """End one link session; return 1, or 0 where it had ended before."""
        ended = await self.sessions.end_link_session(customer_id, link_session_id)
        await self._announce_unless_heard(link_session_id, ended)
        return ended

    async def end_customer(
        self, customer_id: str, what: EndScope, *, reason: str, link_session_id: str = ""
    ) -> int:
        """End sessions of a customer; return how many ended by this call.

        What a call ended stays in the customer's index until it is announced, so that the repeat of
        a call that stopped in between announces it: with `nothing` to end, just that.
        """
        ended = await self.sessions.end_customer_sessions(
            customer_id, what, reason=reason, link_session_id=link_session_id
        )
        await self.log.publish(ended.ids)
        await self.sessions.forget_ended(customer_id, ended.ids)
        return ended.count

    async def _announce_unless_heard(self, name: str, ended: int) -> None:
        """Announce what ended now, or before without our having heard of it from the stream.

        Whoever repeats a logout or a reuse without end adds nothing to the stream.
        """
        if ended or not self.seen.is_revoked(name, None):
            await self.log.publish([name])

    async def publish_ended(self, session_id: str) -> None:
        """Announce a session that a script has ended, now or at an earlier try."""
        await self._announce_unless_heard(session_id, ended=0)

    async def publish_evicted(self, created: ElementsSession | None) -> None:
        """Announce the session that made room for a new one, if one did."""
        if created is not None and created.evicted:
            await self.log.publish([created.evicted])

    async def reject_revoked(self, session_key: SessionKey, link_session_id: str | None) -> None:
        """Raise `SessionRevoked` for a session that was seen as revoked, whatever Redis says.

        Redis may have lost the revocation (a failover, a backup): then it is written again.
        """
        session_id = session_key.session_id
        if not self.seen.is_revoked(session_id, link_session_id):
            return
        ended = await self.sessions.end(session_key, reason=_REVOKED)
        again = [session_id]
        customer_id = session_key.customer_id
        if customer_id and link_session_id and self.seen.is_revoked(link_session_id, None):
            ended += await self.sessions.end_link_session(customer_id, link_session_id)
            again.append(link_session_id)
        if ended:
            await self.log.publish(again)
            self.security_log.report(SecurityEvent.REVOCATION_UNDONE, session_id=session_id)
        raise SessionRevoked(f"seen as revoked {session_id}")
