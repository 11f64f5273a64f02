"""Parsing of a JWK set: any input gives usable public keys or a `JwksError`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_kernel.keys.jwks import MOST_KEYS, JwksError, read_key_set
from tests.support.issuer import jwks_of, new_keyring

KEYRING = new_keyring()
(GOOD,) = KEYRING.jwks()["keys"]
(OTHER,) = new_keyring().jwks()["keys"]

Jwk = dict[str, Any]


def published(*entries: object) -> bytes:
    """Return the JWK set of these entries."""
    return json.dumps({"keys": entries}).encode()


def kids_in(*entries: object) -> set[str]:
    """Return the `kid`s of the usable keys among these entries."""
    return set(read_key_set(published(*entries)))


def test_the_bridges_own_set_is_read_as_the_keys_it_holds() -> None:
    assert read_key_set(jwks_of(KEYRING)) == KEYRING.public_keys


def test_use_and_alg_may_be_left_out_and_what_we_do_not_know_is_passed_over() -> None:
    bare = {name: GOOD[name] for name in ("kty", "crv", "x", "y", "kid")}
    more = {**OTHER, "key_ops": ["verify"], "x5t": "anything", "ext": True}
    assert kids_in(bare, more) == {GOOD["kid"], OTHER["kid"]}


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"crv": "secp256k1"},
        {"crv": "P-384"},
        {"use": "enc"},
        {"use": None},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"alg": ["ES256"]},
        {"key_ops": ["sign"]},
        {"key_ops": ["verify", "sign"]},
        {"d": "A" * 43},
        {"oth": []},
        {"kid": None},
        {"kid": 1},
        {"kid": ["a"]},
        {"kid": ""},
        {"kid": "x" * 65},
        {"kid": "a b"},
        {"kid": "\ud800"},
        {"x": None},
        {"x": 1},
        {"x": ""},
        {"x": "é"},
        {"x": GOOD["x"] + "="},
        {"x": GOOD["x"][:-4]},
        {"y": GOOD["x"]},
    ],
)
def test_a_key_that_is_not_a_public_es256_key_is_none_of_the_set(change: Jwk) -> None:
    assert kids_in({**GOOD, **change}, OTHER) == {OTHER["kid"]}
    with pytest.raises(JwksError):
        read_key_set(published({**GOOD, **change}))


def test_of_two_keys_with_one_kid_neither_counts() -> None:
    usurper = {**OTHER, "kid": GOOD["kid"]}
    for pair in ((GOOD, usurper), (usurper, GOOD), (GOOD, {**GOOD, "use": "enc"})):
        assert kids_in(*pair, OTHER) == {OTHER["kid"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"keys"',
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b'{"keys": []}',
        b'{"keys": [null, 1, "x", []]}',
        b'{"keys": [NaN]}',
        b'{"keys": [' + b"9" * 5000 + b"]}",
        b"[" * 60_000,
        b'{"keys": [], "keys": [%s]}' % json.dumps(GOOD).encode(),
        published(*[GOOD] * (MOST_KEYS + 1)),
    ],
)
def test_what_is_no_set_is_refused(body: bytes) -> None:
    with pytest.raises(JwksError):
        read_key_set(body)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
_jwk_like = st.builds(
    lambda changes: {**GOOD, **changes},
    st.dictionaries(st.sampled_from([*GOOD, "d", "k", "key_ops"]), _anything),
)


@given(st.binary() | st.text().map(str.encode))
def test_of_noise_comes_nothing_but_a_refusal(body: bytes) -> None:
    with pytest.raises(JwksError):
        read_key_set(body)


@given(st.lists(_jwk_like | _anything), st.text() | st.just("keys"))
def test_of_a_malformed_set_come_usable_keys_or_a_refusal(entries: list[Any], name: str) -> None:
    try:
        found = read_key_set(json.dumps({name: entries}).encode())
    except JwksError:
        return
    assert found
    assert all(key.curve.name == "secp256r1" for key in found.values())
