"""Verifies access tokens (RFC 9068, docs/protocol.md#access-token), and caches verified ones.

PyJWT verifies the signature, with its options written out; every claim is checked here.
"""

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
_EXPECTED_HEADER: Final = (TOKEN_TYPE, ALGORITHM)
LEEWAY_S: Final = 10
MAX_AHEAD_S: Final = 60
MAX_TOKEN_LENGTH: Final = 4096
_STRING_CLAIMS: Final = (
    *("iss", "aud", "sub", "client_id", "sid"),
    *("element", "parent_origin", "mode", "scope", "jti"),
)
_TIME_CLAIMS: Final = ("auth_time", "iat", "exp")
_REQUIRED_CLAIMS: Final = frozenset({*_STRING_CLAIMS, *_TIME_CLAIMS, "amr"})
_JWS: Final = jwt.PyJWS(algorithms=[ALGORITHM])
_MAX_CACHED_HEADERS: Final = 64  # all tokens signed with one key have the same header

Fault = Literal["expired", "invalid"]


class AccessTokenError(Exception):
    """The token is rejected; a refresh helps where `fault` is `expired`, and not for `invalid`."""

    def __init__(self, fault: Fault, reason: str) -> None:
        """Take the fault and a reason for our log, which quotes nothing of the token."""
        super().__init__(reason)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class VerifiedAccessToken:
    """The claims of an access token whose signature and claims are verified; times in seconds."""

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
        """The key of the token's session, in the customer's or in the guest's partition."""
        return SessionKey(self.session_id, self.subject)

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self:
        """Build from verified claims."""
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
    """Verifies access tokens of one issuer, audience and mode; `keys` are public keys by `kid`."""

    keys: Mapping[str, EllipticCurvePublicKey]
    issuer: str
    audience: str
    mode: Mode
    clock: Clock

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenError`.

        `expired_up_to_s` is how many seconds past `exp` are accepted, besides the leeway of 10 s.
        """
        claims = self._signed_claims(unverified_token)
        now_s = self.clock.now_ms() // 1000
        if claims["iat"] > now_s + MAX_AHEAD_S:
            raise AccessTokenError("invalid", "iat")
        if now_s >= claims["exp"] + LEEWAY_S + expired_up_to_s:
            raise AccessTokenError("expired", "exp")
        return VerifiedAccessToken.of(claims)

    def _signed_claims(self, unverified_token: str) -> dict[str, Any]:
        """Return the claims of a token that our issuer signed for this audience and mode.

        PyJWT verifies the signature. The claims are parsed here, since PyJWT takes the last of two
        duplicate keys and another parser may take the first.
        """
        kid = unverified_kid(unverified_token)
        try:
            _JWS.decode_complete(
                unverified_token,
                self.keys[kid],
                algorithms=[ALGORITHM],
                options={"verify_signature": True},
            )
            claims = parse_strict_json(from_base64url(unverified_token.split(".")[1]))
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise AccessTokenError("invalid", type(error).__name__) from error
        if (
            not isinstance(claims, dict)
            or not claims.keys() >= _REQUIRED_CLAIMS
            or not _has_valid_types(claims)
            or claims["iss"] != self.issuer
            or claims["aud"] != self.audience
            or claims["mode"] != self.mode
        ):
            raise AccessTokenError("invalid", "claims")
        return claims


def unverified_kid(unverified_token: str) -> str:
    """Return the `kid` of a token's header, without verifying the token.

    Raises `AccessTokenError` if the header is none that our issuer writes.
    """
    if len(unverified_token) > MAX_TOKEN_LENGTH:
        raise AccessTokenError("invalid", "length")
    return _unverified_kid(unverified_token.partition(".")[0])


@lru_cache(_MAX_CACHED_HEADERS)
def _unverified_kid(header_part: str) -> str:
    try:
        header = parse_strict_json(from_base64url(header_part))
    except ValueError as error:
        raise AccessTokenError("invalid", type(error).__name__) from error
    match header:
        case {"typ": str(typ), "alg": str(alg), "kid": str(kid)} if (typ, alg) == _EXPECTED_HEADER:
            return kid
    raise AccessTokenError("invalid", "header")


def _has_valid_types(claims: Mapping[str, Any]) -> bool:
    return (
        all(isinstance(claims[name], str) for name in _STRING_CLAIMS)
        and all(type(claims[name]) is int for name in _TIME_CLAIMS)
        and isinstance(claims["amr"], list)
        and all(isinstance(method, str) for method in claims["amr"])
        and isinstance(claims.get("lsid", ""), str)
        and isinstance(claims.get("account_id", ""), str)
        and ("cnf" not in claims or _is_binding(claims["cnf"]))
    )


def _is_binding(confirmation: object) -> bool:
    """Tell whether `cnf` holds the thumbprint of one key and nothing else (RFC 9449 6.1)."""
    return (
        isinstance(confirmation, dict)
        and confirmation.keys() == {"jkt"}
        and isinstance(confirmation["jkt"], str)
    )


DEFAULT_CACHE_SIZE: Final = 10_000


class CachingTokenVerifier:
    """LRU cache of verified access tokens. Expiry is still checked on every call.

    The cache key is the SHA-256 digest of the token's exact text. Whether the session is still
    active is not checked here: `session_check` does that, on every call too.
    """

    def __init__(self, verifier: AccessTokenVerifier, max_size: int = DEFAULT_CACHE_SIZE) -> None:
        """Take the verifier and the maximum of cached tokens."""
        self._verifier = verifier
        self._max_size = max_size
        self._cache: OrderedDict[bytes, VerifiedAccessToken] = OrderedDict()

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenError`; see `AccessTokenVerifier.verify`."""
        if not unverified_token.isascii():
            raise AccessTokenError("invalid", "encoding")
        digest = hashlib.sha256(unverified_token.encode()).digest()
        access = self._cache.get(digest)
        if access is None:
            access = self._verifier.verify(unverified_token, expired_up_to_s=expired_up_to_s)
            self._cache[digest] = access
            if len(self._cache) > self._max_size:
                self._cache.popitem(last=False)
            return access
        if self._now_s() >= access.expires_at_s + LEEWAY_S + expired_up_to_s:
            del self._cache[digest]
            raise AccessTokenError("expired", "exp")
        self._cache.move_to_end(digest)
        return access

    def _now_s(self) -> int:
        return self._verifier.clock.now_ms() // 1000
