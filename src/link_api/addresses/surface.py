"""The contract of `/v1/link/addresses` (design section 9)."""

from http import HTTPStatus
from typing import Final

from link_api.addresses.contract import (
    CreateAddressRequest,
    CustomerAddress,
    UpdateAddressRequest,
)
from link_api.operations import reading, shown, writing
from link_kernel.errors import Conflict

_ITEM: Final = "addresses/{id}"

OPERATIONS: Final = (
    reading("addresses", "All addresses, the oldest first.", shown(CustomerAddress, is_list=True)),
    writing(
        "POST",
        "addresses",
        "Saves an address; the first is the default.",
        shown(CustomerAddress, HTTPStatus.CREATED),
        request=CreateAddressRequest,
        refusals=(Conflict,),
    ),
    writing(
        "POST",
        _ITEM,
        "Changes an address: what is left out stays, `null` clears.",
        shown(CustomerAddress),
        request=UpdateAddressRequest,
    ),
    writing(
        "DELETE",
        _ITEM,
        "Deletes an address; of a default the most used of the others takes the place.",
        shown(None),
    ),
    writing("POST", f"{_ITEM}/default", "The one default from now on.", shown(CustomerAddress)),
    writing("POST", f"{_ITEM}/track-usage", "Counts one use.", shown(CustomerAddress)),
)
