"""A genuine token is read once, so many are remembered at most, and the time is asked each time."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from link_kernel.auth.access_token import (
    LEEWAY_S,
    MOST_REMEMBERED,
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
        """Count, then give the key."""
        self.used += 1
        return super().__getitem__(kid)


class Remembering:
    """Remembered tokens, with a clock that moves by hand."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self.keys = CountedKeys(KEYRING.public_keys)
        self.clock = StoppedClock(now_s() * 1000)
        verifier = AccessTokenVerifier(self.keys, ISSUER, AUDIENCE, "live", self.clock)
        self.tokens = CachingTokenVerifier(verifier, most)

    def verified_for(self, text: str) -> int:
        """Present a token and return how many signatures had to be verified for it."""
        before = self.keys.used
        self.tokens.verify(text)
        return self.keys.used - before


def new_token() -> str:
    """Return a token of a session of its own."""
    return SIGNER.sign(session(), now_ms=now_s() * 1000).text


def test_a_token_is_read_once_and_says_the_same_each_time() -> None:
    remembering, text = Remembering(), new_token()
    assert [remembering.verified_for(text) for _ in range(3)] == [1, 0, 0]
    assert remembering.tokens.verify(text) == Remembering().tokens.verify(text)


def test_no_more_are_remembered_than_the_bound_and_the_one_used_last_stays() -> None:
    remembering = Remembering(most=2)
    first, second, third = (new_token() for _ in range(3))
    for text in (first, second, first, third):
        remembering.tokens.verify(text)
    assert remembering.verified_for(first) == 0
    assert remembering.verified_for(third) == 0
    assert remembering.verified_for(second) == 1


@pytest.mark.parametrize("spoil", ["{}x", "{}.", " {}", "{} ", "é{}", "\ud800{}"])
def test_another_text_is_another_token_and_no_refusal_is_remembered(spoil: str) -> None:
    remembering, text = Remembering(most=1), new_token()
    remembering.tokens.verify(text)
    for _ in range(2):
        with pytest.raises(AccessTokenError) as refused:
            remembering.tokens.verify(spoil.format(text))
        assert refused.value.fault == "invalid"
    assert remembering.verified_for(text) == 0


def test_attack_42_a_remembered_token_ends_at_its_second() -> None:
    remembering, text = Remembering(), new_token()
    ends_s = remembering.tokens.verify(text).expires_at_s + LEEWAY_S

    remembering.clock.now = ends_s * 1000 - 1
    assert remembering.verified_for(text) == 0
    remembering.clock.now = ends_s * 1000
    for _ in range(2):
        with pytest.raises(AccessTokenError) as refused:
            remembering.tokens.verify(text)
        assert refused.value.fault == "expired"
