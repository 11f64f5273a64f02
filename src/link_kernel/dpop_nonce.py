"""Nonces for DPoP proofs (RFC 9449 section 8): they take a wrong clock's place; none is stored."""

import hmac
from dataclasses import dataclass
from typing import Final

from link_kernel.clock import Clock
from link_kernel.ids import from_base64url, to_base64url
from link_kernel.secret_ring import SecretRing

_LABEL: Final = "dpop-nonce/1"
_WINDOW_S: Final = 60
_MAX_AHEAD_S: Final = 10
# With the 10 s above a nonce is good for 120 s, less than a used proof is remembered.
_MAX_AGE_S: Final = 110
_VERSION_BYTES: Final = 4
_WINDOW_BYTES: Final = 6
_MAC_BYTES: Final = 16
_LENGTH: Final = _VERSION_BYTES + _WINDOW_BYTES + _MAC_BYTES


@dataclass(frozen=True, slots=True)
class DpopNonces:
    """Makes and checks nonces; every process with the same secrets takes those of the others."""

    secrets: SecretRing
    clock: Clock

    def current(self) -> str:
        """Return the nonce of this minute."""
        now_s = self.clock.now_ms() // 1000
        return to_base64url(self._nonce(self.secrets.active, now_s - now_s % _WINDOW_S))

    def is_fresh(self, unverified_nonce: str) -> bool:
        """Tell whether a nonce is ours and was made within the last two minutes."""
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
