"""The table of `/v1/link/addresses`: all routes are plain, so there is no handler."""

from typing import Final

from link_api.addresses.contract import (
    CreateAddressRequest,
    CustomerAddress,
    UpdateAddressRequest,
)
from link_api.addresses.service import AddressBook
from link_api.addresses.storage import ADDRESSES, open_address_book, saved_addresses
from link_api.http.plain_routes import plain_write
from link_api.saved_items.routes import ItemRoutes
from link_kernel.auth.requirements import Requirements
from link_kernel.contact_errors import ReservedContact

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"addresses"}))
_ROUTES: Final = ItemRoutes(
    path="addresses",
    noun="an address",
    plural="addresses",
    may_read=_REQUIREMENTS,
    may_write=_REQUIREMENTS,
    open_store=saved_addresses,
    open_items=open_address_book,
    response_model=CustomerAddress,
    table=ADDRESSES,
)

OPERATIONS: Final = (
    _ROUTES.list_all(),
    _ROUTES.create(AddressBook.add, CreateAddressRequest, ReservedContact),
    plain_write(
        "POST",
        "addresses/{id}",
        "Changes an address: what is left out stays, `null` clears.",
        _ROUTES.write(AddressBook.change, UpdateAddressRequest),
        refusals=(ReservedContact,),
    ),
    *_ROUTES.delete_promote_track(),
)
