"""Verification of access tokens: attacks 40 to 43."""

import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm

from elements_bridge.keyring import Keyring, new_keyring_file
from elements_bridge.tokens.access import AccessTokenSigner
from link_kernel.auth.access_token import (
    AccessTokenError,
    AccessTokenVerifier,
    CachingTokenVerifier,
)
from link_kernel.ids import new_id, to_base64url
from link_kernel.sessions.records import ElementsSession, Identity
from tests.support.time_machine import MovableClock

ISSUER, AUDIENCE = "https://api.example", "https://api.example/v1/link"
KEYRING = Keyring.of(new_keyring_file())
KID = KEYRING.signing_key.kid
CLOCK = MovableClock()
VERIFIER = AccessTokenVerifier(KEYRING.public_keys, ISSUER, AUDIENCE, "live", CLOCK)
SIGNER = AccessTokenSigner(KEYRING.signing_key, ISSUER, AUDIENCE, "live", 300)

Claims = dict[str, Any]


def now_s() -> int:
    """Return the wall clock in seconds."""
    return int(time.time())  # noqa: TID251  # the clock of another issuer


def session(**changes: object) -> ElementsSession:
    """Return the record of a guest's session, with changes."""
    now_ms = now_s() * 1000
    base = ElementsSession(
        id=new_id("els"),
        identity=Identity(),
        business_id=new_id("bus"),
        element="auth",
        parent_origin="https://shop.example",
        secret_version=1,
        jkt=None,
        generation=0,
        created_at=now_ms,
        idle_expires_at=now_ms + 600_000,
        expires_at=now_ms + 3_600_000,
        upgrade_mac="",
        upgraded_to=None,
        evicted="",
        ended_reason="",
    )
    return base._replace(**changes)  # type: ignore[arg-type]  # names of the record's own fields


def good_claims() -> Claims:
    """Return the claims of a valid token."""
    token = SIGNER.sign(session(), now_ms=now_s() * 1000).text
    claims: Claims = jwt.decode(token, options={"verify_signature": False})
    return claims


def signed(claims: Claims, **header: object) -> str:
    """Sign claims with the issuer's key, under a changed header."""
    headers = {"typ": "at+jwt", "kid": KID, **header}
    return jwt.encode(claims, KEYRING.signing_key.private_key, algorithm="ES256", headers=headers)


def fault_of(token: str) -> str:
    """Return the fault of a token that is rejected."""
    with pytest.raises(AccessTokenError) as error:
        VERIFIER.verify(token)
    return error.value.fault


def test_a_token_of_ours_is_read_back() -> None:
    stored = session()
    token = SIGNER.sign(stored, now_ms=now_s() * 1000)
    claims = VERIFIER.verify(token.text)
    assert claims.session_key == stored.session_key
    assert claims.scopes == {"otp"}
    assert token.expires_in_s == 300


def test_no_access_token_outlives_its_session() -> None:
    ends_soon = session(expires_at=(now_s() + 40) * 1000)
    assert SIGNER.sign(ends_soon, now_ms=now_s() * 1000).expires_in_s == 40


def _jws(header: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """Encode and sign a JWS by hand, since a library would refuse these headers."""
    parts = [to_base64url(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, to_base64url(sign(".".join(parts).encode()))])


def _unsigned(claims: Claims) -> str:
    return _jws({"alg": "none", "typ": "at+jwt", "kid": KID}, claims, lambda _: b"")


def _hmac_with_public_key(claims: Claims) -> str:
    pem = KEYRING.public_keys[KID].public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "at+jwt", "kid": KID}
    return _jws(header, claims, lambda text: hmac.digest(pem, text, "sha256"))


def _with_numeric_kid(claims: Claims) -> str:
    key = KEYRING.signing_key.private_key
    sign = ECAlgorithm(ECAlgorithm.SHA256).sign
    return _jws({"alg": "ES256", "typ": "at+jwt", "kid": 1}, claims, lambda text: sign(text, key))


def _with_a_claim_twice(claims: Claims) -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": KID}
    payload = json.dumps(claims)[:-1] + f', "sub": "{claims["sub"]}"}}'
    text = ".".join(to_base64url(part.encode()) for part in (json.dumps(header), payload))
    signature = ECAlgorithm(ECAlgorithm.SHA256).sign(text.encode(), KEYRING.signing_key.private_key)
    return f"{text}.{to_base64url(signature)}"


