"""Signs JWTs by ES256 with one key (RFC 7518 section 3.4); their header is encoded once.

The access token's test has PyJWT verify and compare what is signed here.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from elements_bridge.keyring import SigningKey
from link_kernel.auth.access_token import ALGORITHM
from link_kernel.ids import to_base64url

_COORDINATE_BYTES: Final = 32
_ECDSA: Final = ECDSA(SHA256())


class Es256Signer:
    """Signs claims of one token type with one key."""

    def __init__(self, key: SigningKey, token_type: str) -> None:
        """Take the key, whose `kid` the header names, and the header's `typ`."""
        header = orjson.dumps({"alg": ALGORITHM, "typ": token_type, "kid": key.kid})
        self._header = to_base64url(header)
        self._sign = key.private_key.sign

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return the JWT of these claims; its signature is R and S in 32 bytes each."""
        signed = f"{self._header}.{to_base64url(orjson.dumps(claims))}"
        r, s = decode_dss_signature(self._sign(signed.encode(), _ECDSA))
        signature = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
        return f"{signed}.{to_base64url(signature)}"
