"""The table of `/v1/link/addresses`: all routes are plain, so there is no handler."""

from http import HTTPStatus
from typing import Final

from link_api.addresses.contract import (
    CreateAddressRequest,
    CustomerAddress,
    UpdateAddressRequest,
)
from link_api.addresses.service import AddressBook
from link_api.addresses.storage import open_address_book, saved_addresses
from link_api.http.plain_routes import PlainRead, PlainWrite, plain_read, plain_write
from link_api.saved_items.storage import SavedItems
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import Conflict

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"addresses"}))
_ITEM: Final = "addresses/{id}"

OPERATIONS: Final = (
    plain_read(
        "addresses",
        "All addresses, the oldest first.",
        PlainRead(
            requirements=_REQUIREMENTS,
            open_book=saved_addresses,
            method=SavedItems.all,
            response_model=CustomerAddress,
            is_list=True,
        ),
    ),
    plain_write(
        "POST",
        "addresses",
        "Saves an address; the first is the default.",
        PlainWrite(
            requirements=_REQUIREMENTS,
            open_book=open_address_book,
            method=AddressBook.add,
            body_model=CreateAddressRequest,
            response_model=CustomerAddress,
            status=HTTPStatus.CREATED,
        ),
        refusals=(Conflict,),
    ),
    plain_write(
        "POST",
        _ITEM,
        "Changes an address: what is left out stays, `null` clears.",
        PlainWrite(
            requirements=_REQUIREMENTS,
            open_book=open_address_book,
            method=AddressBook.change,
            body_model=UpdateAddressRequest,
            response_model=CustomerAddress,
        ),
    ),
    plain_write(
        "DELETE",
        _ITEM,
        "Deletes an address; of a default the most used of the others takes the place.",
        PlainWrite(requirements=_REQUIREMENTS, open_book=saved_addresses, method=SavedItems.delete),
    ),
    plain_write(
        "POST",
        f"{_ITEM}/default",
        "The one default from now on.",
        PlainWrite(
            requirements=_REQUIREMENTS,
            open_book=open_address_book,
            method=AddressBook.promote,
            response_model=CustomerAddress,
        ),
    ),
    plain_write(
        "POST",
        f"{_ITEM}/track-usage",
        "Counts one use.",
        PlainWrite(
            requirements=_REQUIREMENTS,
            open_book=open_address_book,
            method=AddressBook.track_usage,
            response_model=CustomerAddress,
        ),
    ),
)