def _rsa(claims: Claims) -> str:
    key = rsa.generate_private_key(65537, 2048)
    return jwt.encode(claims, key, algorithm="RS256", headers={"typ": "at+jwt", "kid": KID})


def _foreign_key(claims: Claims) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(claims, key, algorithm="ES256", headers={"typ": "at+jwt", "kid": KID})


def _embedded_key(claims: Claims) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    headers = {"typ": "at+jwt", "kid": "theirs", "jwk": jwk, "jku": "https://evil.example/jwks"}
    return jwt.encode(claims, key, algorithm="ES256", headers=headers)


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _hmac_with_public_key,
        _rsa,
        _foreign_key,
        _embedded_key,
        lambda claims: signed(claims, typ="JWT"),
        lambda claims: signed(claims, typ=None),
        lambda claims: signed(claims, kid="foreign"),
        _with_numeric_kid,
        lambda claims: signed(claims)[:-2],
        lambda claims: signed(claims) + ".",
        lambda claims: signed(claims | {"padding": "x" * 5000}),
        lambda claims: signed(claims, typ="dpop+jwt"),
        lambda claims: signed(claims, crit=["exp"]),
        _with_a_claim_twice,
    ],
)
def test_attack_41_a_forged_token_is_invalid(forge: Callable[[Claims], str]) -> None:
    assert fault_of(forge(good_claims())) == "invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "https://other.example"},
        {"aud": [AUDIENCE]},
        {"iss": "https://other.example"},
        {"mode": "test"},
        {"sub": 1},
        {"amr": "otp"},
        {"amr": [1]},
        {"scope": ["otp"]},
        {"auth_time": "now"},
        {"iat": "now"},
        {"exp": True},
        {"lsid": 1},
        {"cnf": None},
        {"cnf": {}},
        {"cnf": {"jkt": 1}},
        {"cnf": {"jkt": "x", "jwk": {}}},
        {"cnf": "x"},
    ],
)
def test_attack_42_wrong_claims_are_invalid(change: Claims) -> None:
    assert fault_of(signed(good_claims() | change)) == "invalid"


@pytest.mark.parametrize("missing", sorted(good_claims()))
def test_attack_42_every_claim_is_required(missing: str) -> None:
    claims = good_claims()
    del claims[missing]
    assert fault_of(signed(claims)) == "invalid"


def test_attack_42_the_leeway_is_ten_seconds_and_the_future_sixty() -> None:
    claims = good_claims()
    VERIFIER.verify(signed(claims | {"exp": now_s() - 8}))
    assert fault_of(signed(claims | {"exp": now_s() - 11})) == "expired"
    VERIFIER.verify(signed(claims | {"iat": now_s() + 58, "exp": now_s() + 300}))
    assert fault_of(signed(claims | {"iat": now_s() + 62, "exp": now_s() + 300})) == "invalid"


@pytest.mark.parametrize("other", ["lnk_abc", "rfr_abc", "elb_abc", "elr_abc", "", "a.b.c"])
def test_attack_40_other_kinds_of_tokens_are_invalid(other: str) -> None:
    assert fault_of(other) == "invalid"


@given(st.text(max_size=200))
def test_no_text_is_a_token_or_a_crash(text: str) -> None:
    assert fault_of(text) == "invalid"


@given(st.data())
def test_no_changed_letter_passes(data: st.DataObject) -> None:
    token = SIGNER.sign(session(), now_ms=now_s() * 1000).text
    header_and_payload = token.rindex(".")
    at = data.draw(st.integers(0, header_and_payload - 1))
    letter = data.draw(st.sampled_from("ABCabc019_-."))
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        assert fault_of(changed) == "invalid"


def test_attack_43_ten_thousand_unknown_kids_cost_no_key_and_no_memory() -> None:
    """Tokens with unknown `kid`s cause no fetch and no cache entry, and evict none."""
    caching_verifier = CachingTokenVerifier(VERIFIER, max_size=1)
    good = signed(good_claims())
    payload_and_signature = good.partition(".")[2]
    known = caching_verifier.verify(good)
    for _ in range(10_000):
        header = {"alg": "ES256", "typ": "at+jwt", "kid": secrets.token_urlsafe(16)}
        forged = f"{to_base64url(json.dumps(header).encode())}.{payload_and_signature}"
        with pytest.raises(AccessTokenError):
            caching_verifier.verify(forged)
    assert caching_verifier.verify(good) is known
    assert set(KEYRING.public_keys) == {KID}
