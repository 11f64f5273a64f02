"""Customer records, and `check-status` with its rate limit."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from link_api.spelling.contacts import Contact, mask_contact
from link_kernel.errors import StoreUnavailable
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network

_NETWORK_LABEL: Final = "link/check-status/network/1"


@dataclass(frozen=True, slots=True)
class Customer:
    """The ids of a person who proved a contact, and of that person's one account."""

    id: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """Everything stored about a person; a phone is E.164, `created_at` epoch ms."""

    id: str
    account_id: str
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    created_at: int

    def has(self, contact: Contact) -> bool:
        """Tell whether a contact is this customer's own."""
        own = self.phone if contact.contact_type == "phone" else self.email
        return own == contact.address

    @property
    def contact_masked(self) -> str:
        """The phone, else the e-mail address, masked for display."""
        if self.phone is not None:
            return mask_contact(Contact("phone", self.phone))
        if self.email is not None:
            return mask_contact(Contact("email", self.email))
        raise StoreUnavailable("a customer without a contact")


class ProvedContacts(Protocol):
    """The contacts that customers proved."""

    async def has(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's; raises `StoreUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """Tells unauthenticated callers whether a contact is a customer's.

    The rate limits prevent enumeration of customers, also from many networks. The store gets a
    network only as a MAC under the active secret; a rotation of that secret resets the limit.
    """

    contacts: ProvedContacts
    batched: BatchedCounts
    limit: Limit
    limit_of_all: Limit
    secrets: SecretRing

    def count(self, address: Address | None) -> None:
        """Count a call from this address; raises `RateLimited`."""
        network = counted_network(address)
        mac = self.secrets.mac(self.secrets.active, _NETWORK_LABEL, network).hex()
        self.batched.admit_all([(self.limit, (mac,)), (self.limit_of_all, ("all",))])

    async def is_customer(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's; yes and no cost one SQL query alike (timing)."""
        return await self.contacts.has(contact)
