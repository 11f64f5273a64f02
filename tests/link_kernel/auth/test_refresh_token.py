"""Encoding of refresh tokens: a written token is read back, and any other text is rejected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_kernel.auth.refresh_errors import RefreshTokenInvalid
from link_kernel.auth.refresh_token import LAST_GENERATION, MAX_TOKEN_LENGTH, RefreshTokenCodec
from link_kernel.ids import from_base64url, to_base64url
from link_kernel.keys.keyring_file import new_secret, secret_ring

RING = secret_ring((new_secret(),))
TOKENS = RefreshTokenCodec("elr", 4, RING)
FIELDS = ("els_0123456789abcdef", "cus_0123456789abcdef", "bus_demo", "https://shop.example")
texts = st.text(max_size=60)


@given(st.tuples(texts, texts, texts, texts), st.integers(0, LAST_GENERATION - 1))
def test_what_is_written_is_read(fields: tuple[str, ...], generation: int) -> None:
    token = TOKENS.write(1, fields, generation)
    if len(token) <= MAX_TOKEN_LENGTH:
        read = TOKENS.read(token)
        assert (read.secret_version, read.fields, read.generation) == (1, fields, generation)


def test_the_longest_token_of_the_contract_fits() -> None:
    longest_id = "x" * 36
    fields = (longest_id, longest_id, longest_id, "https://" + "a" * 253 + ":65535")
    assert len(TOKENS.write(1, fields, 7)) <= MAX_TOKEN_LENGTH


@given(st.text(max_size=700))
def test_no_text_is_a_token_or_a_crash(text: str) -> None:
    for unverified in (text, f"elr_{text}"):
        with pytest.raises(RefreshTokenInvalid):
            TOKENS.read(unverified)


@given(st.binary(max_size=440))
def test_no_bytes_are_a_token_or_a_crash(raw: bytes) -> None:
    with pytest.raises(RefreshTokenInvalid):
        TOKENS.read("elr_" + to_base64url(raw))


@given(st.data())
def test_no_changed_bit_passes(data: st.DataObject) -> None:
    raw = bytearray(from_base64url(TOKENS.write(1, FIELDS, 3).removeprefix("elr_")))
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[at // 8] ^= 1 << at % 8
    with pytest.raises(RefreshTokenInvalid):
        TOKENS.read("elr_" + to_base64url(bytes(raw)))


def test_fields_cannot_be_shifted_into_each_other() -> None:
    assert TOKENS.write(1, ("ab", "c", "d", "e"), 0) != TOKENS.write(1, ("a", "bc", "d", "e"), 0)


def test_one_kind_is_never_the_other() -> None:
    other = RefreshTokenCodec("rfr", 4, RING).write(1, FIELDS, 0)
    for unverified in (other, other.replace("rfr_", "elr_")):
        with pytest.raises(RefreshTokenInvalid):
            TOKENS.read(unverified)


def test_the_last_generation_has_no_successor_and_is_refused() -> None:
    with pytest.raises(RefreshTokenInvalid):
        TOKENS.read(TOKENS.write(1, FIELDS, LAST_GENERATION))
