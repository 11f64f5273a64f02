"""The table of `GET /v1/link/data`, and its handler."""

from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.contract.operations import read_operation, returns
from link_api.database.session import reading
from link_api.http.authenticate import authenticate
from link_api.http.responses import json_response, showing
from link_api.overview.contract import LinkData
from link_api.overview.storage import Parts, read_overview
from link_kernel.auth.requirements import Requirements

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"profile"}))


async def show(request: web.Request) -> web.Response:
    """`GET /v1/link/data`: all that the caller may see, in one round trip to the database."""
    caller = await authenticate(request, _REQUIREMENTS)
    parts = Parts(
        addresses=caller.covers("addresses"),
        mobile_money=caller.covers("wallets:read"),
    )
    services = request.app[SERVICES]
    async with reading(services.database) as session:
        overview = await read_overview(
            session, caller.customer_id, parts, now_ms=services.clock.now_ms()
        )
    return json_response(showing(LinkData.members(overview, for_frame=caller.is_frame)))


OPERATIONS: Final = (
    read_operation(
        "data",
        "All that the caller may see of what a customer has.",
        returns(LinkData),
        handler=show,
    ),
)
