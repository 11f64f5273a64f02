"""Reading a published JWK set (RFC 7517 section 5): public ES256 keys, and nothing else in it."""

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
    """Return the key of two base64url coordinates; `ValueError` for a point not on the curve."""
    raw_x, raw_y = from_base64url(x), from_base64url(y)
    if len(raw_x) != _COORDINATE_BYTES or len(raw_y) != _COORDINATE_BYTES:
        raise ValueError("coordinates")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw_x + raw_y)


PublicKeys = Mapping[str, EllipticCurvePublicKey]

MOST_KEYS: Final = 64
_KID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRET_MEMBERS: Final = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})


class JwksError(Exception):
    """What was published is no JWK set with a key to use; the words quote nothing of it."""


def read_key_set(unverified_body: bytes) -> PublicKeys:
    """Return the set's usable keys by `kid`; raises `JwksError` where there is none.

    A key of another kind is passed over, as the RFC says. So is one that came with its private
    half, for it is everybody's, and every key of a `kid` that stands twice: none is the right one.
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
    times = Counter(kid for kid in kids if isinstance(kid, str))
    found = {
        kid: key
        for kid, entry in zip(kids, entries, strict=True)
        if isinstance(kid, str) and times[kid] == 1 and (key := _usable(kid, entry)) is not None
    }
    if not found:
        raise JwksError("no usable key")
    return found


def _usable(kid: str, jwk: Mapping[str, Any]) -> EllipticCurvePublicKey | None:
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
