"""The table of `POST /v1/link/check-status`, and its handler."""

from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.customers.contract import CheckStatusRequest, LinkStatusAnswer
from link_kernel.contract.operations import NO_STORE, Operation, ResponseSpec
from link_kernel.errors import RateLimited
from link_kernel.web.client_address import client_address
from link_kernel.web.request import read_body
from link_kernel.web.response import never_stored, success


async def check_status(request: web.Request) -> web.Response:
    """`POST /v1/link/check-status`: whether a contact is a customer's; no login.

    Every call counts before its body is read, so an invalid body is no way around the limit.
    """
    services = request.app[SERVICES]
    status = services.keyed.current.status
    await status.count(client_address(request, services.trusted_proxies))
    body = await read_body(request, CheckStatusRequest)
    is_customer = await status.is_customer(body.parsed(services.default_region))
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
