"""A customer, as the rest of the Link API knows one; and who may ask whether there is one."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from link_api.contacts import Contact, mask_contact
from link_kernel.errors import StoreUnavailable
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network
from link_kernel.limits.rate_limiter import RateLimiter

_NETWORK_LABEL: Final = "link/check-status/network/1"


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who proved a contact, and the one account that is theirs."""

    id: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """All that is kept of a person; a phone is E.164, `created_at` epoch ms."""

    id: str
    account_id: str
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    created_at: int

    def has(self, contact: Contact) -> bool:
        """Tell whether a contact is this customer's own."""
        held = self.phone if contact.contact_type == "phone" else self.email
        return held == contact.address

    @property
    def contact_masked(self) -> str:
        """What the customer recognises and a bystander cannot use; the phone's where both are."""
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
    """Tells strangers whether a contact is a customer's, too seldom to list customers by it.

    A network reaches the store as a MAC under the active secret; a change of that secret starts
    the windows anew.
    """

    contacts: ProvedContacts
    rate_limiter: RateLimiter
    limit: Limit
    secrets: SecretRing

    async def count(self, address: Address | None) -> None:
        """Count a call from this address, whatever it asks; raises `RateLimited`."""
        network = counted_network(address)
        mac = self.secrets.mac(self.secrets.active, _NETWORK_LABEL, network).hex()
        await self.rate_limiter.admit(self.limit, mac)

    async def is_customer(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's: one question to the store, whatever it says."""
        return await self.contacts.has(contact)
