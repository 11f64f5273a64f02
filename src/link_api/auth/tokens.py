"""The tokens of a link session, MACs of its fields, and the secrets of its confirmations.

None of them is stored (docs/protocol.md#login).
"""

from dataclasses import dataclass
from typing import Final

from link_api.auth.records import CodeUse, OpenLinkSession
from link_kernel.auth.refresh_token import RefreshTokenCodec, VerifiedRefreshToken
from link_kernel.ids import id_from_mac, to_base64url
from link_kernel.keys.secret_ring import SecretRing

_LINK_LABEL: Final = "lnk/1"
_SESSION_LABEL: Final = "lses/1"
_CONFIRMATION_LABEL: Final = "link/confirmation/1"
_REFRESH_FIELDS: Final = 2


@dataclass(frozen=True, slots=True)
class VerifiedLinkRefresh:
    """The claims of a refresh token whose MAC is genuine."""

    link_session_id: str
    customer_id: str
    generation: int
    secret_version: int


class LinkTokens:
    """Computes `lnk_` and `rfr_`; a generation always gets the same two tokens."""

    def __init__(self, secrets: SecretRing) -> None:
        """Take the secrets; a session keeps the secret version of its creation."""
        self._secrets = secrets
        self._refresh = RefreshTokenCodec("rfr", _REFRESH_FIELDS, secrets)

    @property
    def active_version(self) -> int:
        """The secret version of new sessions."""
        return self._secrets.active

    def can_write_for(self, session: OpenLinkSession) -> bool:
        """Tell whether this process has the secret that the session was created with."""
        return self._secrets.has(session.secret_version)

    def session_id(self, secret_version: int, nonce: str, key_hash: str) -> str:
        """Return the id of the session created by the code of this nonce, spent with this key.

        It is a MAC under the secret of the code: a repeat finds it after a secret rotation too.
        """
        mac = self._secrets.mac(secret_version, _SESSION_LABEL, nonce, key_hash)
        return id_from_mac("lses", mac)

    def confirmation(self, secret_version: int, nonce: str, use: CodeUse) -> str:
        """Return the secret that whoever entered the code of this nonce has, and no other caller.

        It is a MAC under the secret of the code: a repeat finds it again, and it is stored nowhere.
        """
        mac = self._secrets.mac(
            secret_version, _CONFIRMATION_LABEL, nonce, use.purpose, use.session_id
        )
        return to_base64url(mac)

    def link_token(self, session: OpenLinkSession) -> str:
        """Return the bearer token of the session's generation."""
        mac = self._secrets.mac(
            session.secret_version, _LINK_LABEL, session.id, str(session.generation)
        )
        return f"lnk_{to_base64url(mac)}"

    def refresh_token(self, session: OpenLinkSession) -> str:
        """Return the refresh token of the session's generation."""
        return self._refresh.write(
            session.secret_version, (session.id, session.customer.id), session.generation
        )

    def read_refresh(self, unverified_token: str) -> VerifiedLinkRefresh:
        """Return the claims of an `rfr_`; raises `RefreshTokenInvalid` for a false MAC."""
        verified: VerifiedRefreshToken = self._refresh.read(unverified_token)
        link_session_id, customer_id = verified.fields
        return VerifiedLinkRefresh(
            link_session_id, customer_id, verified.generation, verified.secret_version
        )
