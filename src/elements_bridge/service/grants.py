"""A grant: what a frame holds of a session. Signed after the decision, from what was decided."""

from dataclasses import dataclass, field

from elements_bridge.tokens.access import AccessTokenSigner
from elements_bridge.tokens.refresh import RefreshTokens
from link_kernel.sessions.outcomes import Lifetimes, StoreReply, V
from link_kernel.sessions.records import ElementsSession, Identity


@dataclass(frozen=True, slots=True)
class SessionLifetimes:
    """Lives of guests and of customers, in seconds."""

    guest_idle_s: int
    idle_s: int
    absolute_s: int

    def of(self, identity: Identity) -> Lifetimes:
        """Return the lives of a session that speaks for `identity`."""
        idle_s = self.guest_idle_s if identity.customer_id is None else self.idle_s
        return Lifetimes(idle_ms=idle_s * 1000, absolute_ms=self.absolute_s * 1000)


@dataclass(frozen=True, slots=True)
class Grant:
    """A session's tokens; lives in whole seconds."""

    access_token: str = field(repr=False)
    expires_in_s: int
    refresh_token: str = field(repr=False)
    refresh_expires_in_s: int
    session: ElementsSession


@dataclass(frozen=True, slots=True)
class GrantWriter:
    """Writes both tokens of a session."""

    access_tokens: AccessTokenSigner
    refresh_tokens: RefreshTokens

    def write(self, found: StoreReply[V]) -> Grant:
        """Return the grant of a session that the store has just allowed."""
        session = found.session
        if session is None:  # the store sends the session with every verdict that grants one
            raise TypeError(f"{found.outcome} came without its session")
        access = self.access_tokens.sign(session, now_ms=found.now)
        return Grant(
            access_token=access.text,
            expires_in_s=access.expires_in_s,
            refresh_token=self.refresh_tokens.write(session),
            refresh_expires_in_s=max((session.idle_expires_at - found.now) // 1000, 0),
            session=session,
        )
