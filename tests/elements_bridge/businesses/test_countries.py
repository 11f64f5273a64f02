"""A country is one of the table, which a test of the frame's numbers compares with its source."""

import pytest

from elements_bridge.businesses.countries import known_country
from elements_bridge.businesses.numbering import NUMBERING


def test_a_country_has_its_calling_code_and_trunk_prefix() -> None:
    """The prefix is what is dialled at home: `80` in Belarus, where the metadata name `8`."""
    assert NUMBERING["GH"] == "GH 233 0"
    assert NUMBERING["CI"] == "CI 225 "
    assert NUMBERING["BY"] == "BY 375 80"
    assert known_country("GH") == "GH"


@pytest.mark.parametrize("text", ["", "gh", "ZZ", "GHA", "G", "233"])
def test_any_other_text_is_no_country(text: str) -> None:
    with pytest.raises(ValueError, match="must be a country"):
        known_country(text)
