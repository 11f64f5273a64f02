"""Wire models of `/v1/link/contacts` (docs/link-api.md#contacts)."""

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from link_api.auth.confirmations import CONFIRMED_FOR_MS
from link_api.auth.records import SentCode
from link_api.contract.models import ItemId, LinkWire, RecordModel
from link_api.customers.service import ProvedContact
from link_api.spelling.contacts import Contact, mask_contact, parse_contact
from link_api.spelling.phone_numbers import Countries
from link_kernel.contract.wire import (
    Channel,
    ContactType,
    Instant,
    LocaleTag,
    Members,
    NumberCountry,
    TypedContact,
    rfc3339,
    rfc3339_or_none,
)

PurposeName = Literal[
    "add_contact",
    "remove_contact",
    "close_account",
    "export_account",
    "new_contact",
    "former_contact",
]
_TYPED: Final = frozenset({"new_contact", "former_contact"})


class _OfPurpose(LinkWire):
    """A body with a purpose; a contact is typed for `new_contact` and `former_contact` alone."""

    purpose: PurposeName
    contact: TypedContact | None = None
    contact_type: ContactType | None = None
    country: NumberCountry = None

    @model_validator(mode="after")
    def _has_its_contact(self) -> Self:
        is_typed = self.purpose in _TYPED
        if (self.contact is not None, self.contact_type is not None) != (is_typed, is_typed):
            raise ValueError("a typed contact, or none")
        return self

    def typed(self, countries: Countries) -> Contact | None:
        """Return the typed contact in its one spelling, if there is one.

        Raises `ValidationFailed`.
        """
        if self.contact is None or self.contact_type is None:
            return None
        return parse_contact(
            self.contact, self.contact_type, country=self.country, countries=countries
        )


class RequestContactCode(_OfPurpose):
    """Body of `POST contacts/request-otp`.

    Without a `contact_id` the code goes to the first contact. With `new_contact` it goes to
    `contact`, which is to be added, and with `former_contact` to one of an earlier account.
    """

    contact_id: ItemId | None = None
    channel: Channel | None = None
    locale: LocaleTag = None

    @model_validator(mode="after")
    def _names_one_contact(self) -> Self:
        if self.contact is not None and self.contact_id is not None:
            raise ValueError("one contact, not two")
        return self


class VerifyContactCode(_OfPurpose):
    """Body of `POST contacts/verify-otp`."""

    otp_code: str = Field(pattern=r"^[0-9]{6}$")


class ContactCodeSent(LinkWire):
    """Answer of `contacts/request-otp`: where the code went; the channel just used comes first."""

    contact_masked: str
    expires_in: int
    ask_again_in: int
    channels: tuple[Channel, ...]

    @classmethod
    def of(cls, sent: SentCode, contact: Contact) -> Self:
        """Return the wire model of a code that was sent to a contact."""
        return cls(
            contact_masked=mask_contact(contact),
            expires_in=sent.expires_in_s,
            ask_again_in=sent.ask_again_in_s,
            channels=sent.channels,
        )


class CustomerContact(RecordModel):
    """A proved contact; `leaves_at` says when it goes, unless somebody signs in by it."""

    id: str
    contact_type: ContactType
    contact_masked: str
    proved_at: Instant
    leaves_at: Instant | None

    @staticmethod
    def members(proved: ProvedContact, /) -> Members:
        """Return the JSON members that show a contact."""
        return {
            "id": proved.id,
            "contact_type": proved.contact.contact_type,
            "contact_masked": proved.masked,
            "proved_at": rfc3339(proved.proved_at),
            "leaves_at": rfc3339_or_none(proved.goes_at),
        }


class ContactConfirmed(LinkWire):
    """Answer of `contacts/verify-otp` where a code confirms: the right is for one call.

    `confirmation` is the secret that the confirmed call presents. `former_contact` gives none, no
    right, and the same answer whoever has the contact: 0 seconds.
    """

    purpose: PurposeName
    confirmation: str | None = Field(repr=False)
    expires_in: int = CONFIRMED_FOR_MS // 1000


class RemovedContact(LinkWire):
    """Answer of `DELETE contacts/:id`: `leaves_at` is null for a contact that is gone already."""

    leaves_at: Instant | None
