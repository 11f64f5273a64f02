"""One customer's rows, reached through one SQL session."""

from dataclasses import dataclass

from link_api.database.session import Session
from link_api.reserved.contacts import ReservedContacts
from link_kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class CustomerScope:
    """The SQL session of a call and the customer whose rows alone it may read and write.

    `default_region` (ISO 3166-1 alpha-2) is the country of an address that names none.
    """

    session: Session
    customer_id: str
    clock: Clock
    default_region: str
    reserved: ReservedContacts
