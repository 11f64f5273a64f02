"""The table of countries is what the numbering plans say."""

import phonenumbers
import pytest

from elements_bridge.businesses.countries import NUMBERING, known_country


def test_the_table_is_that_of_the_numbering_plans() -> None:
    """A newer `phonenumbers` may know more: then the table takes it over."""
    expected = {}
    for region in phonenumbers.SUPPORTED_REGIONS:
        plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
        assert plan is not None
        expected[region] = f"{region} {plan.country_code} {plan.national_prefix or ''}"

    assert expected == NUMBERING
    assert NUMBERING["GH"] == "GH 233 0"
    assert NUMBERING["CI"] == "CI 225 "


@pytest.mark.parametrize("text", ["", "gh", "ZZ", "GHA", "G", "233"])
def test_any_other_text_is_no_country(text: str) -> None:
    with pytest.raises(ValueError, match="must be a country"):
        known_country(text)
