"""`GET /v1/link/data` on HTTP."""

from typing import Final

from aiohttp import web

from link_api.contract.operations import read_operation, returns
from link_api.http.authenticate import admitted
from link_api.http.responses import READING, shown
from link_api.overview.contract import LinkData
from link_api.overview.storage import Parts, read_overview
from link_kernel.auth.requirements import Requirements

_DEMAND: Final = Requirements(scopes=frozenset({"profile"}))


def add_routes(app: web.Application) -> None:
    """Add the route to the sub-application of customer data."""
    app.router.add_get("/data", show)


async def show(request: web.Request) -> web.Response:
    """`GET /v1/link/data`: all that the caller may see, in one round trip to the database."""
    caller = await admitted(request, _DEMAND)
    parts = Parts(
        addresses=caller.covers("addresses"),
        mobile_money=caller.covers("wallets:read"),
    )
    async with request.app[READING]() as session:
        overview = await read_overview(session, caller.customer_id, parts)
    return shown(LinkData.of(overview, for_frame=caller.is_frame))


OPERATIONS: Final = (
    read_operation(
        "data", "All that the caller may see of what a customer has.", returns(LinkData)
    ),
)
