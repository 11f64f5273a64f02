"""The table of `/v1/link/sessions`, and its handlers."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.contract.operations import WRITE_MEDIA_TYPES, read_operation, returns, write_operation
from link_api.http.authenticate import OTP, authenticate
from link_api.http.responses import identify_write, json_response, ok, unwrapped
from link_api.sessions.contract import AllSessionsRevoked, LinkSession, RevokedSessions
from link_kernel.auth.requirements import Requirements
from link_kernel.web.request import read_no_body

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"profile"}), amr=OTP)


async def show_all(request: web.Request) -> web.Response:
    """`GET /v1/link/sessions`: the live sessions, the newest first."""
    caller = await authenticate(request, _REQUIREMENTS)
    live = await request.app[SERVICES].sessions.live(caller.customer_id)
    current = caller.session_id
    return json_response(ok([LinkSession.of(session, current=current) for session in live]))


async def revoke(request: web.Request) -> web.Response:
    """`DELETE /v1/link/sessions/:id`: a login ends with all that hangs on it."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _REQUIREMENTS, allow_ended=True)
    await read_no_body(request, media_types=WRITE_MEDIA_TYPES)
    async with services.writes.run_on_redis(await identify_write(request, caller)) as write:
        response = write.stored
        if response is None:
            session_id = request.match_info["id"]
            revoked = await services.sessions.end(caller.customer_id, session_id, caller.refusal)
            response = write.store(ok(RevokedSessions(revoked=revoked)))
    return json_response(response)


async def revoke_all(request: web.Request) -> web.Response:
    """`DELETE /v1/link/sessions`: every session, the caller's own included."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _REQUIREMENTS, allow_ended=True)
    await read_no_body(request, media_types=WRITE_MEDIA_TYPES)
    async with services.writes.run_on_redis(await identify_write(request, caller)) as write:
        response = write.stored
        if response is None:
            revoked = await services.sessions.end_all(caller.customer_id, caller.refusal)
            response = write.store(unwrapped(AllSessionsRevoked(revoked=revoked)))
    return json_response(response)


OPERATIONS: Final = (
    read_operation(
        "sessions",
        "The live logins and elements, the newest first; of each the newest 50 at most.",
        returns(LinkSession, is_list=True),
        handler=show_all,
    ),
    write_operation(
        "DELETE",
        "sessions",
        "Ends all logins and elements, the caller's own included.",
        replace(returns(AllSessionsRevoked), in_envelope=False),
        handler=revoke_all,
    ),
    write_operation(
        "DELETE",
        "sessions/{id}",
        "Ends a login with all that hangs on it, or one element.",
        returns(RevokedSessions),
        handler=revoke,
    ),
)
