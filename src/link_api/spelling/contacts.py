"""Normalised phone numbers and e-mail addresses, so that one mailbox or phone is one customer.

The normalised spelling is the one a code is sent to, stored and compared: a customer who proves a
contact has proved exactly that spelling.
"""

from dataclasses import dataclass, field
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from link_api.contract.cleaning import clean_contact
from link_api.spelling.phone_numbers import Countries, NumberRefused, Purpose, read_number
from link_kernel.contract.wire import ContactType
from link_kernel.errors import ValidationFailed

_COUNTRY_CODES: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_LONGEST_COUNTRY_CODE: Final = 3
_SHOWN_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Contact:
    """A normalised contact: E.164 for a phone, a lower-case ASCII address for e-mail."""

    contact_type: ContactType
    address: str = field(repr=False)


def parse_contact(
    text: str, contact_type: ContactType, *, country: str | None, countries: Countries
) -> Contact:
    """Return the normalised form of a contact as a customer typed it.

    `country` is what was said beside a phone number, an e-mail address has none. Raises
    `ValidationFailed`, whose details name the field at fault and the reason, never the value.
    """
    try:
        if contact_type == "phone":
            address = read_number(text, country=country, countries=countries, purpose=Purpose.CODE)
        else:
            address = _mailbox(text)
    except NumberRefused as refused:
        raise refused.of_field("contact") from None
    except (EmailNotValidError, ValueError) as error:
        raise ValidationFailed(type(error).__name__, details={"fields": ["contact"]}) from error
    return Contact(contact_type, address)


def recognise_contact(text: str, *, country: str | None, countries: Countries) -> Contact:
    """Return a contact of unnamed kind: with an `@` it is e-mail, else a phone number.

    Raises as `parse_contact` does.
    """
    kind: ContactType = "email" if "@" in text else "phone"
    return parse_contact(text, kind, country=country, countries=countries)


def mask_contact(contact: Contact) -> str:
    """Return a contact masked for display; the mask hides its length too.

    `+233 •• ••• 4567` for a phone, `a•••@example.com` for e-mail.
    """
    if contact.contact_type == "phone":
        return f"{_country_code(contact.address)} •• ••• {contact.address[-_SHOWN_DIGITS:]}"
    mailbox, _, domain = contact.address.rpartition("@")
    return f"{mailbox[0]}•••@{domain}"


def _country_code(e164: str) -> str:
    """Return the country code of an E.164 number, with its `+`; no code begins with another."""
    lengths = range(1, _LONGEST_COUNTRY_CODE + 1)
    return next(e164[: n + 1] for n in lengths if int(e164[1 : n + 1]) in _COUNTRY_CODES)


def _mailbox(text: str) -> str:
    """Case-fold the whole address: no known provider tells case apart before the @ either.

    The local part is ASCII alone, so folding merges no two scripts; the domain is in its DNS form.
    """
    checked = validate_email(clean_contact(text), check_deliverability=False, allow_smtputf8=False)
    if checked.ascii_email is None:
        raise ValueError("no ASCII form")
    return checked.ascii_email.casefold()
