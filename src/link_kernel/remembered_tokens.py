"""A verifier that reads each access token once: the signature never changes its mind, time does."""

import hashlib
from collections import OrderedDict
from typing import Final

from link_kernel.access_token import (
    LEEWAY_S,
    AccessTokenRefused,
    AccessTokenVerifier,
    VerifiedAccessToken,
)

MOST_REMEMBERED: Final = 10_000


class RememberedTokens:
    """Verifies like `AccessTokenVerifier`, and remembers the last tokens that were genuine.

    A token is known by the digest of its exact text. Its expiry is compared at every call;
    whether its session still lives is asked elsewhere, at every call too.
    """

    def __init__(self, verifier: AccessTokenVerifier, most: int = MOST_REMEMBERED) -> None:
        """Take the verifier and how many tokens to remember."""
        self._verifier = verifier
        self._most = most
        self._known: OrderedDict[bytes, VerifiedAccessToken] = OrderedDict()

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenRefused`; see `AccessTokenVerifier.verify`."""
        if not unverified_token.isascii():
            raise AccessTokenRefused("invalid", "encoding")
        digest = hashlib.sha256(unverified_token.encode()).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._verifier.verify(unverified_token, expired_up_to_s=expired_up_to_s)
            self._known[digest] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return known
        if self._now_s() >= known.expires_at_s + LEEWAY_S + expired_up_to_s:
            del self._known[digest]
            raise AccessTokenRefused("expired", "exp")
        self._known.move_to_end(digest)
        return known

    def _now_s(self) -> int:
        return self._verifier.clock.now_ms() // 1000
