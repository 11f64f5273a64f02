"""`/v1/link/preferences` on HTTP: each handler reads, asks, answers."""

from collections.abc import Callable
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from link_api.contract.operations import read_operation, returns, write_operation
from link_api.errors import NotEnrolled
from link_api.http.authenticate import admitted
from link_api.http.responses import READING, answered_once, done, shown
from link_api.idempotency import Answer
from link_api.preferences.contract import CustomerLinkPreferences, UpdatePreferencesRequest
from link_api.preferences.service import PreferencesOf
from link_kernel.auth.requirements import Requirements
from link_kernel.web.request import read_body

OpenPreferences = Callable[[AsyncSession, str], PreferencesOf]
"""Opens a customer's preferences within a session's transaction or statement."""

OPEN_PREFERENCES: Final = web.AppKey[OpenPreferences]("open_preferences")
_DEMAND: Final = Requirements(scopes=frozenset({"profile"}))


def add_routes(app: web.Application, open_preferences: OpenPreferences) -> None:
    """Add the routes to the sub-application of customer data."""
    app[OPEN_PREFERENCES] = open_preferences
    app.router.add_get("/preferences", show)
    app.router.add_post("/preferences", update)


async def show(request: web.Request) -> web.Response:
    """`GET /v1/link/preferences`: there from the enrolment on."""
    caller = await admitted(request, _DEMAND)
    async with request.app[READING]() as session:
        preferences = request.app[OPEN_PREFERENCES](session, caller.customer_id)
        return shown(CustomerLinkPreferences.of(await preferences.get()))


async def update(request: web.Request) -> web.Response:
    """`POST /v1/link/preferences`: what is left out stays, `null` clears."""
    caller = await admitted(request, _DEMAND)
    body = await read_body(request, UpdatePreferencesRequest)
    open_preferences = request.app[OPEN_PREFERENCES]

    async def work(session: AsyncSession) -> Answer:
        preferences = open_preferences(session, caller.customer_id)
        return done(CustomerLinkPreferences.of(await preferences.change(body.changes())))

    return await answered_once(request, caller, work)


OPERATIONS: Final = (
    read_operation(
        "preferences",
        "There from the enrolment on.",
        returns(CustomerLinkPreferences),
        refusals=(NotEnrolled,),
    ),
    write_operation(
        "POST",
        "preferences",
        "Changes preferences: what is left out stays, `null` clears.",
        returns(CustomerLinkPreferences),
        request=UpdatePreferencesRequest,
        refusals=(NotEnrolled,),
    ),
)
