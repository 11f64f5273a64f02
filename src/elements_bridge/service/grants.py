"""A grant: the access and the refresh token of a session.

The access token is signed after the store's decision, from the session that the script returned.
"""

from dataclasses import dataclass, field

from elements_bridge.tokens.access import AccessTokenSigner
from elements_bridge.tokens.refresh import RefreshTokens
from link_kernel.sessions.outcomes import Lifetimes, StoreReply, V
from link_kernel.sessions.records import ElementsSession, Identity


@dataclass(frozen=True, slots=True)
class SessionLifetimes:
    """Lifetimes of guest and of customer sessions, in seconds."""

    guest_idle_s: int
    idle_s: int
    absolute_s: int

    def of(self, identity: Identity) -> Lifetimes:
        """Return the lifetimes of a session with this identity."""
        idle_s = self.guest_idle_s if identity.customer_id is None else self.idle_s
        return Lifetimes(idle_ms=idle_s * 1000, absolute_ms=self.absolute_s * 1000)


@dataclass(frozen=True, slots=True)
class Grant:
    """A session's tokens; lifetimes in whole seconds."""

    access_token: str = field(repr=False)
    expires_in_s: int
    refresh_token: str = field(repr=False)
    refresh_expires_in_s: int
    session: ElementsSession


@dataclass(frozen=True, slots=True)
class GrantWriter:
    """Issues both tokens of a session."""

    access_tokens: AccessTokenSigner
    refresh_tokens: RefreshTokens

    def write(self, found: StoreReply[V]) -> Grant:
        """Return the grant of the session in a reply of the store that allows one."""
        session = found.session
        if session is None:  # the store sends the session with every outcome that allows a grant
            raise TypeError(f"{found.outcome} came without its session")
        access = self.access_tokens.sign(session, now_ms=found.now)
        return Grant(
            access_token=access.text,
            expires_in_s=access.expires_in_s,
            refresh_token=self.refresh_tokens.write(session),
            refresh_expires_in_s=max((session.idle_expires_at - found.now) // 1000, 0),
            session=session,
        )
