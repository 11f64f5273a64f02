"""Verifies DPoP proofs (RFC 9449), with which a client proves that it holds its session's key.

The JWS is parsed by hand, so that no default of a library decides what is accepted: one type, one
algorithm, one curve, a closed set of JWK members, no duplicate JSON keys. Nonces are made here too.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from jwt.algorithms import ECAlgorithm

from link_kernel.clock import Clock
from link_kernel.errors import InvalidDpopProof, UseDpopNonce
from link_kernel.ids import from_base64url, sha256_hex, to_base64url
from link_kernel.keys.jwks import public_key
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.sessions.outcomes import ProofUse
from link_kernel.strict_json import parse_strict_json

_LABEL: Final = "dpop-nonce/1"
_WINDOW_S: Final = 60
_MAX_AHEAD_S: Final = 10
# With the 10 s above a nonce is valid for 120 s, which is less than a used proof is stored.
_MAX_AGE_S: Final = 110
_VERSION_BYTES: Final = 4
_WINDOW_BYTES: Final = 6
_MAC_BYTES: Final = 16
_LENGTH: Final = _VERSION_BYTES + _WINDOW_BYTES + _MAC_BYTES


@dataclass(frozen=True, slots=True)
class DpopNonces:
    """Creates and checks DPoP nonces; processes with the same secrets accept each other's."""

    secrets: SecretRing
    clock: Clock

    def current(self) -> str:
        """Return the nonce of this minute."""
        now_s = self.clock.now_ms() // 1000
        return to_base64url(self._nonce(self.secrets.active, now_s - now_s % _WINDOW_S))

    def is_fresh(self, unverified_nonce: str) -> bool:
        """Tell whether a nonce was created with these secrets within the last two minutes."""
        try:
            raw = from_base64url(unverified_nonce)
        except ValueError:
            return False
        if len(raw) != _LENGTH:
            return False
        version = int.from_bytes(raw[:_VERSION_BYTES], "big")
        starts_s = int.from_bytes(raw[_VERSION_BYTES:-_MAC_BYTES], "big")
        if not self.secrets.has(version) or not hmac.compare_digest(
            raw, self._nonce(version, starts_s)
        ):
            return False
        age_s = self.clock.now_ms() // 1000 - starts_s
        return -_MAX_AHEAD_S <= age_s < _MAX_AGE_S

    def _nonce(self, version: int, starts_s: int) -> bytes:
        mac = self.secrets.mac(version, _LABEL, str(starts_s))[:_MAC_BYTES]
        head = version.to_bytes(_VERSION_BYTES, "big") + starts_s.to_bytes(_WINDOW_BYTES, "big")
        return head + mac


PROOF_TYPE: Final = "dpop+jwt"
PROOF_ALGORITHM: Final = "ES256"
MAX_PROOF_LENGTH: Final = 2048
NONCE_HEADER: Final = "DPoP-Nonce"
_PARTS: Final = 3
_MAX_SKEW_S: Final = 60
_LONGEST_HEADER_CACHED: Final = 400  # browsers' have about 220 characters
_JTI: Final = re.compile(r"[\x21-\x7e]{1,512}")
_SIGNATURE_BYTES: Final = 64
_JWK_MEMBERS: Final = frozenset({"kty", "crv", "x", "y"})
# Members that WebCrypto's `exportKey('jwk')` adds to a public key; they have no effect here.
_JWK_IGNORED: Final = frozenset({"ext", "key_ops", "use", "alg", "kid"})
_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256)


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A proof whose signature, method, URL, token hash and time are verified.

    `jkt` is the thumbprint of its key (RFC 7638); `jti_hash` identifies the proof, for single use.
    """

    jkt: str
    jti_hash: str

    def bind_to(self, request_hash: str) -> ProofUse:
        """Return the use of this proof for the request of this hash."""
        return ProofUse(self.jkt, self.jti_hash, request_hash)


@dataclass(frozen=True, slots=True)
class ProofVerifier:
    """Verifies proofs by the injected clock, or by our nonce where the client's clock is wrong."""

    nonces: DpopNonces
    clock: Clock

    def verify(
        self, unverified_proof: str, *, method: str, urls: Collection[str], token: str
    ) -> VerifiedProof:
        """Verify a proof (RFC 9449 section 4.3).

        `urls` are the spellings of this request's URL, without query, that `htu` may have; `token`
        is the token whose hash `ath` must be: an access token, or the bootstrap or refresh token
        that the request spends. Raises `InvalidDpopProof`, and `UseDpopNonce` if only the time is
        wrong.
        """
        jkt, claims = _verify_signature(unverified_proof)
        _require_claim(claims.get("htm") == method, "htm")
        _require_claim(_without_query(claims.get("htu")) in urls, "htu")
        _require_claim(_is_hash_of(claims.get("ath"), token), "ath")
        jti, issued_at = claims.get("jti"), claims.get("iat")
        _require_claim(isinstance(jti, str) and _JTI.fullmatch(jti), "jti")
        if type(issued_at) is not int:
            raise _wrong_claim("iat")
        self._require_fresh(issued_at, claims.get("nonce"))
        return VerifiedProof(jkt, sha256_hex(jkt + str(jti)))

    def _require_fresh(self, issued_at_s: int, unverified_nonce: object) -> None:
        if isinstance(unverified_nonce, str) and self.nonces.is_fresh(unverified_nonce):
            return
        now_s = self.clock.now_ms() // 1000
        if abs(now_s - issued_at_s) >= _MAX_SKEW_S:
            raise UseDpopNonce("iat", headers={NONCE_HEADER: self.nonces.current()})


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return a public P-256 key's JWK thumbprint (RFC 7638)."""
    canonical = '{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}'.format_map(jwk)
    return to_base64url(hashlib.sha256(canonical.encode()).digest())


