"""Revocation: write the slot, then announce; every call may be repeated and announces again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from link_kernel.errors import SessionRevoked
from link_kernel.ids import is_id
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.outcomes import EndedSessions, EndScope
from link_kernel.sessions.records import ElementsSession, SessionAddress

_REVOKED: Final = "revoked"


class Sessions(Protocol):
    """The shared session store, as far as it ends sessions; see `link_kernel.sessions.store`."""

    async def find_slot(self, session_id: str) -> str | None:
        """Return the slot that was noted for a session or link session."""
        ...

    async def end(self, address: SessionAddress, *, reason: str) -> int:
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


class RevocationLog(Protocol):
    """Tells every process; see `link_kernel.sessions.revocation_publisher`."""

    async def announce(self, ids: Collection[str]) -> None:
        """Announce sessions and link sessions as revoked; raises `StoreUnavailable`."""
        ...


class SeenRevocations(Protocol):
    """What this process has heard; see `link_kernel.sessions.revocation_feed`."""

    def is_revoked(self, session_id: str, link_session_id: str | None) -> bool:
        """Tell whether the session, or the link session it hangs on, was revoked."""
        ...


@dataclass(frozen=True, slots=True)
class Revocation:
    """Ends sessions everywhere; a call that raised `StoreUnavailable` is to be repeated."""

    sessions: Sessions
    log: RevocationLog
    seen: SeenRevocations
    security_log: SecurityLog

    async def of_session(self, session_id: str) -> int:
        """End the elements session of this id; return how many ended by this call.

        One whose slot nobody noted is announced all the same: every bridge refuses its refresh for
        one idle life, and so ends it.
        """
        if not is_id(session_id, "els"):
            return 0
        slot = await self.sessions.find_slot(session_id) or session_id  # a guest's own
        return await self.end_session(SessionAddress(session_id, slot), reason=_REVOKED)

    async def of_link_session(self, link_session_id: str) -> int:
        """End the link session of this id; return how many ended by this call, 0 or 1.

        The elements sessions that hang on it end at their next call; verifiers know them by `lsid`.
        """
        if not is_id(link_session_id, "lses"):
            return 0
        customer_id = await self.sessions.find_slot(link_session_id)
        if customer_id is None:
            await self.log.announce([link_session_id])
            return 0
        return await self.end_link_session(customer_id, link_session_id)

    async def of_customer(self, customer_id: str) -> int:
        """End all sessions and logins of a customer; return how many ended by this call."""
        if not is_id(customer_id, "cus"):
            return 0
        return await self.end_customer(customer_id, "all", reason=_REVOKED)

    async def end_session(self, address: SessionAddress, *, reason: str) -> int:
        """End one elements session; return 1, or 0 where it had ended before."""
        ended = await self.sessions.end(address, reason=reason)
        await self._announce_unless_heard(address.session_id, ended)
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
        await self.log.announce(ended.ids)
        await self.sessions.forget_ended(customer_id, ended.ids)
        return ended.count

    async def _announce_unless_heard(self, name: str, ended: int) -> None:
        """Announce what ended now, or before without our having heard of it from the stream.

        Whoever repeats a logout or a reuse without end adds nothing to the stream.
        """
        if ended or not self.seen.is_revoked(name, None):
            await self.log.announce([name])

    async def announce_ended(self, session_id: str) -> None:
        """Announce a session that a script has ended, now or at an earlier try."""
        await self._announce_unless_heard(session_id, ended=0)

    async def announce_crowded_out(self, created: ElementsSession | None) -> None:
        """Announce the session that made room for a new one, if one did."""
        if created is not None and created.crowded_out:
            await self.log.announce([created.crowded_out])

    async def refuse_seen(self, address: SessionAddress, link_session_id: str | None) -> None:
        """Raise `SessionRevoked` for a session that was seen as revoked, whatever Redis says.

        Redis may have lost the revocation (a failover, a backup): then it is written again.
        """
        session_id = address.session_id
        if not self.seen.is_revoked(session_id, link_session_id):
            return
        ended = await self.sessions.end(address, reason=_REVOKED)
        again = [session_id]
        customer_id = address.customer_id
        if customer_id and link_session_id and self.seen.is_revoked(link_session_id, None):
            ended += await self.sessions.end_link_session(customer_id, link_session_id)
            again.append(link_session_id)
        if ended:
            await self.log.announce(again)
            self.security_log.report(SecurityEvent.REVOCATION_UNDONE, session_id=session_id)
        raise SessionRevoked(f"seen as revoked {session_id}")
