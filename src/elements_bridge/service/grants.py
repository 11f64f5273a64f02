"""A grant: what a frame holds of a session. Signed after the decision, from what was decided."""

from dataclasses import dataclass, field

from elements_bridge.tokens.access import AccessTokenSigner
from elements_bridge.tokens.refresh import RefreshTokens
from link_kernel.errors import ApiError, InvalidDpopProof, SessionExpired, SessionRevoked
from link_kernel.security_events import SecurityEvent
from link_kernel.session_record import ElementsSession
from link_kernel.session_verdicts import Found, Standing, V


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

    def write(self, found: Found[V]) -> Grant:
        """Return the grant of a session that the store has just allowed."""
        session = found.session
        if session is None:  # the store sends the session with every verdict that grants one
            raise TypeError(f"{found.verdict} came without its session")
        access = self.access_tokens.sign(session, now_ms=found.now)
        return Grant(
            access_token=access.text,
            expires_in_s=access.expires_in_s,
            refresh_token=self.refresh_tokens.write(session),
            refresh_expires_in_s=max((session.idle_expires_at - found.now) // 1000, 0),
            session=session,
        )


_ENDED: dict[Standing, type[ApiError]] = {
    Standing.MISSING: SessionExpired,
    Standing.EXPIRED: SessionExpired,
    Standing.REVOKED: SessionRevoked,
    Standing.UPGRADED: SessionRevoked,
    Standing.LINK_SESSION_ENDED: SessionRevoked,
}


def proof_replayed(session_id: str) -> InvalidDpopProof:
    """Return the refusal of a proof that served another request before."""
    return InvalidDpopProof(session_id, event=SecurityEvent.DPOP_PROOF_REPLAYED)


def require_live(standing: Standing, session_id: str) -> None:
    """Return for a live session; raise `SessionExpired` or `SessionRevoked` for any other.

    Raises `InvalidDpopProof` where the call's proof served another one.
    """
    if standing is Standing.PROOF_REPLAYED:
        raise proof_replayed(session_id)
    if standing is not Standing.LIVE:
        raise _ENDED[standing](f"{standing} {session_id}")
