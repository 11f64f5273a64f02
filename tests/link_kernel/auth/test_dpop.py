"""Verification of DPoP proofs (RFC 9449): the RFC's example, invalid proofs, and random input."""

import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_kernel.auth.dpop import MAX_PROOF_LENGTH, DpopNonces, ProofVerifier, thumbprint
from link_kernel.errors import InvalidDpopProof, UseDpopNonce
from link_kernel.ids import to_base64url
from link_kernel.keys.secret_ring import SecretRing
from tests.support.frame_key import FrameKey
from tests.support.key_files import StoppedClock
from tests.support.time_machine import MovableClock

URL = "https://link.cimplify.io/v1/link/elements/refresh"
KEY = FrameKey()
CLOCK = MovableClock()
NONCES = DpopNonces(SecretRing({1: b"s" * 32}, active=1), CLOCK)
VERIFIER = ProofVerifier(NONCES, CLOCK)

Json = dict[str, Any]

# RFC 9449 section 7.1 (the call, its proof and its token) and 6.1 (the thumbprint of the key).
RFC_PROOF = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1"
    "IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwi"
    "YXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey7"
    "1EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
RFC_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
RFC_URL = "https://resource.example.org/protectedresource"
RFC_JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
TOKEN = "elr_token"


def verify(proof: str, **changes: Any) -> str:  # noqa: ANN401  # arguments of `verify`
    """Verify a proof for the usual request and return the thumbprint of its key."""
    call: Json = {"method": "POST", "urls": {URL}, "token": TOKEN, **changes}
    return VERIFIER.verify(proof, **call).jkt


def test_the_example_of_the_rfc_is_read_as_the_rfc_says() -> None:
    at_its_time = MovableClock()
    at_its_time.ahead_ms = 1562262618_000 - at_its_time.now_ms()
    verifier = ProofVerifier(NONCES, at_its_time)
    proof = verifier.verify(RFC_PROOF, method="GET", urls={RFC_URL}, token=RFC_TOKEN)
    assert proof.jkt == RFC_JKT


def test_a_proof_shows_its_key_and_its_name_alone() -> None:
    claims = {"jti": "x" * 22}
    first = VERIFIER.verify(
        KEY.proof(URL, token=TOKEN, claims=claims), method="POST", urls={URL}, token=TOKEN
    )
    again = VERIFIER.verify(
        KEY.proof(URL, token=TOKEN, claims=claims), method="POST", urls={URL}, token=TOKEN
    )
    other = VERIFIER.verify(
        FrameKey().proof(URL, token=TOKEN, claims=claims), method="POST", urls={URL}, token=TOKEN
    )
    assert first.jkt == KEY.jkt == thumbprint(KEY.jwk)
    assert first == again
    assert other.jti_hash != first.jti_hash


PRIVATE = {**KEY.jwk, "d": "A" * 43}
WRONG_HEADERS: dict[str, Json] = {
    "no typ": {"typ": None},
    "an access token's typ": {"typ": "at+jwt"},
    "plain JWT": {"typ": "JWT"},
    "alg none": {"alg": "none"},
    "alg HS256": {"alg": "HS256"},
    "alg RS256": {"alg": "RS256"},
    "alg ES384": {"alg": "ES384"},
    "alg a list": {"alg": ["ES256"]},
    "crit": {"crit": ["exp"]},
    "no jwk": {"jwk": None},
    "jwk a text": {"jwk": "key"},
    "a private key": {"jwk": PRIVATE},
    "a certificate beside it": {"jwk": {**KEY.jwk, "x5c": ["MII"]}},
    "another's key": {"jwk": FrameKey().jwk},
    "another curve": {"jwk": {**KEY.jwk, "crv": "secp256k1"}},
    "a symmetric key": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "x a number": {"jwk": {**KEY.jwk, "x": 1}},
    "x too short": {"jwk": {**KEY.jwk, "x": "AAAA"}},
    "x padded": {"jwk": {**KEY.jwk, "x": KEY.jwk["x"] + "="}},
    "not on the curve": {"jwk": {**KEY.jwk, "y": to_base64url(b"\1" * 32)}},
    "the point at infinity": {"jwk": {**KEY.jwk, "x": "A" * 43, "y": "A" * 43}},
}


@pytest.mark.parametrize("name", WRONG_HEADERS)
def test_attack_45_a_header_that_is_not_ours_is_refused(name: str) -> None:
    with pytest.raises(InvalidDpopProof):
        verify(KEY.proof(URL, token=TOKEN, header=WRONG_HEADERS[name]))


