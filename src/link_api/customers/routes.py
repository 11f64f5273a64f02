"""`POST /v1/link/check-status` on HTTP."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from link_api.customers.contract import CheckStatusRequest, LinkStatusAnswer
from link_api.customers.service import LinkStatus
from link_kernel.contract.operations import NO_STORE, Answer, Operation
from link_kernel.errors import RateLimited
from link_kernel.limits.networks import Network
from link_kernel.web.client_address import client_address
from link_kernel.web.request import read_body
from link_kernel.web.response import never_stored, success


@dataclass(frozen=True, slots=True)
class StatusSlice:
    """The service and what its handler needs to read a call."""

    service: LinkStatus
    default_region: str
    trusted_proxies: Collection[Network]


# Called once a request, so that it finishes with the keyring it began with.
STATUS: Final = web.AppKey[Callable[[], StatusSlice]]("link_status")


def add_routes(app: web.Application, status: Callable[[], StatusSlice]) -> None:
    """Add the route to the sub-application of customer data."""
    app[STATUS] = status
    app.router.add_post("/check-status", check_status)


async def check_status(request: web.Request) -> web.Response:
    """`POST /v1/link/check-status`: whether a contact is a customer's; no login.

    Every call counts before anything of it is read: what is refused is no way around the limit.
    """
    status = request.app[STATUS]()
    await status.service.count(client_address(request, status.trusted_proxies))
    body = await read_body(request, CheckStatusRequest)
    is_customer = await status.service.is_customer(body.parsed(status.default_region))
    return never_stored(success(LinkStatusAnswer(is_link_customer=is_customer)))


OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/link/check-status",
        "Tells whether a contact is a customer's.",
        (Answer(LinkStatusAnswer, headers=NO_STORE),),
        CheckStatusRequest,
        refusals=(RateLimited,),
    ),
)
