"""The bridge's keyring: ES256 signing keys and versioned secrets (docs/protocol.md#keyring)."""

import json
from dataclasses import dataclass
from typing import Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from pydantic import BaseModel, ConfigDict, Field

from link_kernel.auth.access_token import ALGORITHM
from link_kernel.ids import sha256_hex, to_base64url
from link_kernel.keys.keyring_file import (
    KeyEntry,
    KeyringError,
    SecretEntry,
    new_secret,
    secret_ring,
)
from link_kernel.keys.secret_ring import SecretRing

_THUMBPRINT_MEMBERS: Final = ("crv", "kty", "x", "y")
_KID_BYTES: Final = 8  # of a keyring's few keys no two have the same


class SigningKeyEntry(KeyEntry):
    """One signing key as the keyring file holds it."""

    kid: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    private_key_pem: str = Field(repr=False)

    @property
    def label(self) -> str:
        """The key's name in messages for people."""
        return f"signing key {self.kid}"

    @property
    def log_fields(self) -> dict[str, str | int]:
        """The key's name in log fields."""
        return {"kid": self.kid}


class KeyringFile(BaseModel):
    """The keyring as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    signing_keys: tuple[SigningKeyEntry, ...] = Field(min_length=1)
    secrets: tuple[SecretEntry, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The active signing key."""

    kid: str
    private_key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """Loaded keys: the active one signs, all published ones verify."""

    signing_key: SigningKey
    public_keys: dict[str, ec.EllipticCurvePublicKey]
    secrets: SecretRing

    @classmethod
    def of(cls, file: KeyringFile) -> "Keyring":
        """Load every key, and sign and verify once, so that signing cannot fail later.

        Raises `KeyringError`.
        """
        keys = {entry.kid: _load(entry) for entry in file.signing_keys}
        active = [entry.kid for entry in file.signing_keys if entry.state == "active"]
        if len(active) != 1 or len(keys) != len(file.signing_keys):
            raise KeyringError("of the signing keys exactly one must be active, and kids be unique")
        keyring = cls(
            SigningKey(active[0], keys[active[0]]),
            {kid: key.public_key() for kid, key in keys.items()},
            secret_ring(file.secrets),
        )
        signed = jwt.encode({}, keyring.signing_key.private_key, algorithm=ALGORITHM)
        jwt.decode(signed, keyring.public_keys[active[0]], algorithms=[ALGORITHM])
        return keyring

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the JWK set (RFC 7517 section 5) of all keys that may have signed or will."""
        return {
            "keys": [
                {**_public_jwk(key), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, key in self.public_keys.items()
            ]
        }


def new_keyring_file() -> KeyringFile:
    """Return a keyring with one fresh signing key and one fresh secret, both active."""
    return KeyringFile(signing_keys=(new_signing_key(),), secrets=(new_secret(),))


def new_signing_key() -> SigningKeyEntry:
    """Return a fresh active signing key."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKeyEntry(
        kid=_name_of(key.public_key()), state="active", private_key_pem=pem.decode("ascii")
    )


def _load(entry: SigningKeyEntry) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(entry.private_key_pem.encode(), password=None)
    except (ValueError, TypeError):
        raise KeyringError(f"signing key {entry.kid} is not an unencrypted PEM key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyringError(f"signing key {entry.kid} is not a P-256 key")
    return key


def _public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    jwk = ECAlgorithm.to_jwk(key, as_dict=True)
    return {member: str(jwk[member]) for member in _THUMBPRINT_MEMBERS}


def _name_of(key: ec.EllipticCurvePublicKey) -> str:
    """Return the beginning of the JWK thumbprint (RFC 7638): every token carries it as `kid`."""
    canonical = json.dumps(_public_jwk(key), separators=(",", ":"), sort_keys=True)
    return to_base64url(bytes.fromhex(sha256_hex(canonical))[:_KID_BYTES])
