"""Rules of listing and ending one customer's sessions (docs/protocol.md#link-api).

An end is first written to the customer's partition in Redis, then published; see `SessionRevoker`.
"""

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from link_kernel.errors import ApiError, NotFound
from link_kernel.ids import is_id
from link_kernel.sessions.outcomes import SessionStatus
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore

_REVOKED: Final = "revoked"
MOST_SHOWN: Final = 50
"""Maximum number of logins shown, and of elements sessions."""


@dataclass(frozen=True, slots=True)
class SessionUse:
    """A place where a login was refreshed, and its newest refresh there, in epoch ms."""

    last_used_at: int
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A live session; instants are epoch ms.

    A `link` session (a login) has the client of the login, and in `used_from` the places of its
    refreshes, the newest first; an `element` its kind and business.
    """

    kind: Literal["link", "element"]
    id: str
    created_at: int
    last_used_at: int
    expires_at: int
    user_agent: str | None
    ip: str | None
    origin: str | None
    element: str | None
    business_id: str | None
    used_from: tuple[SessionUse, ...]


class Stored(Protocol):
    """A customer's sessions in Redis; see `link_api.sessions.storage`."""

    async def live(self, customer_id: str, *, most: int) -> list[Session]:
        """Return so many live ones of a kind, the newest first; raises `StoreUnavailable`."""
        ...

    async def find_login(self, customer_id: str, link_session_id: str) -> "LoginState | None":
        """Return the state of a customer's login; raises `StoreUnavailable`."""
        ...


LoginState = Literal["live", "ended"]


@dataclass(frozen=True, slots=True)
class CustomerSessions:
    """Lists and ends one customer's sessions. All methods raise `StoreUnavailable`.

    `refusal` is given for a caller whose own session has ended, perhaps by an earlier attempt of
    the same call: the caller may complete that attempt, and any other end raises the refusal.
    """

    stored: Stored
    elements: SessionStore
    revoker: SessionRevoker

    async def live(self, customer_id: str, *, most: int = MOST_SHOWN) -> list[Session]:
        """Return the live sessions, the newest first, so many of each kind."""
        return await self.stored.live(customer_id, most=most)

    async def end_all(self, customer_id: str, refusal: ApiError | None = None) -> int:
        """End every session and login; return how many ended by this call."""
        if refusal is None:
            return await self.revoker.revoke_customer(customer_id)
        await self.revoker.end_customer(customer_id, "nothing", reason=_REVOKED)
        if await self.live(customer_id):
            raise refusal
        return 0

    async def end(self, customer_id: str, session_id: str, refusal: ApiError | None = None) -> int:
        """End one session, a login with all that hangs on it; return how many ended by this call.

        A session that ended within the last 15 minutes counts 0. Raises `NotFound` for any other
        id: only the customer's own partition is searched.
        """
        if is_id(session_id, "lses"):
            return await self._end_login(customer_id, session_id, refusal)
        if is_id(session_id, "els"):
            return await self._end_element(SessionKey(session_id, customer_id), refusal)
        raise refusal or NotFound("kind of session")

    async def _end_login(
        self, customer_id: str, link_session_id: str, refusal: ApiError | None
    ) -> int:
        """End the login, then its elements: a caller on that login may still complete the rest."""
        state = await self.stored.find_login(customer_id, link_session_id)
        if refusal is not None and state != "ended":
            raise refusal
        if state is None:
            raise NotFound("link session")
        ended = await self.revoker.end_link_session(customer_id, link_session_id)
        return ended + await self.revoker.end_customer(
            customer_id, "login", reason=_REVOKED, link_session_id=link_session_id
        )

    async def _end_element(self, session_key: SessionKey, refusal: ApiError | None) -> int:
        status = (await self.elements.read(session_key)).outcome
        is_over = status not in {SessionStatus.LIVE, SessionStatus.MISSING}
        if refusal is not None and not is_over:
            raise refusal
        if status is SessionStatus.MISSING:
            raise NotFound("elements session")
        if is_over:
            await self.revoker.publish_ended(session_key.session_id)
            return 0
        return await self.revoker.end_session(session_key, reason=_REVOKED)
