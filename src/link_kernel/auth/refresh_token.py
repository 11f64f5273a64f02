"""Encodes and checks refresh tokens, `elr_…` and `rfr_…` (docs/protocol.md#refresh-token).

Refresh tokens are computed, not stored. A token is its prefix and base64url of length-prefixed
fields with a MAC over them, so a forged one is rejected without a Redis call, and the successor of
a generation is always the same.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from link_kernel.auth.refresh_errors import RefreshTokenInvalid
from link_kernel.ids import from_base64url, to_base64url
from link_kernel.keys.secret_ring import SecretRing

MAX_TOKEN_LENGTH: Final = 600
_MAC_BYTES: Final = 16
_LENGTH_BYTES: Final = 2
_VERSION_BYTES: Final = 4
_GENERATION_BYTES: Final = 4
LAST_GENERATION: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class VerifiedRefreshToken:
    """The content of a refresh token whose MAC is verified."""

    secret_version: int
    fields: tuple[str, ...]
    generation: int


class RefreshTokenCodec:
    """Encodes and decodes one kind of refresh token."""

    def __init__(self, prefix: str, field_count: int, secrets: SecretRing) -> None:
        """Take the prefix (`elr`), the number of text fields in a token, and the secrets."""
        self._prefix = f"{prefix}_"
        self._label = f"{prefix}/1"
        self._label_bytes = self._label.encode()
        self._field_count = field_count
        self._secrets = secrets

    def write(self, secret_version: int, fields: tuple[str, ...], generation: int) -> str:
        """Return the token of this generation; deterministic in its arguments."""
        body = b"".join(
            [
                secret_version.to_bytes(_VERSION_BYTES, "big"),
                *(_with_length(field.encode()) for field in fields),
                generation.to_bytes(_GENERATION_BYTES, "big"),
            ]
        )
        return self._prefix + to_base64url(body + self._mac(secret_version, body))

    def read(self, unverified_token: str) -> VerifiedRefreshToken:
        """Return the content of a token.

        Raises `RefreshTokenInvalid` unless its MAC is right, its secret is in the keyring and its
        encoding is canonical.
        """
        try:
            return self._read(unverified_token)
        except ValueError as error:
            raise RefreshTokenInvalid(type(error).__name__) from error

    def _read(self, unverified_token: str) -> VerifiedRefreshToken:
        if len(unverified_token) > MAX_TOKEN_LENGTH or not unverified_token.startswith(
            self._prefix
        ):
            raise ValueError("neither our prefix nor our length")
        raw = from_base64url(unverified_token.removeprefix(self._prefix))
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        secret_version = int.from_bytes(body[:_VERSION_BYTES], "big")
        if not self._secrets.has(secret_version):
            raise RefreshTokenInvalid("unknown secret version")
        if not hmac.compare_digest(mac, self._mac(secret_version, body)):
            raise ValueError("mac")
        return self._parse(secret_version, body[_VERSION_BYTES:])

    def _parse(self, secret_version: int, rest: bytes) -> VerifiedRefreshToken:
        fields = []
        for _ in range(self._field_count):
            length = int.from_bytes(rest[:_LENGTH_BYTES], "big")
            field, rest = rest[_LENGTH_BYTES:][:length], rest[_LENGTH_BYTES + length :]
            fields.append(field.decode())
        generation = int.from_bytes(rest, "big")
        if len(rest) != _GENERATION_BYTES or generation == LAST_GENERATION:
            raise ValueError("generation")
        return VerifiedRefreshToken(secret_version, tuple(fields), generation)

    def _mac(self, secret_version: int, body: bytes) -> bytes:
        key = self._secrets.key(secret_version, self._label)
        return hmac.digest(key, self._label_bytes + body, "sha256")[:_MAC_BYTES]


def _with_length(raw: bytes) -> bytes:
    return len(raw).to_bytes(_LENGTH_BYTES, "big") + raw
