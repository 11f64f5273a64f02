"""A frame's key and its proofs (RFC 9449), as `static/frame/session/dpop.js` makes them."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from link_kernel.ids import to_base64url

_ES256 = ECAlgorithm(ECAlgorithm.SHA256)

Json = dict[str, Any]


@dataclass(frozen=True)
class FrameKey:
    """One key pair; `proof` takes changes, for tests of invalid proofs."""

    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def jwk(self) -> Json:
        """The public key."""
        jwk = ECAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return {name: jwk[name] for name in ("kty", "crv", "x", "y")}

    @property
    def jkt(self) -> str:
        """The key's thumbprint (RFC 7638), computed independently of the product."""
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return to_base64url(hashlib.sha256(canonical.encode()).digest())

    def proof(
        self,
        url: str,
        *,
        method: str = "POST",
        token: str | None = None,
        header: Json | None = None,
        claims: Json | None = None,
    ) -> str:
        """Return a proof for one call with a token; a member given as `None` is left out."""
        made: Json = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),  # noqa: TID251  # a frame has its own clock
        }
        if token is not None:
            made["ath"] = to_base64url(hashlib.sha256(token.encode()).digest())
        head: Json = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk, **(header or {})}
        return self.signed(
            json.dumps(_present(head)), json.dumps(_present({**made, **(claims or {})}))
        )

    def signed(self, header: str, claims: str) -> str:
        """Return a JWS of any two texts as header and claims."""
        signing_input = f"{to_base64url(header.encode())}.{to_base64url(claims.encode())}"
        signature = _ES256.sign(signing_input.encode(), self.private_key)
        return f"{signing_input}.{to_base64url(signature)}"


def _present(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}
