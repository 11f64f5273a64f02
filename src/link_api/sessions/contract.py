"""Wire models of `/v1/link/sessions` (docs/protocol.md#link-api)."""

from typing import Literal, Self

from link_api.contract.models import LinkWire, fields_of
from link_api.sessions.service import Session, SessionUse
from link_kernel.contract.wire import Instant, rfc3339


class LinkSessionUse(LinkWire):
    """A place where a login was refreshed; `ip` is cut to /24 or /48."""

    last_used_at: Instant
    ip: str | None
    user_agent: str | None

    @classmethod
    def of(cls, use: SessionUse) -> Self:
        """Return the wire model of a place."""
        shown = {**fields_of(use), "last_used_at": rfc3339(use.last_used_at)}
        return cls.model_validate(shown)


class LinkSession(LinkWire):
    """A live session; instants are RFC 3339 in UTC.

    `last_used_at` is the login or the newest refresh; `ip` is cut to /24 or /48. `used_from` says
    where a login was refreshed, the newest place first; empty for an `element`.
    """

    id: str
    kind: Literal["link", "element"]
    is_current: bool
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    user_agent: str | None
    ip: str | None
    origin: str | None
    element: str | None
    business_id: str | None
    used_from: list[LinkSessionUse]

    @classmethod
    def of(cls, session: Session, *, current: str | None) -> Self:
        """Return the wire model of a session; `current` is the caller's own."""
        return cls.model_validate(
            {
                **fields_of(session),
                "used_from": [LinkSessionUse.of(use) for use in session.used_from],
                "is_current": session.id == current,
                "created_at": rfc3339(session.created_at),
                "last_used_at": rfc3339(session.last_used_at),
                "expires_at": rfc3339(session.expires_at),
            }
        )


class RevokedSessions(LinkWire):
    """`data` of `DELETE sessions/:id`: how many sessions ended by this call."""

    revoked: int


class AllSessionsRevoked(LinkWire):
    """Flat answer of `DELETE sessions`."""

    success: Literal[True] = True
    revoked: int
