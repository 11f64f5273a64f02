"""A DPoP key outside of a browser, and the proofs it signs (RFC 9449)."""

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from link_kernel.auth.dpop import PROOF_ALGORITHM, PROOF_TYPE
from link_kernel.ids import to_base64url

_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256)


@dataclass(frozen=True, slots=True)
class ProofKey:
    """One key pair; an elements session is bound to it from its first call on."""

    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    def proof(self, method: str, url: str, *, token: str | None = None) -> str:
        """Return a `DPoP` header for one call, valid for a minute; `token` is the call's token.

        `url` may have a query, which is not part of the proof.
        """
        claims: dict[str, object] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url.partition("?")[0],
            "iat": int(time.time()),  # noqa: TID251  # a foreign client has its own clock
        }
        if token is not None:
            claims["ath"] = to_base64url(hashlib.sha256(token.encode()).digest())
        jwk = ECAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        head = {"typ": PROOF_TYPE, "alg": PROOF_ALGORITHM, "jwk": jwk}
        signing_input = f"{_encoded(head)}.{_encoded(claims)}"
        signature = _ES256.sign(signing_input.encode(), self.private_key)
        return f"{signing_input}.{to_base64url(signature)}"


def _encoded(members: Mapping[str, object]) -> str:
    return to_base64url(json.dumps(members).encode())
