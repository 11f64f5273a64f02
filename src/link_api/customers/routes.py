"""The table of `POST /v1/link/check-status`, and its handler."""

from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.customers.contract import CheckStatusRequest, LinkStatusAnswer
from link_kernel.contract.operations import NO_STORE, Operation, ResponseSpec
from link_kernel.errors import RateLimited
from link_kernel.web.request import read_body
from link_kernel.web.response import never_stored, success


async def check_status(request: web.Request) -> web.Response:
    """`POST /v1/link/check-status`: whether a contact is a customer's; no login.

    A body without a contact tells its sender nothing, so it does not count.
    """
    services = request.app[SERVICES]
    status = services.keyed.current.status
    contact = (await read_body(request, CheckStatusRequest)).parsed(services.countries)
    status.count(services.addresses.of(request))
    is_customer = await status.is_customer(contact)
    return never_stored(success(LinkStatusAnswer(is_link_customer=is_customer)))


OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/link/check-status",
        "Tells whether a contact is a customer's.",
        (ResponseSpec(LinkStatusAnswer, headers=NO_STORE),),
        CheckStatusRequest,
        refusals=(RateLimited,),
        handler=check_status,
    ),
)
