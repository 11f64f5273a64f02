"""Reading access tokens (RFC 9068), every option written out (docs/protocol.md#access-token)."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from link_kernel.clock import Clock
from link_kernel.ids import from_base64url
from link_kernel.sessions.records import Element, Mode, SessionKey
from link_kernel.strict_json import parse_strict_json

ALGORITHM: Final = "ES256"
TOKEN_TYPE: Final = "at+jwt"  # noqa: S105  # a media type, no secret
_OURS: Final = (TOKEN_TYPE, ALGORITHM)
LEEWAY_S: Final = 10
MAX_AHEAD_S: Final = 60
MAX_TOKEN_LENGTH: Final = 4096
_TEXTS: Final = (
    *("iss", "aud", "sub", "client_id", "sid"),
    *("element", "parent_origin", "mode", "scope", "jti"),
)
_INSTANTS: Final = ("auth_time", "iat", "exp")
_HEADERS_KEPT: Final = 64  # all tokens of one key have one header

Fault = Literal["expired", "invalid"]


class AccessTokenError(Exception):
    """The token may not be used; `fault` says whether a refresh would help."""

    def __init__(self, fault: Fault, reason: str) -> None:
        """Take the fault and a reason for our log, without any of the token."""
        super().__init__(reason)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class VerifiedAccessToken:
    """The claims of a genuine access token."""

    session_id: str
    subject: str
    business_id: str
    element: Element
    parent_origin: str
    link_session_id: str | None
    scopes: frozenset[str]
    amr: tuple[str, ...]
    auth_time_s: int
    issued_at_s: int
    expires_at_s: int
    jti: str
    jkt: str | None
    account_id: str | None

    @property
    def session_key(self) -> SessionKey:
        """Where its session lies: a customer's slot, or the guest's own."""
        return SessionKey(self.session_id, self.subject)

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self:
        """Build from signed claims."""
        return cls(
            session_id=claims["sid"],
            subject=claims["sub"],
            business_id=claims["client_id"],
            element=claims["element"],
            parent_origin=claims["parent_origin"],
            link_session_id=claims.get("lsid"),
            scopes=frozenset(claims["scope"].split()),
            amr=tuple(claims["amr"]),
            auth_time_s=claims["auth_time"],
            issued_at_s=claims["iat"],
            expires_at_s=claims["exp"],
            jti=claims["jti"],
            jkt=claims["cnf"]["jkt"] if "cnf" in claims else None,
            account_id=claims.get("account_id"),
        )


@dataclass(frozen=True, slots=True)
class AccessTokenVerifier:
    """Verifies access tokens of one issuer, audience and mode."""

    keys: Mapping[str, EllipticCurvePublicKey]
    issuer: str
    audience: str
    mode: Mode
    clock: Clock

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenError`.

        `expired_up_to_s` is how many seconds past `exp` still pass, besides the leeway.
        """
        claims = self._signed_claims(unverified_token)
        now_s = self.clock.now_ms() // 1000
        if claims["iat"] > now_s + MAX_AHEAD_S:
            raise AccessTokenError("invalid", "iat")
        if now_s >= claims["exp"] + LEEWAY_S + expired_up_to_s:
            raise AccessTokenError("expired", "exp")
        return VerifiedAccessToken.of(claims)

    def _signed_claims(self, unverified_token: str) -> dict[str, Any]:
        if len(unverified_token) > MAX_TOKEN_LENGTH:
            raise AccessTokenError("invalid", "length")
        try:
            header = jwt.get_unverified_header(unverified_token)
            if header.get("typ") != TOKEN_TYPE:
                raise AccessTokenError("invalid", "typ")
            claims = jwt.decode(
                unverified_token,
                self.keys[header.get("kid", "")],
                algorithms=[ALGORITHM],
                issuer=self.issuer,
                audience=self.audience,
                options={
                    "require": [*_TEXTS, *_INSTANTS, "amr"],
                    "strict_aud": True,
                    "verify_signature": True,
                    "verify_iss": True,
                    "verify_aud": True,
                    "verify_sub": True,
                    "verify_jti": True,
                    # The times are compared above, with the injected clock.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            # PyJWT lets the last of two equal names count; another reader may take the first.
            parse_strict_json(from_base64url(unverified_token.split(".")[1]))
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise AccessTokenError("invalid", type(error).__name__) from error
        if claims["mode"] != self.mode or not _has_our_types(claims):
            raise AccessTokenError("invalid", "claims")
        return claims


def unverified_kid(unverified_token: str) -> str:
    """Return the name of the key that a token says signed it; nothing of the token is verified.

    Raises `AccessTokenError` for what is no access token of ours, whatever the keys may be.
    """
    if len(unverified_token) > MAX_TOKEN_LENGTH:
        raise AccessTokenError("invalid", "length")
    return _unverified_kid(unverified_token.partition(".")[0])


@lru_cache(_HEADERS_KEPT)
def _unverified_kid(header_part: str) -> str:
    try:
        header = parse_strict_json(from_base64url(header_part))
    except ValueError as error:
        raise AccessTokenError("invalid", type(error).__name__) from error
    match header:
        case {"typ": str(typ), "alg": str(alg), "kid": str(kid)} if (typ, alg) == _OURS:
            return kid
    raise AccessTokenError("invalid", "header")


def _has_our_types(claims: Mapping[str, Any]) -> bool:
    return (
        all(isinstance(claims[name], str) for name in _TEXTS)
        and all(type(claims[name]) is int for name in _INSTANTS)
        and isinstance(claims["amr"], list)
        and all(isinstance(method, str) for method in claims["amr"])
        and isinstance(claims.get("lsid", ""), str)
        and isinstance(claims.get("account_id", ""), str)
        and ("cnf" not in claims or _is_binding(claims["cnf"]))
    )


def _is_binding(confirmation: object) -> bool:
    """Tell whether `cnf` names one key by its thumbprint and says nothing else (RFC 9449 6.1)."""
    return (
        isinstance(confirmation, dict)
        and confirmation.keys() == {"jkt"}
        and isinstance(confirmation["jkt"], str)
    )


MOST_REMEMBERED: Final = 10_000


class CachingTokenVerifier:
    """Verifies like `AccessTokenVerifier`, and remembers the last tokens that were genuine.

    A token is known by the digest of its exact text. Its expiry is compared at every call;
    whether its session still lives is asked elsewhere, at every call too.
    """

    def __init__(self, verifier: AccessTokenVerifier, most: int = MOST_REMEMBERED) -> None:
        """Take the verifier and how many tokens to remember."""
        self._verifier = verifier
        self._most = most
        self._known: OrderedDict[bytes, VerifiedAccessToken] = OrderedDict()

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenError`; see `AccessTokenVerifier.verify`."""
        if not unverified_token.isascii():
            raise AccessTokenError("invalid", "encoding")
        digest = hashlib.sha256(unverified_token.encode()).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._verifier.verify(unverified_token, expired_up_to_s=expired_up_to_s)
            self._known[digest] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return known
        if self._now_s() >= known.expires_at_s + LEEWAY_S + expired_up_to_s:
            del self._known[digest]
            raise AccessTokenError("expired", "exp")
        self._known.move_to_end(digest)
        return known

    def _now_s(self) -> int:
        return self._verifier.clock.now_ms() // 1000
