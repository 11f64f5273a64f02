"""Refresh tokens `elr_…` of elements sessions (docs/protocol.md#refresh-token)."""

from dataclasses import dataclass

from link_kernel.auth.refresh_token import RefreshTokenCodec
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.sessions.records import ElementsSession, SessionKey

_FIELD_COUNT = 4


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """The claims of a genuine refresh token."""

    secret_version: int
    session_key: SessionKey
    business_id: str
    parent_origin: str
    generation: int


class RefreshTokens:
    """Encodes and verifies `elr_…` tokens."""

    def __init__(self, secrets: SecretRing) -> None:
        """Take the keyring's secrets."""
        self._codec = RefreshTokenCodec("elr", _FIELD_COUNT, secrets)

    def write(self, session: ElementsSession) -> str:
        """Return the token of the session's current generation."""
        at = session.session_key
        fields = (at.session_id, at.partition, session.business_id, session.parent_origin)
        return self._codec.write(session.secret_version, fields, session.generation)

    def read(self, unverified_token: str) -> RefreshClaims:
        """Return the claims of a genuine token; raises `RefreshTokenInvalid`."""
        verified = self._codec.read(unverified_token)
        session_id, partition, business_id, parent_origin = verified.fields
        return RefreshClaims(
            secret_version=verified.secret_version,
            session_key=SessionKey(session_id, partition),
            business_id=business_id,
            parent_origin=parent_origin,
            generation=verified.generation,
        )
