"""`GET /v1/link/data` on HTTP."""

from typing import Final

from aiohttp import web

from link_api.admission import admitted
from link_api.answers import READING, shown
from link_api.overview.contract import LinkData
from link_api.overview.service import Parts
from link_api.overview.storage import read_overview
from link_kernel.demand import Demand

_DEMAND: Final = Demand(scopes=frozenset({"profile"}))


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
