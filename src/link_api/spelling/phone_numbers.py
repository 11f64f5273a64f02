"""Reads telephone numbers as people write them: one E.164 spelling, or the reason there is none.

docs/protocol.md#numbers says which reading of a number counts.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

import phonenumbers
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
)

from link_api.contract.cleaning import clean_contact
from link_api.reserved.contacts import is_reserved
from link_kernel.errors import ValidationFailed

# As `digitsOf` in the frame's contact.js.
_SIGNS: Final = re.compile(r"\++[0-9]*|[0-9]*")
_BETWEEN: Final = re.compile(r"[ ()./\u00b7-]")
LONGEST_E164: Final = 16  # a plus sign and 15 digits (ITU-T E.164 section 6)

NumberReason = Literal[
    "country_not_served",
    "country_required",
    "not_a_number",
    "not_mobile",
    "too_long",
    "too_short",
    "unknown_country",
    "unknown_range",
]

_UNREADABLE: Final[dict[int, NumberReason]] = {
    NumberParseException.INVALID_COUNTRY_CODE: "unknown_country",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_IMPOSSIBLE: Final[dict[int, NumberReason]] = {
    ValidationResult.INVALID_COUNTRY_CODE: "unknown_country",
    ValidationResult.TOO_LONG: "too_long",
}
_SAID_IN_NUMBER: Final = frozenset(
    {
        CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        CountryCodeSource.FROM_NUMBER_WITH_IDD,
    }
)
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_WITHOUT_MESSAGES: Final = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE})


class Purpose(Enum):
    """What a number is for, which decides how sure its kind must be."""

    CODE = "code"
    """A mobile number; one of a newer range than the metadata passes, and the message decides."""
    MONEY = "money"
    """A mobile number of a known range, or a reserved one."""
    DELIVERY = "delivery"
    """Any subscriber's number, a fixed line too."""


@dataclass(frozen=True, slots=True)
class Countries:
    """The countries (ISO 3166-1 alpha-2) that a number may be of when it names none.

    It is read as one of `home`, unless it is valid in one of `others` too.
    """

    home: str
    others: frozenset[str] = frozenset()


class NumberRefused(ValueError):
    """There is no number to take; `is_of_country` says that the country beside it is at fault."""

    def __init__(self, reason: NumberReason, *, is_of_country: bool = False) -> None:
        """Take the reason that the client is told."""
        super().__init__(reason)
        self.reason: Final = reason
        self.is_of_country: Final = is_of_country

    def of_field(self, field: str) -> ValidationFailed:
        """Return the refusal of a body: its details name the field and the reason, no value."""
        at_fault = "country" if self.is_of_country else field
        return ValidationFailed(
            self.reason, details={"fields": [at_fault], "reasons": {at_fault: self.reason}}
        )


def read_number(
    text: str, *, country: str | None = None, countries: Countries, purpose: Purpose
) -> str:
    """Return a typed number in E.164; raises `NumberRefused`.

    `country` is what was said beside the number; a country code in the number goes before it.
    """
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        raise NumberRefused("unknown_country", is_of_country=True)
    text = _BETWEEN.sub("", clean_contact(text))
    if _SIGNS.fullmatch(text) is None:  # phonenumbers would read 0800-FLOWERS, "ext. 5" and "½024…"
        raise NumberRefused("not_a_number")
    number = _chosen(text, country, countries, purpose)
    _require_kind(number, purpose)
    written = _e164(number)
    if len(written) > LONGEST_E164:  # some national ranges are longer than E.164
        raise NumberRefused("too_long")
    return written


def country_of(e164: str) -> str | None:
    """Return the country of a number in E.164; `None` if several share its code and none has it."""
    number = phonenumbers.parse(e164)
    if is_reserved(e164):  # of no range that the metadata knows
        return phonenumbers.region_code_for_country_code(number.country_code or 0)
    return phonenumbers.region_code_for_number(number)


def dialled_at_home(e164: str) -> str:
    """Return the digits by which a number in E.164 is dialled in its own country."""
    number = phonenumbers.parse(e164)
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdecimal, text))


def is_valid_in(text: str, countries: Iterable[str]) -> bool:
    """Tell whether a national number is a valid one of any of these countries."""
    return any(
        phonenumbers.is_valid_number(reading)
        for country in countries
        for reading in _readings(text, country)
    )


def _chosen(text: str, country: str | None, countries: Countries, purpose: Purpose) -> PhoneNumber:
    number = _parse(text, country or countries.home)
    if number.country_code_source in _SAID_IN_NUMBER:
        return _known_or_new(number, purpose)
    readings = [number, *_readings(f"+{text}", None)]
    valid = [reading for reading in readings if phonenumbers.is_valid_number(reading)]
    if country is not None:
        return valid[0] if valid else _known_or_new(number, purpose)
    elsewhere = [
        reading
        for other in countries.others
        for reading in _readings(text, other)
        if phonenumbers.is_valid_number(reading)
    ]
    # A second reading is somebody else's number.
    if len(set(map(_e164, (*valid, *elsewhere)))) == 1 and valid:
        return valid[0]
    if not valid and not elsewhere:
        _known_or_new(number, purpose)  # says what is wrong, if a country would not help
    raise NumberRefused("country_required")


def _parse(text: str, region: str | None) -> PhoneNumber:
    try:
        number = phonenumbers.parse(text, region, keep_raw_input=True)
    except NumberParseException as error:
        raise NumberRefused(_UNREADABLE.get(error.error_type, "not_a_number")) from None
    if number.extension:
        raise NumberRefused("not_a_number")
    return number


def _readings(text: str, region: str | None) -> Iterator[PhoneNumber]:
    """Yield the number that the text is in a region, if it is one."""
    with suppress(NumberRefused):
        yield _parse(text, region)


def _known_or_new(number: PhoneNumber, purpose: Purpose) -> PhoneNumber:
    """Return a number of a known or reserved range or, for a code, one of a mobile's length."""
    if phonenumbers.is_valid_number(number):
        return number
    length = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    if length != ValidationResult.IS_POSSIBLE:
        raise NumberRefused(_IMPOSSIBLE.get(length, "too_short"))
    written = _e164(number)
    if purpose is not Purpose.CODE and not is_reserved(written):
        raise NumberRefused("unknown_range")
    if _e164(phonenumbers.parse(written)) != written:  # a trunk prefix too many
        raise NumberRefused("not_a_number")
    return number


def _require_kind(number: PhoneNumber, purpose: Purpose) -> None:
    kind = phonenumbers.number_type(number)
    if (purpose is Purpose.CODE and kind in _WITHOUT_MESSAGES) or (
        purpose is Purpose.MONEY and kind not in _MOBILE and not is_reserved(_e164(number))
    ):
        raise NumberRefused("not_mobile")


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
