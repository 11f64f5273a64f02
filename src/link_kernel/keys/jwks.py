"""Parses a published JWK set (RFC 7517 section 5) and returns its public ES256 keys."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from link_kernel.ids import from_base64url
from link_kernel.strict_json import parse_strict_json

_COORDINATE_BYTES: Final = 32


def public_key(x: str, y: str) -> ec.EllipticCurvePublicKey:
    """Return the P-256 key of two base64url coordinates; `ValueError` for a point off the curve."""
    raw_x, raw_y = from_base64url(x), from_base64url(y)
    if len(raw_x) != _COORDINATE_BYTES or len(raw_y) != _COORDINATE_BYTES:
        raise ValueError("coordinates")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw_x + raw_y)


PublicKeys = Mapping[str, EllipticCurvePublicKey]

MOST_KEYS: Final = 64
_KID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRET_MEMBERS: Final = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})


class JwksError(Exception):
    """The document is no JWK set with a usable key; the message quotes nothing of it."""


def read_key_set(unverified_body: bytes) -> PublicKeys:
    """Return the usable keys of a set by `kid`; raises `JwksError` if there is none.

    Keys of another type are skipped, as the RFC says. Keys that include private members are skipped
    as compromised, keys with a duplicate `kid` as ambiguous.
    """
    try:
        document = parse_strict_json(unverified_body)
    except ValueError as error:
        raise JwksError("not JSON") from error
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise JwksError("not a JWK set")
    entries = [entry for entry in listed if isinstance(entry, dict)]
    kids = [entry.get("kid") for entry in entries]
    occurrences = Counter(kid for kid in kids if isinstance(kid, str))
    keys = {
        kid: key
        for kid, entry in zip(kids, entries, strict=True)
        if isinstance(kid, str)
        and occurrences[kid] == 1
        and (key := _key_of(kid, entry)) is not None
    }
    if not keys:
        raise JwksError("no usable key")
    return keys


def _key_of(kid: str, jwk: Mapping[str, Any]) -> EllipticCurvePublicKey | None:
    """Return the public key of a JWK, `None` for any that is not exactly an ES256 public key."""
    x, y = jwk.get("x"), jwk.get("y")
    if not (
        _KID.fullmatch(kid)
        and jwk.get("kty") == "EC"
        and jwk.get("crv") == "P-256"
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", "ES256") == "ES256"
        and jwk.get("key_ops", ["verify"]) == ["verify"]
        and jwk.keys().isdisjoint(_SECRET_MEMBERS)
        and isinstance(x, str)
        and isinstance(y, str)
    ):
        return None
    try:
        return public_key(x, y)
    except ValueError:
        return None
