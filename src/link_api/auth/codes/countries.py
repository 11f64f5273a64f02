"""The countries whose phones codes are sent to (`LINK_OTP_COUNTRIES`)."""

from collections.abc import Collection
from typing import Final

import phonenumbers

from link_api.spelling.contacts import Contact
from link_kernel.contact_errors import CountryNotSupported

# What costs its caller or its callee more than a text: satellites and global services have country
# codes of their own ("001"), the others are ranges within a country.
_NOT_GEOGRAPHIC: Final = phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
_OTHER: Final = "other"
_DEAR: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.PAGER,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)


def require_country(contact: Contact, countries: Collection[str]) -> None:
    """Raise `CountryNotSupported` for a phone outside `countries` (ISO 3166-1 alpha-2)."""
    if contact.contact_type != "phone":
        return
    number = phonenumbers.parse(contact.address)
    region = _region_of(number)
    if region == _NOT_GEOGRAPHIC or region not in countries:
        raise CountryNotSupported("country")
    if phonenumbers.number_type(number) in _DEAR:
        raise CountryNotSupported("range")


def counted_country(contact: Contact, countries: Collection[str]) -> str:
    """Return the country that metrics name: one of `countries`, `other`, or `email`."""
    if contact.contact_type != "phone":
        return contact.contact_type
    region = _region_of(phonenumbers.parse(contact.address))
    return region if region is not None and region in countries else _OTHER


def _region_of(number: phonenumbers.PhoneNumber) -> str | None:
    # A range younger than the library's data has no region of its own, but that of its code.
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