WRONG_CLAIMS: dict[str, Json] = {
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti of a number": {"jti": 7},
    "a long jti": {"jti": "x" * 600},
    "no htm": {"htm": None},
    "another method": {"htm": "GET"},
    "a method in small letters": {"htm": "post"},
    "no htu": {"htu": None},
    "another path": {"htu": f"{URL}/x"},
    "another host": {"htu": URL.replace("link.", "evil.")},
    "an htu of a list": {"htu": [URL]},
    "no iat": {"iat": None},
    "an iat of a text": {"iat": "1"},
    "an iat of a fraction": {"iat": 1.5},
    "an iat of true": {"iat": True},
    "a jti of half a character": {"jti": "\ud800"},
    "an htu of half a character": {"htu": "\ud800"},
    "a space in the jti": {"jti": "a b"},
    "no ath": {"ath": None},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_attack_45_a_claim_that_is_not_of_this_call_is_refused(name: str) -> None:
    with pytest.raises(InvalidDpopProof) as refused:
        verify(KEY.proof(URL, token=TOKEN, claims=WRONG_CLAIMS[name]))
    (claim,) = WRONG_CLAIMS[name]
    assert refused.value.details == {"claim": claim}


@pytest.mark.parametrize("ath", [None, "", "A" * 43, 7, ["x"], "ä", "\ud800"])
def test_attack_45_ath_names_the_token_that_was_sent(ath: object) -> None:
    with pytest.raises(InvalidDpopProof):
        verify(KEY.proof(URL, token=TOKEN, claims={"ath": ath}))
    assert verify(KEY.proof(URL, token="other"), token="other") == KEY.jkt
    with pytest.raises(InvalidDpopProof):
        verify(KEY.proof(URL, token="other"))


def test_keys_that_stand_twice_and_oversized_proofs_are_refused() -> None:
    header = json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.jwk})
    now_s = CLOCK.now_ms() // 1000
    ath = to_base64url(hashlib.sha256(TOKEN.encode()).digest())
    rest = f'"htm":"POST","htu":"{URL}","iat":{now_s},"ath":"{ath}"}}'
    assert verify(KEY.signed(header, f'{{"jti":"a",{rest}')) == KEY.jkt
    claims = f'{{"jti":"a","htm":"GET",{rest}'
    for proof in (
        KEY.signed(header, claims),
        KEY.signed(header[:-1] + ',"typ":"dpop+jwt"}', claims.replace('"htm":"GET",', "")),
        KEY.signed(header, "[]"),
        KEY.signed("7", claims),
        KEY.proof(URL, token=TOKEN, claims={"more": "x" * MAX_PROOF_LENGTH}),
    ):
        with pytest.raises(InvalidDpopProof):
            verify(proof)


def test_a_signature_is_64_bytes_and_canonical() -> None:
    head, payload, signature = KEY.proof(URL, token=TOKEN).split(".")
    for changed in (
        "",
        signature[:-4],
        signature + "AAAA",
        signature + "=",
        "A" * 86,
        f"{signature}.",
    ):
        with pytest.raises(InvalidDpopProof):
            verify(f"{head}.{payload}.{changed}")


@pytest.mark.parametrize("skew_s", [-59, -30, 0, 30, 59])
def test_a_clock_within_a_minute_needs_no_nonce(skew_s: int) -> None:
    stopped = StoppedClock()
    proof = KEY.proof(URL, token=TOKEN, claims={"iat": stopped.now // 1000 + skew_s})
    verified = ProofVerifier(NONCES, stopped).verify(proof, method="POST", urls={URL}, token=TOKEN)
    assert verified.jkt == KEY.jkt


@pytest.mark.parametrize("nonce", [None, "", "x", 7, ["x"], "A" * 35, "é", "\ud800"])
def test_a_clock_that_is_off_is_given_a_nonce_and_nothing_else(nonce: object) -> None:
    with pytest.raises(UseDpopNonce) as asked:
        verify(KEY.proof(URL, token=TOKEN, claims={"iat": 0, "nonce": nonce}))
    given_nonce = asked.value.headers["DPoP-Nonce"]
    assert verify(KEY.proof(URL, token=TOKEN, claims={"iat": 0, "nonce": given_nonce})) == KEY.jkt


def test_a_nonce_outlives_a_change_of_secrets_until_its_version_is_removed() -> None:
    both = SecretRing({1: b"s" * 32, 2: b"t" * 32}, active=2)
    new = SecretRing({2: b"t" * 32}, active=2)
    nonce = NONCES.current()
    assert DpopNonces(both, CLOCK).is_fresh(nonce)
    assert not DpopNonces(new, CLOCK).is_fresh(nonce)


def test_a_nonce_lives_no_longer_than_a_used_proof_is_remembered() -> None:
    clock = MovableClock()
    nonces = DpopNonces(SecretRing({1: b"s" * 32}, active=1), clock)
    nonce = nonces.current()
    accepted_s = []
    for second in range(-200, 400):
        clock.ahead_ms = second * 1000
        if nonces.is_fresh(nonce):
            accepted_s.append(second)
    assert 115 <= len(accepted_s) <= 120


@given(st.text(max_size=300) | st.binary(max_size=200).map(to_base64url))
def test_noise_is_never_a_proof(noise: str) -> None:
    with pytest.raises(InvalidDpopProof):
        verify(noise)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
MEMBERS = st.sampled_from(["typ", "alg", "jwk"])
CLAIMS = st.sampled_from(["jti", "htm", "htu", "iat", "ath"])


@given(MEMBERS, JSON_VALUES)
def test_no_value_of_a_header_member_is_taken_for_another(name: str, value: object) -> None:
    with pytest.raises(InvalidDpopProof):
        verify(KEY.proof(URL, token=TOKEN, header={name: value}))


@given(CLAIMS, JSON_VALUES)
def test_no_value_of_a_claim_crashes_or_passes(name: str, value: object) -> None:
    proof = KEY.proof(URL, token=TOKEN, claims={name: value})
    if name == "jti" and isinstance(value, str) and re.fullmatch(r"[!-~]+", value):
        assert verify(proof) == KEY.jkt
    else:
        with pytest.raises((InvalidDpopProof, UseDpopNonce)):
            verify(proof)


@given(st.data())
def test_a_proof_with_one_character_changed_is_refused(data: st.DataObject) -> None:
    proof = KEY.proof(URL, token=TOKEN)
    at = data.draw(st.integers(0, len(proof) - 1))
    letter = data.draw(st.sampled_from("ABab01-_.=+ "))
    changed = proof[:at] + letter + proof[at + 1 :]
    if changed != proof:
        with pytest.raises((InvalidDpopProof, UseDpopNonce)):
            verify(changed)
