"""The two tokens of a link session, computed and stored nowhere (docs/protocol.md#login)."""

from dataclasses import dataclass
from typing import Final

from link_api.auth.records import OpenLinkSession
from link_kernel.auth.refresh_token import RefreshTokenCodec, VerifiedRefreshToken
from link_kernel.ids import id_from_mac, to_base64url
from link_kernel.keys.secret_ring import SecretRing

_LINK_LABEL: Final = "lnk/1"
_SESSION_LABEL: Final = "lses/1"
_REFRESH_FIELDS: Final = 2


@dataclass(frozen=True, slots=True)
class VerifiedLinkRefresh:
    """What a genuine `rfr_` says."""

    link_session_id: str
    customer_id: str
    generation: int
    secret_version: int


class LinkTokens:
    """Writes `lnk_` and `rfr_`; a generation has one of each, however often it is asked for."""

    def __init__(self, secrets: SecretRing) -> None:
        """Take the secrets; a session keeps the version it was born with."""
        self._secrets = secrets
        self._refresh = RefreshTokenCodec("rfr", _REFRESH_FIELDS, secrets)

    @property
    def active_version(self) -> int:
        """The secret version that new sessions are born with."""
        return self._secrets.active

    def session_id(self, secret_version: int, code_id: str, key_hash: str) -> str:
        """Return the id of the session that this code, spent with this key, stands for.

        Under the secret the code was made under: a repeat finds it whichever is active by then.
        """
        mac = self._secrets.mac(secret_version, _SESSION_LABEL, code_id, key_hash)
        return id_from_mac("lses", mac)

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
        """Return what an `rfr_` says; raises `RefreshTokenInvalid` unless its MAC is genuine."""
        said: VerifiedRefreshToken = self._refresh.read(unverified_token)
        link_session_id, customer_id = said.fields
        return VerifiedLinkRefresh(
            link_session_id, customer_id, said.generation, said.secret_version
        )
