"""The frame and the library that the API reads numbers by make the same number of what is typed."""

import re
from typing import Any, Final

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from link_dev.country_table import tables
from tests.contract.node import run_node

_NO_MOBILES: Final = {"TA"}  # Tristan da Cunha: the library has no example
REGIONS: Final = sorted(phonenumbers.SUPPORTED_REGIONS - _NO_MOBILES)
LONG_GROUP: Final = 6
NOBODY: Final = ""
"""No country is chosen."""


def mobile(region: str) -> PhoneNumber:
    """Return the library's example of a region's mobile number."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example is not None
    return example


def e164(region: str) -> str:
    """Return the same in E.164."""
    return phonenumbers.format_number(mobile(region), PhoneNumberFormat.E164)


def written(region: str, how: int) -> str:
    """Return the same in a format of the library."""
    return phonenumbers.format_number(mobile(region), how)


def test_the_tables_are_what_the_library_says() -> None:
    """`make country-table` writes them anew after an update of the library."""
    assert {file: file.read_text("utf-8") for file in tables()} == tables()


@pytest.mark.parametrize(
    ("chosen", "how"),
    [
        ("its own", PhoneNumberFormat.NATIONAL),
        ("its own", PhoneNumberFormat.INTERNATIONAL),
        ("none", PhoneNumberFormat.INTERNATIONAL),
    ],
)
def test_a_mobile_number_of_every_country_is_read_as_it_is_written_there(
    chosen: str, how: int
) -> None:
    typed = [
        (region if chosen == "its own" else NOBODY, written(region, how)) for region in REGIONS
    ]

    read = run_node("numbers.js", typed)

    found = dict(zip(REGIONS, read, strict=True))
    assert {region: e164(region) for region in REGIONS} == {
        region: contact for region, (contact, _, _) in found.items()
    }
    assert [] == [
        region
        for region, (_, _, named) in found.items()
        if phonenumbers.region_code_for_number(mobile(region)) not in named
    ]


def test_a_number_without_its_plus_is_read_by_its_country_code() -> None:
    """Unless the chosen country itself may have it: then it is dialled there as it stands."""
    typed = [(region, e164(region).removeprefix("+")) for region in REGIONS]

    read = [contact for contact, _, _ in run_node("numbers.js", typed)]

    assert [] == [
        (region, contact)
        for region, contact in zip(REGIONS, read, strict=True)
        if contact != e164(region) and not is_national(region)
    ]


def test_a_mobile_number_of_every_country_is_shown_in_the_groups_it_is_written_in() -> None:
    """Those of six digits or more in halves."""
    typed = [(NOBODY, e164(region)) for region in REGIONS]

    shown = [text.split(",")[0].split("\u00a0") for _, text, _ in run_node("numbers.js", typed)]

    assert {region: in_groups(region) for region in REGIONS} == dict(
        zip(REGIONS, shown, strict=True)
    )


def in_groups(region: str) -> list[str]:
    """Return the groups in which the library writes a region's mobile number."""
    code, *groups = re.split("[ .-]", written(region, PhoneNumberFormat.INTERNATIONAL))
    halves = [
        [one[: len(one) // 2], one[len(one) // 2 :]] if len(one) >= LONG_GROUP else [one]
        for one in groups
    ]
    return [code, *(half for pair in halves for half in pair)]


@pytest.mark.parametrize(
    ("region", "prefix"),
    [
        ("GH", "00"),
        ("NG", "009"),
        ("NG", "00"),
        ("KE", "000"),
        ("TZ", "000"),
        ("TZ", "005"),
        ("UG", "000"),
        ("UG", "007"),
        ("CI", "00"),
        ("US", "011"),
        ("JP", "010"),
        ("RU", "810"),
        ("AU", "0011"),
        ("BR", "0015"),
        ("HK", "001"),
        ("", "00"),
        ("", "000"),
    ],
)
def test_a_number_is_read_after_what_its_country_dials_to_call_abroad(
    region: str, prefix: str
) -> None:
    others = [other for other in ("GH", "KE", "CI", "DE") if other != region]

    read = run_node("numbers.js", [(region, prefix + e164(other)[1:]) for other in others])

    assert [e164(other) for other in others] == [contact for contact, _, _ in read]


def is_national(region: str) -> bool:
    """Tell whether the digits of the whole number have the length of a number of the region."""
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region(region)
    lengths = metadata.mobile.possible_length or metadata.general_desc.possible_length
    return len(e164(region)) - 1 in lengths
