"""Contacts have one spelling each, and a mask that gives nothing away."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_api.contract.cleaning import clean_contact
from link_api.spelling.contacts import Contact, mask_contact, parse_contact
from link_api.spelling.phone_numbers import Countries
from link_kernel.contract.wire import ContactType
from link_kernel.errors import ValidationFailed

_VECTORS = Path(__file__).parents[2] / "vectors"
VECTORS = json.loads((_VECTORS / "typed-contacts.json").read_text(encoding="utf-8"))
NUMBERS = json.loads((_VECTORS / "typed-numbers.json").read_text(encoding="utf-8"))
GHANA, KENYA = Countries("GH"), Countries("KE")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: ascii(vector["typed"]))
def test_a_contact_is_cleaned_as_the_frame_cleans_it(vector: dict[str, str]) -> None:
    """One vector file holds both."""
    assert clean_contact(vector["typed"]) == vector["cleaned"]


@pytest.mark.parametrize("vector", NUMBERS, ids=lambda vector: ascii(vector["typed"]))
def test_a_number_is_read_in_ghana_as_the_frame_reads_it(vector: dict[str, str | None]) -> None:
    """Signs too many, links of chats, and dots of any kind; the same file holds the frame."""
    typed, number = vector["typed"], vector["number"]
    assert typed is not None
    if number is None:
        with pytest.raises(ValidationFailed):
            parse_contact(typed, "phone", country=None, countries=GHANA)
    else:
        parsed = parse_contact(typed, "phone", country=None, countries=GHANA)
        assert parsed == Contact("phone", number)


@pytest.mark.parametrize(
    ("typed", "contact_type", "address"),
    [
        ("0241234567", "phone", "+233241234567"),
        (" +233 (24) 123-4567 ", "phone", "+233241234567"),
        ("233241234567", "phone", "+233241234567"),
        ("00233241234567", "phone", "+233241234567"),
        ("+254712345678", "phone", "+254712345678"),
        ("Ama.K+Shop@Example.COM", "email", "ama.k+shop@example.com"),
        (" ama@example.com ", "email", "ama@example.com"),
        ("ama@EXÄMPLE.com", "email", "ama@xn--exmple-cua.com"),
    ],
)
def test_a_contact_has_one_spelling(typed: str, contact_type: ContactType, address: str) -> None:
    """However it was typed."""
    parsed = parse_contact(typed, contact_type, country=None, countries=GHANA)

    assert parsed == Contact(contact_type, address)
    assert parse_contact(address, contact_type, country="KE", countries=KENYA) == parsed


@pytest.mark.parametrize(
    ("contact", "mask"),
    [
        (Contact("phone", "+233241234567"), "+233 •• ••• 4567"),
        (Contact("phone", "+14155552671"), "+1 •• ••• 2671"),
        (Contact("email", "ama@example.com"), "a•••@example.com"),
        (Contact("email", "a@example.com"), "a•••@example.com"),
    ],
)
def test_a_mask_shows_what_its_owner_recognises(contact: Contact, mask: str) -> None:
    """No more digits than four, no length of a name."""
    assert mask_contact(contact) == mask


def test_a_contact_does_not_print_itself() -> None:
    """A traceback or a log of it shows the type alone."""
    assert "ama" not in repr(Contact("email", "ama@example.com"))


@given(text=st.text(max_size=60), contact_type=st.sampled_from(["phone", "email"]))
def test_no_text_is_a_fault_of_ours(text: str, contact_type: ContactType) -> None:
    """Whatever is typed is a contact or a refusal that does not repeat it."""
    try:
        contact = parse_contact(text, contact_type, country=None, countries=GHANA)
    except ValidationFailed as refusal:
        assert (refusal.details or {})["fields"] == ["contact"]  # noqa: PT017  # either end is right
    else:
        assert contact.address.isascii()
        again = parse_contact(contact.address, contact_type, country=None, countries=KENYA)
        assert again == contact
        assert mask_contact(contact)
