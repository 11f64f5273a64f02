"""Public P-256 keys as JWKs write them (RFC 7518 section 6.2.1)."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from link_kernel.ids import from_base64url

_COORDINATE_BYTES: Final = 32


def public_key(x: str, y: str) -> ec.EllipticCurvePublicKey:
    """Return the key of two base64url coordinates; `ValueError` for a point not on the curve."""
    raw_x, raw_y = from_base64url(x), from_base64url(y)
    if len(raw_x) != _COORDINATE_BYTES or len(raw_y) != _COORDINATE_BYTES:
        raise ValueError("coordinates")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw_x + raw_y)
