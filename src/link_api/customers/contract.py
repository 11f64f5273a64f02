"""Wire models of customers: `check-status`, and a customer's view (docs/protocol.md#link-api)."""

from typing import Self

from link_api.contract.models import LinkWire
from link_api.customers.service import CustomerRecord
from link_api.spelling.contacts import Contact, recognise_contact
from link_api.spelling.phone_numbers import Countries
from link_kernel.contract.wire import Instant, Members, NumberCountry, TypedContact, rfc3339


class OfContact(LinkWire):
    """A body that names a contact."""

    contact: TypedContact
    country: NumberCountry = None

    def parsed(self, countries: Countries) -> Contact:
        """Return the contact in its one spelling; raises `ValidationFailed`."""
        return recognise_contact(self.contact, country=self.country, countries=countries)


class CheckStatusRequest(OfContact):
    """Body of `POST check-status`."""


class LinkStatusAnswer(LinkWire):
    """Answer of `check-status`."""

    is_link_customer: bool


class LinkCustomer(LinkWire):
    """A customer as they see themselves; a frame is told contacts masked alone.

    `contact_masked` is the first phone, else the first mailbox; `contacts_masked` are all contacts.
    """

    id: str
    account_id: str
    name: str | None
    phone: str | None
    email: str | None
    contact_masked: str
    contacts_masked: list[str]
    created_at: Instant

    @classmethod
    def of(cls, customer: CustomerRecord, *, for_frame: bool) -> Self:
        """Return the wire model of a customer."""
        return cls.model_validate(cls.members(customer, for_frame=for_frame))

    @staticmethod
    def members(customer: CustomerRecord, *, for_frame: bool) -> Members:
        """Return the JSON members that show a customer, as `RecordModel` does."""
        return {
            "id": customer.id,
            "account_id": customer.account_id,
            "name": customer.name,
            "phone": None if for_frame else customer.phone,
            "email": None if for_frame else customer.email,
            "contact_masked": customer.contact_masked,
            "contacts_masked": list(customer.contacts_masked),
            "created_at": rfc3339(customer.created_at),
        }
