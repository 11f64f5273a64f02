"""The wire of customers: `check-status`, and a customer's view (docs/protocol.md#link-api)."""

from typing import Annotated, Final, Self

from pydantic import Field

from link_api.contacts import Contact, recognise_contact
from link_api.contract.models import Instant, Wire, rfc3339
from link_api.customers.service import CustomerRecord

_LONGEST_CONTACT: Final = 254

TypedContact = Annotated[str, Field(min_length=3, max_length=_LONGEST_CONTACT)]
"""A phone number or an e-mail address as a person types it; the one with an `@` is e-mail."""


class OfContact(Wire):
    """A body that names a contact."""

    contact: TypedContact

    def parsed(self, default_region: str) -> Contact:
        """Return the contact in its one spelling; raises `ValidationFailed`."""
        return recognise_contact(self.contact, default_region=default_region)


class CheckStatusRequest(OfContact):
    """Body of `POST check-status`."""


class LinkStatusAnswer(Wire):
    """Answer of `check-status`."""

    is_link_customer: bool


class LinkCustomer(Wire):
    """A customer as they see themselves; a frame is told no contact but the masked one."""

    id: str
    account_id: str
    name: str | None
    phone: str | None
    email: str | None
    contact_masked: str
    created_at: Instant

    @classmethod
    def of(cls, customer: CustomerRecord, *, for_frame: bool) -> Self:
        """Show a customer."""
        return cls(
            id=customer.id,
            account_id=customer.account_id,
            name=customer.name,
            phone=None if for_frame else customer.phone,
            email=None if for_frame else customer.email,
            contact_masked=customer.contact_masked,
            created_at=rfc3339(customer.created_at),
        )
