"""Signing access tokens (RFC 9068); `link_kernel.auth.access_token` reads them."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import jwt

from elements_bridge.keyring import SigningKey
from link_kernel.auth.access_token import ALGORITHM, TOKEN_TYPE
from link_kernel.sessions.records import ElementsSession, Mode

_READ_ONLY_WALLETS: Final = "wallets:read"


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
    """A token and how many seconds it lives."""

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

    def sign(self, session: ElementsSession, *, now_ms: int) -> SignedAccessToken:
        """Return a fresh token for a live session; `now_ms` is Redis's time of the decision."""
        issued_at = now_ms // 1000
        expires_at = min(issued_at + self.ttl_s, max(session.expires_at // 1000, issued_at + 1))
        who = session.identity
        # A guest was never authenticated: its `amr` is empty, and the time is the session's own.
        auth_time_ms = session.created_at if who.authenticated_at is None else who.authenticated_at
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
            "amr": list(who.amr),
            "auth_time": auth_time_ms // 1000,
            "iat": issued_at,
            "exp": expires_at,
            "jti": uuid4().hex,
        }
        if who.link_session_id is not None:
            claims["lsid"] = who.link_session_id
        if who.account_id is not None:
            claims["account_id"] = who.account_id
        if session.jkt is not None:
            claims["cnf"] = {"jkt": session.jkt}
        headers = {"typ": TOKEN_TYPE, "kid": self.key.kid}
        text = jwt.encode(claims, self.key.private_key, algorithm=ALGORITHM, headers=headers)
        return SignedAccessToken(text, expires_at - issued_at)
