"""`/v1/link/sessions` on HTTP: each handler reads, asks, answers."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from link_api.contract.models import ITEM_ID
from link_api.contract.operations import read_operation, returns, write_operation
from link_api.http.authenticate import OTP, SignedInCaller, admitted
from link_api.http.responses import answered_beside_sql, done, flat, shown
from link_api.idempotency import Answer
from link_api.sessions.contract import AllSessionsRevoked, CustomerSession, RevokedSessions
from link_api.sessions.service import CustomerSessions
from link_kernel.auth.requirements import Requirements
from link_kernel.web.request import read_no_body

SESSIONS: Final = web.AppKey("customer_sessions", CustomerSessions)
_DEMAND: Final = Requirements(scopes=frozenset({"profile"}), amr=OTP)


def add_routes(app: web.Application, sessions: CustomerSessions) -> None:
    """Add the routes to the sub-application of customer data."""
    app[SESSIONS] = sessions
    app.router.add_get("/sessions", show_all)
    app.router.add_delete("/sessions", revoke_all)
    app.router.add_delete(f"/sessions/{ITEM_ID}", revoke)


async def show_all(request: web.Request) -> web.Response:
    """`GET /v1/link/sessions`: the live ones, the newest first."""
    caller = await admitted(request, _DEMAND)
    current = _own_session(caller)
    live = await request.app[SESSIONS].live(caller.customer_id)
    return shown([CustomerSession.of(session, current=current) for session in live])


async def revoke(request: web.Request) -> web.Response:
    """`DELETE /v1/link/sessions/:id`: a login ends with all that hangs on it."""
    caller = await admitted(request, _DEMAND, ended_too=True)
    await read_no_body(request)

    async def ask() -> Answer:
        revoked = await request.app[SESSIONS].end(
            caller.customer_id, request.match_info["id"], caller.refusal
        )
        return done(RevokedSessions(revoked=revoked))

    return await answered_beside_sql(request, caller, ask)


async def revoke_all(request: web.Request) -> web.Response:
    """`DELETE /v1/link/sessions`: all of them, the caller's own included; a flat answer."""
    caller = await admitted(request, _DEMAND, ended_too=True)
    await read_no_body(request)

    async def ask() -> Answer:
        revoked = await request.app[SESSIONS].end_all(caller.customer_id, caller.refusal)
        return flat(AllSessionsRevoked(revoked=revoked))

    return await answered_beside_sql(request, caller, ask)


def _own_session(caller: SignedInCaller) -> str | None:
    """Return the session that calls: a frame's own, not the login that it hangs on."""
    frame = caller.elements_session
    return caller.link_session_id if frame is None else frame.session_id


OPERATIONS: Final = (
    read_operation(
        "sessions",
        "The live logins and elements, the newest first; of each the newest 50 at most.",
        returns(CustomerSession, is_list=True),
    ),
    write_operation(
        "DELETE",
        "sessions",
        "Ends all logins and elements, the caller's own included.",
        replace(returns(AllSessionsRevoked), in_envelope=False),
    ),
    write_operation(
        "DELETE",
        "sessions/{id}",
        "Ends a login with all that hangs on it, or one element.",
        returns(RevokedSessions),
    ),
)
