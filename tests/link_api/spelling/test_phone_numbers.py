"""A typed number has one reading or none, and a reason that repeats nothing of it."""

import re
from typing import get_args

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_api.mobile_money.providers import WALLET_COUNTRIES
from link_api.spelling.phone_numbers import (
    Countries,
    NumberReason,
    NumberRefused,
    Purpose,
    read_number,
)

GHANA = Countries("GH", WALLET_COUNTRIES)
CODE = Purpose.CODE
NOISE = st.text(" -().\u00a0\u200e\u2069", max_size=2)
SAID = st.sampled_from([None, "GH", "CI", "KE", "NG", "US", "IT"])
CALLING_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def refused(text: str, purpose: Purpose = CODE, country: str | None = None) -> str:
    """Return why a number is refused in a deployment of Ghana."""
    with pytest.raises(NumberRefused) as refusal:
        read_number(text, country=country, countries=GHANA, purpose=purpose)
    return refusal.value.reason


@pytest.mark.parametrize(
    ("typed", "alone", "by_country"),
    [
        ("0712345678", None, {"KE": "+254712345678", "CI": "+2250712345678"}),
        ("0110123456", None, {"KE": "+254110123456", "CI": "+2250110123456"}),
        ("254712345678", "+254712345678", {"KE": "+254712345678", "GH": "+254712345678"}),
        ("0501234567", None, {"CI": "+2250501234567", "GH": "+233501234567"}),
        ("0201234567", None, {"GH": "+233201234567"}),
        ("0241234567", "+233241234567", {"GH": "+233241234567"}),
        ("0412345678", None, {"AU": "+61412345678"}),
    ],
)
def test_a_number_goes_to_a_stranger_in_no_country(
    typed: str, alone: str | None, by_country: dict[str, str]
) -> None:
    """Without a country only one that is valid once is read, as Ghana's or by its own code."""
    if alone is None:
        assert refused(typed) == "country_required"
    else:
        assert read_number(typed, countries=GHANA, purpose=CODE) == alone
    for country, e164 in by_country.items():
        assert read_number(typed, country=country, countries=GHANA, purpose=CODE) == e164


def test_a_deployment_of_one_country_reads_its_national_numbers() -> None:
    assert read_number("0712 345678", countries=Countries("KE"), purpose=CODE) == "+254712345678"


@pytest.mark.parametrize(
    ("typed", "country", "reason"),
    [
        ("0201234567", "KE", "not_mobile"),
        ("0302123456", None, "not_mobile"),
        ("+233 800 123 45", None, "not_mobile"),
        ("024 123 456", None, "too_short"),
        ("+233 24 123", None, "too_short"),
        ("024 123 45678", None, "too_long"),
        ("0" * 40, None, "too_long"),
        ("+999 24 123 4567", None, "unknown_country"),
        ("0241234567", "ZZ", "unknown_country"),
        ("12", "KE", "too_short"),
        ("0800-FLOWERS", None, "not_a_number"),
        ("0241234567 # 5", None, "not_a_number"),
        ("²³³241234567", None, "not_a_number"),
        ("½0241234567", None, "not_a_number"),
        ("!!0241234568", None, "not_a_number"),
        ("", None, "not_a_number"),
        ("+254 00712345678", None, "too_long"),
    ],
)
def test_what_is_wrong_with_a_number_has_a_name(
    typed: str, country: str | None, reason: str
) -> None:
    assert refused(typed, country=country) == reason


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("060 123 4567", "GH", "+233601234567"),
        ("+233 60 123 4567", None, "+233601234567"),
        ("00233 60 123 4567", None, "+233601234567"),
        ("0201234567", "CI", "+2250201234567"),
    ],
)
def test_a_code_goes_to_a_range_newer_than_the_metadata_and_money_does_not(
    typed: str, country: str | None, e164: str
) -> None:
    """Once the country is said, by its code or beside the number."""
    assert read_number(typed, country=country, countries=GHANA, purpose=CODE) == e164
    assert refused(typed, Purpose.MONEY, country) == "unknown_range"
    assert refused(typed, Purpose.DELIVERY, country) == "unknown_range"
    if country is not None:
        assert refused(typed) == "country_required"


def test_a_delivery_may_be_announced_to_a_fixed_line() -> None:
    number = read_number("030 212 3456", country="GH", countries=GHANA, purpose=Purpose.DELIVERY)
    assert number == "+233302123456"


@given(
    calling_code=st.sampled_from(CALLING_CODES),
    sign=st.sampled_from(["+", "", "00", "0"]),
    digits=st.text("0123456789", min_size=1, max_size=13),
    noise=NOISE,
    country=SAID,
    purpose=st.sampled_from(Purpose),
)
def test_what_is_taken_reads_as_itself_and_a_refusal_repeats_no_digit(
    calling_code: int, sign: str, digits: str, noise: str, country: str | None, purpose: Purpose
) -> None:
    """Whatever the country of the next caller is, and whichever country it says."""
    typed = f"{sign}{calling_code if sign != '0' else ''}{noise}{digits}"
    try:
        e164 = read_number(typed, country=country, countries=GHANA, purpose=purpose)
    except NumberRefused as refusal:
        assert refusal.reason in get_args(NumberReason)  # noqa: PT017  # either end is right
        told = f"{refusal} {refusal.of_field('contact').details}"
        assert not re.search(r"\d", told)
    else:
        assert re.fullmatch(r"\+[1-9]\d{5,14}", e164)
        for home, said in (("GH", None), ("KE", None), ("US", "CI"), ("IT", country)):
            again = read_number(
                e164, country=said, countries=Countries(home, WALLET_COUNTRIES), purpose=purpose
            )
            assert again == e164
