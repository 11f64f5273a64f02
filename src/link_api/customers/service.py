"""Customer records, and `check-status` with its rate limit."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from link_api.spelling.contacts import Contact, mask_contact
from link_kernel.contract.wire import ContactType
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


@dataclass(frozen=True, slots=True)
class ProvedContact:
    """A contact that a customer proved; instants are epoch ms, `goes_at` is set while it leaves."""

    id: str
    contact: Contact
    proved_at: int
    goes_at: int | None

    @property
    def is_leaving(self) -> bool:
        """Whether it is being removed."""
        return self.goes_at is not None

    @property
    def masked(self) -> str:
        """The contact, masked for display."""
        return mask_contact(self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """Everything stored about a person; `contacts` has those that stay first, the oldest first.

    `active_on` is the day of the last proved sign-in or refresh.
    """

    id: str
    account_id: str
    name: str | None = field(repr=False)
    contacts: tuple[ProvedContact, ...]
    created_at: int
    active_on: int | None = None

    def has(self, contact: Contact) -> bool:
        """Tell whether a contact is this customer's own."""
        return any(own.contact == contact for own in self.contacts)

    def is_leaving(self, contact: Contact) -> bool:
        """Tell whether a contact of this customer is being removed."""
        return any(own.contact == contact and own.is_leaving for own in self.contacts)

    def stays(self, contact_id: str) -> bool:
        """Tell whether a contact of this id is this customer's, and is not being removed."""
        return any(own.id == contact_id and not own.is_leaving for own in self.contacts)

    def others(self, contact: Contact) -> list[Contact]:
        """Return the other contacts, those too that are being removed."""
        return [own.contact for own in self.contacts if own.contact != contact]

    @property
    def ids(self) -> Customer:
        """The ids, which a login holds."""
        return Customer(self.id, self.account_id)

    @property
    def phone(self) -> str | None:
        """The first phone, in E.164."""
        return self._first("phone")

    @property
    def email(self) -> str | None:
        """The first e-mail address."""
        return self._first("email")

    @property
    def contacts_masked(self) -> tuple[str, ...]:
        """Every contact, masked for display."""
        return tuple(own.masked for own in self.contacts)

    @property
    def contact_masked(self) -> str:
        """The first phone, else the first e-mail address, masked for display."""
        if not self.contacts:
            raise StoreUnavailable("a customer without a contact")
        phones = [own for own in self.contacts if own.contact.contact_type == "phone"]
        return (phones or self.contacts)[0].masked

    def _first(self, kind: ContactType) -> str | None:
        contacts = (own.contact for own in self.contacts)
        return next((own.address for own in contacts if own.contact_type == kind), None)


class ProvedContacts(Protocol):
    """The contacts that customers proved."""

    async def has(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's; raises `StoreUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """Tells unauthenticated callers whether a contact is a customer's.

    The rate limits prevent enumeration of customers, also from many networks. The store gets a
    network only as a MAC under the index key.
    """

    contacts: ProvedContacts
    batched: BatchedCounts
    limit: Limit
    limit_of_all: Limit
    secrets: SecretRing

    def count(self, address: Address | None) -> None:
        """Count a call from this address; raises `RateLimited`."""
        network = counted_network(address)
        mac = self.secrets.mac(self.secrets.naming[0], _NETWORK_LABEL, network).hex()
        self.batched.admit_all([(self.limit, (mac,)), (self.limit_of_all, ("all",))])

    async def is_customer(self, contact: Contact) -> bool:
        """Tell whether a contact is a customer's; yes and no cost one SQL query alike (timing)."""
        return await self.contacts.has(contact)
