"""The reserved ranges: nobody's by what is known of them, and taken by our own number check."""

import re
from itertools import product
from pathlib import Path

import phonenumbers
import pytest

from link_api.mobile_money.providers import WALLET_COUNTRIES, parse_wallet_number
from link_api.reserved.contacts import BLOCKS, DOMAIN, ENDINGS, FIXED_CODE, Outcome, is_reserved
from link_api.spelling.contacts import parse_contact
from link_api.spelling.phone_numbers import Countries, Purpose, country_of, read_number
from link_dev.testkit.reserved import reserved_mailbox, reserved_phone

PAGE = Path(__file__).parents[3] / "docs" / "testing.md"
HOME = Countries("GH", frozenset({"CI", "KE"}))
NUMBERS = [
    (country, f"{block.prefix}{digit * block.free_digits}{ending}")
    for country, block in BLOCKS.items()
    for digit, ending in product("0123456789", ENDINGS)
]


@pytest.mark.parametrize(("country", "number"), NUMBERS[::7])
def test_our_number_check_takes_them(country: str, number: str) -> None:
    """For a code, for a wallet and for a delivery; with a plus sign, or as dialled at home."""
    at_home = number.removeprefix(f"+{phonenumbers.country_code_for_region(country)}")
    dialled = at_home if country == "CI" else f"0{at_home}"
    typed = ((number, None), (f" {number[:6]} {number[6:]}", None), (dialled, country))
    for purpose in Purpose:
        for text, beside in typed:
            assert read_number(text, country=beside, countries=HOME, purpose=purpose) == number
    assert country_of(number) == country
    assert is_reserved(number)
    provider = "mpesa" if country == "KE" else "mtn"
    assert parse_wallet_number(number, provider) == number  # type: ignore[arg-type]


@pytest.mark.parametrize(("country", "number"), NUMBERS[::7])
def test_no_operator_has_them(country: str, number: str) -> None:
    """Where this fails, a newer `phonenumbers` knows an operator there: choose another range."""
    parsed = phonenumbers.parse(number)

    assert not phonenumbers.is_valid_number(parsed)
    assert phonenumbers.is_possible_number(parsed)
    assert country in WALLET_COUNTRIES


def test_the_domain_is_one_that_rfc_2606_keeps_from_everybody() -> None:
    assert DOMAIN.endswith(".example")
    contact = parse_contact(f"Ama+Late@{DOMAIN}", "email", country=None, countries=HOME)
    assert contact.address == f"ama+late@{DOMAIN}"


def test_every_country_with_wallets_has_a_range_and_none_begins_another() -> None:
    assert set(BLOCKS) == set(WALLET_COUNTRIES)
    prefixes = [block.prefix for block in BLOCKS.values()]
    assert not [(a, b) for a, b in product(prefixes, prefixes) if a != b and a.startswith(b)]
    assert set(ENDINGS.values()) == set(Outcome)


@pytest.mark.parametrize(
    "address",
    ["+2335200000", "+23352000000000", "+233530000000", f"ama@x{DOMAIN}", f"ama@a.{DOMAIN}", ""],
)
def test_what_is_beside_them_is_not_reserved(address: str) -> None:
    assert not is_reserved(address)


def test_each_call_of_the_test_kit_makes_another_contact() -> None:
    for make in (reserved_phone, reserved_mailbox):
        made = {make() for _ in range(1000)}
        assert len(made) == 1000
        assert all(map(is_reserved, made))


def test_the_page_has_the_table() -> None:
    """Endings, outcomes and ranges are written there for whoever reads no source."""
    text = PAGE.read_text("utf-8")
    told = dict(re.findall(r"^\| `(\d\d)` \| `([a-z-]+)` \|", text, re.MULTILINE))
    rows = re.findall(r"^\| ([A-Z]{2}) \| `([+\d xE]+)` \|", text, re.MULTILINE)
    ranges = {country: numbers.replace(" ", "") for country, numbers in rows}

    assert told == dict(ENDINGS)
    assert ranges == {
        country: f"{block.prefix}{'x' * block.free_digits}EE" for country, block in BLOCKS.items()
    }
    assert f"`{FIXED_CODE}`" in text
    assert f"`anything+late@{DOMAIN}`" in text