def _verify_signature(unverified_proof: str) -> tuple[str, dict[str, Any]]:
    """Verify a proof with the key in its header; return the key's thumbprint and the claims."""
    parts = unverified_proof.split(".")
    _require(len(unverified_proof) <= MAX_PROOF_LENGTH and len(parts) == _PARTS, "shape")
    usual = len(parts[0]) <= _LONGEST_HEADER_CACHED
    header_key = (_cached_header_key if usual else _header_key)(parts[0])
    claims = _object(parts[1])
    try:
        signature = from_base64url(parts[2])
    except ValueError as error:
        raise InvalidDpopProof("signature encoding") from error
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    is_valid = len(signature) == _SIGNATURE_BYTES and _ES256.verify(
        signed, header_key.key, signature
    )
    _require(is_valid, "signature")
    return header_key.jkt, claims


class _HeaderKey(NamedTuple):
    """The public key in a proof's header, and its thumbprint."""

    key: EllipticCurvePublicKey
    jkt: str


def _header_key(header_part: str) -> _HeaderKey:
    """Return the key of a proof's header, which all proofs of one frame share.

    Raises `InvalidDpopProof` for any other type, algorithm or curve, and for a private key.
    """
    header = _object(header_part)
    _require(header.get("typ") == PROOF_TYPE, "typ")
    _require(header.get("alg") == PROOF_ALGORITHM, "alg")
    _require("crit" not in header, "crit")
    jwk = _public_jwk(header.get("jwk"))
    try:
        return _HeaderKey(public_key(jwk["x"], jwk["y"]), thumbprint(jwk))
    except ValueError as error:
        raise InvalidDpopProof("key encoding") from error


_cached_header_key: Final = lru_cache(10_000)(_header_key)


def _object(part: str) -> dict[str, Any]:
    try:
        parsed = parse_strict_json(from_base64url(part))
    except ValueError as error:
        raise InvalidDpopProof("encoding") from error
    if not isinstance(parsed, dict):
        raise InvalidDpopProof("not an object")
    return parsed


def _public_jwk(unverified_jwk: object) -> dict[str, str]:
    """Return the four members of a public P-256 key; reject a JWK with a private member."""
    if not isinstance(unverified_jwk, dict) or not unverified_jwk.keys() >= _JWK_MEMBERS:
        raise InvalidDpopProof("jwk")
    _require(unverified_jwk.keys() <= _JWK_MEMBERS | _JWK_IGNORED, "jwk members")
    jwk = {name: unverified_jwk[name] for name in _JWK_MEMBERS}
    _require(jwk["kty"] == "EC" and jwk["crv"] == "P-256", "jwk curve")
    _require(all(isinstance(value, str) for value in jwk.values()), "jwk coordinates")
    return jwk


def _without_query(unverified_url: object) -> str:
    """Return `htu` without query and fragment, which RFC 9449 section 4.3 ignores."""
    if not isinstance(unverified_url, str):
        raise _wrong_claim("htu")
    return unverified_url.partition("#")[0].partition("?")[0]


def _is_hash_of(unverified_hash: object, token: str) -> bool:
    """Tell whether `ath` is the hash of the token that was sent."""
    expected = to_base64url(hashlib.sha256(token.encode()).digest())
    if not isinstance(unverified_hash, str) or not unverified_hash.isascii():
        return False
    return hmac.compare_digest(unverified_hash, expected)


def _wrong_claim(name: str) -> InvalidDpopProof:
    """Return the refusal that names the claim, so that the author of a client can mend it."""
    return InvalidDpopProof(name, details={"claim": name})


def _require_claim(condition: object, name: str) -> None:
    if not condition:
        raise _wrong_claim(name)


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise InvalidDpopProof(reason)
