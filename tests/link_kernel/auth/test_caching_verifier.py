"""LRU cache of verified tokens: one verification each, a bound, and expiry on every call."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from link_kernel.auth.access_token import (
    DEFAULT_CACHE_SIZE,
    LEEWAY_S,
    AccessTokenError,
    AccessTokenVerifier,
    CachingTokenVerifier,
)
from tests.link_kernel.auth.test_access_token import (
    AUDIENCE,
    ISSUER,
    KEYRING,
    SIGNER,
    now_s,
    session,
)
from tests.support.key_files import StoppedClock


class CountedKeys(dict[str, EllipticCurvePublicKey]):
    """The public keys, and how many signatures were verified with them."""

    used = 0

    def __getitem__(self, kid: str) -> EllipticCurvePublicKey:
        """Count the use, then return the key."""
        self.used += 1
        return super().__getitem__(kid)


class CachedTokens:
    """A caching verifier with a clock that the test sets, and with counted verifications."""

    def __init__(self, max_size: int = DEFAULT_CACHE_SIZE) -> None:
        self.keys = CountedKeys(KEYRING.public_keys)
        self.clock = StoppedClock(now_s() * 1000)
        verifier = AccessTokenVerifier(self.keys, ISSUER, AUDIENCE, "live", self.clock)
        self.tokens = CachingTokenVerifier(verifier, max_size)

    def verified_for(self, text: str) -> int:
        """Verify a token and return how many signatures were verified for it."""
        before = self.keys.used
        self.tokens.verify(text)
        return self.keys.used - before


def new_token() -> str:
    """Return a token of a new session."""
    return SIGNER.sign(session(), now_ms=now_s() * 1000).text


def test_a_token_is_read_once_and_says_the_same_each_time() -> None:
    cached, text = CachedTokens(), new_token()
    assert [cached.verified_for(text) for _ in range(3)] == [1, 0, 0]
    assert cached.tokens.verify(text) == CachedTokens().tokens.verify(text)


def test_no_more_are_remembered_than_the_bound_and_the_one_used_last_stays() -> None:
    cached = CachedTokens(max_size=2)
    first, second, third = (new_token() for _ in range(3))
    for text in (first, second, first, third):
        cached.tokens.verify(text)
    assert cached.verified_for(first) == 0
    assert cached.verified_for(third) == 0
    assert cached.verified_for(second) == 1


@pytest.mark.parametrize("spoil", ["{}x", "{}.", " {}", "{} ", "é{}", "\ud800{}"])
def test_another_text_is_another_token_and_no_refusal_is_remembered(spoil: str) -> None:
    cached, text = CachedTokens(max_size=1), new_token()
    cached.tokens.verify(text)
    for _ in range(2):
        with pytest.raises(AccessTokenError) as refused:
            cached.tokens.verify(spoil.format(text))
        assert refused.value.fault == "invalid"
    assert cached.verified_for(text) == 0


def test_attack_42_a_remembered_token_ends_at_its_second() -> None:
    cached, text = CachedTokens(), new_token()
    ends_s = cached.tokens.verify(text).expires_at_s + LEEWAY_S

    cached.clock.now = ends_s * 1000 - 1
    assert cached.verified_for(text) == 0
    cached.clock.now = ends_s * 1000
    for _ in range(2):
        with pytest.raises(AccessTokenError) as refused:
            cached.tokens.verify(text)
        assert refused.value.fault == "expired"
