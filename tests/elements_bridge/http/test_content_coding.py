"""Which content coding a request gets (RFC 9110 12.5.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elements_bridge.http.content_coding import choose_coding

OFFERED = ("br", "gzip")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP;Q=0.3", "gzip"),
        ("br;q=0.5,gzip;q=0.5", "br"),
        ("br;q=0.1, gzip;q=0.2", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.000", "identity"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0", "identity"),
        ("gzip, *;q=0", "gzip"),
        ("identity", "identity"),
        ("identity, br;q=0.9", "identity"),
        ("identity;q=0.9, br;q=0.9", "br"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0", "identity"),
        ("identity;q=0.5, *;q=0.1", "identity"),
        ("deflate", "identity"),
        ("", "identity"),
        (" , ,", "identity"),
        ("\tgzip ; q=1.000 ", "gzip"),
    ],
)
def test_the_heaviest_coding_is_chosen_and_of_equals_the_smallest(
    accepted: str, coding: str
) -> None:
    assert coding == choose_coding(accepted, OFFERED)


@pytest.mark.parametrize(
    "malformed",
    ["br;q=2", "br;q=1.5", "br;q=-1", "br;q=", "br;q=nan", "br;level=1", "br gzip", "br;q=0.1234"],
)
def test_a_malformed_member_is_ignored_and_the_others_count(malformed: str) -> None:
    assert "identity" == choose_coding(malformed, OFFERED)
    assert "gzip" == choose_coding(f"{malformed}, gzip;q=0.1", OFFERED)


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "*"])
def test_a_file_without_compressed_forms_is_sent_as_it_is(accepted: str) -> None:
    assert "identity" == choose_coding(accepted, ())


@given(st.text(alphabet="br, gzip;q=.0129*identity\t\u00e9\u0660", max_size=60))
def test_any_text_has_an_answer(accepted: str) -> None:
    assert choose_coding(accepted, OFFERED) in {*OFFERED, "identity"}
