"""Signs access tokens (RFC 9068); `link_kernel.auth.access_token` verifies them."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from elements_bridge.keyring import SigningKey
from elements_bridge.tokens.es256 import Es256Signer
from link_kernel.auth.access_token import TOKEN_TYPE
from link_kernel.sessions.records import ElementsSession, Mode

_READ_ONLY_WALLETS: Final = "wallets:read"
_JTI_BYTES: Final = 16


def scope_of(session: ElementsSession) -> str:
    """Return the scopes of a session, space-separated (docs/protocol.md#scopes)."""
    if session.state == "guest":
        return "otp"
    if session.element == "address":
        return "profile addresses"
    if session.element == "payment":
        wallets = "wallets" if "otp" in session.identity.amr else _READ_ONLY_WALLETS
        return f"profile {wallets}"
    return "profile"


@dataclass(frozen=True, slots=True)
class SignedAccessToken:
    """A signed token and its lifetime in seconds."""

    text: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class AccessTokenSigner:
    """Signs access tokens of one issuer, audience and mode."""

    key: SigningKey
    issuer: str
    audience: str
    mode: Mode
    ttl_s: int
    _signer: Es256Signer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare the key and the header."""
        object.__setattr__(self, "_signer", Es256Signer(self.key, TOKEN_TYPE))

    def sign(self, session: ElementsSession, *, now_ms: int) -> SignedAccessToken:
        """Return a new token for an active session; `now_ms` is Redis's time of the decision."""
        issued_at = now_ms // 1000
        expires_at = min(issued_at + self.ttl_s, max(session.expires_at // 1000, issued_at + 1))
        identity = session.identity
        # A guest was never authenticated: `amr` is empty, `auth_time` is when the session began.
        auth_time_ms = identity.authenticated_at
        if auth_time_ms is None:
            auth_time_ms = session.created_at
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": session.session_key.partition,
            "client_id": session.business_id,
            "sid": session.id,
            "element": session.element,
            "parent_origin": session.parent_origin,
            "mode": self.mode,
            "scope": scope_of(session),
            "amr": list(identity.amr),
            "auth_time": auth_time_ms // 1000,
            "iat": issued_at,
            "exp": expires_at,
            "jti": secrets.token_urlsafe(_JTI_BYTES),
        }
        if identity.link_session_id is not None:
            claims["lsid"] = identity.link_session_id
        if identity.account_id is not None:
            claims["account_id"] = identity.account_id
        if session.jkt is not None:
            claims["cnf"] = {"jkt": session.jkt}
        return SignedAccessToken(self._signer.sign(claims), expires_at - issued_at)
