"""Versioned master secrets and the keys derived from them (HKDF-SHA256, RFC 5869)."""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES: Final = 32
INDEX: Final = 0
"""Stands for the index key where a version is asked for; versions of secrets begin at 1."""
_MAX_CACHED_KEYS: Final = 256


class SecretRing:
    """Master secrets by version: the active one makes new MACs, all of them verify older ones."""

    def __init__(
        self, secrets: Mapping[int, bytes], *, active: int, index: bytes | None = None
    ) -> None:
        """Take secrets of 32 bytes by version, and the version that new sessions are created with.

        `index` names contacts and networks in the store, whatever becomes of the secrets; without
        it the secrets do. Raises `ValueError` if the active version is absent or a secret has
        another length.
        """
        if active not in secrets:
            raise ValueError(f"secret version {active} is to be active and is not there")
        self._secrets = dict(secrets) if index is None else {**secrets, INDEX: index}
        if any(len(secret) != SECRET_BYTES for secret in self._secrets.values()):
            raise ValueError(f"every secret must be {SECRET_BYTES} bytes long")
        self.active = active
        others = sorted(secrets.keys() - {active}, reverse=True)
        self.versions: Final = (active, *others)  # in the order to try, if no version is given
        # The keys that a name may be under: the first one names what is new.
        self.naming: Final = self.versions if index is None else (INDEX, *self.versions)
        self._derived = lru_cache(_MAX_CACHED_KEYS)(self._derive)

    def __repr__(self) -> str:
        """Return the versions, never a secret."""
        return f"SecretRing(versions={sorted(self.versions)}, active={self.active})"

    def has(self, version: int) -> bool:
        """Tell whether this version is in the ring."""
        return version in self._secrets

    def key(self, version: int, label: str) -> bytes:
        """Return the 32-byte key for `label` under `version`; `KeyError` for a removed version."""
        return self._derived(version, label)

    def mac(self, version: int, label: str, *parts: str) -> bytes:
        """Return HMAC-SHA256 (32 bytes) over length-prefixed `parts` under the key for `label`."""
        message = b"".join(
            len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts)
        )
        return hmac.digest(self.key(version, label), message, "sha256")

    def _derive(self, version: int, label: str) -> bytes:
        hkdf = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=label.encode())
        return hkdf.derive(self._secrets[version])
