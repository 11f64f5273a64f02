"""The table of `/v1/link/account`, and its handlers; both calls need a confirmation."""

from typing import Final

from aiohttp import web

from link_api.account.contract import AccountClosed, AccountData
from link_api.app_key import SERVICES
from link_api.auth.asker import read_confirmation
from link_api.auth.confirmations import require_staying
from link_api.auth.records import CodePurpose, CodeUse
from link_api.contract.operations import WRITE_MEDIA_TYPES, read_operation, returns, write_operation
from link_api.errors import ConfirmationRequired
from link_api.http.authenticate import OTP, authenticate
from link_api.http.responses import json_response, ok
from link_kernel.auth.requirements import Requirements
from link_kernel.contract.wire import rfc3339
from link_kernel.web.request import read_no_body

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"profile"}), amr=OTP)
_CLOSING: Final = "close"  # an account is closed once: every repeat is the same call


async def close(request: web.Request) -> web.Response:
    """`DELETE /v1/link/account`: the customer leaves.

    A repeat needs no confirmation once the account is closed, and finishes what failed.
    """
    services = request.app[SERVICES]
    caller = await authenticate(request, _REQUIREMENTS, allow_ended=True)
    await read_no_body(request, media_types=WRITE_MEDIA_TYPES)
    closing = services.keyed.current.closing
    confirmed_by = None
    if await closing.find(caller.customer_id) is None:
        if caller.refusal is not None:
            raise caller.refusal
        use = CodeUse(CodePurpose.CLOSE_ACCOUNT, caller.session_id)
        confirmed_by = await services.confirmations.consume(
            caller.customer_id, use, read_confirmation(request), call=_CLOSING
        )
    closed = await closing.close(caller.customer_id, confirmed_by=confirmed_by)
    return json_response(ok(AccountClosed(closed_at=rfc3339(closed.closed_at))))


async def export(request: web.Request) -> web.Response:
    """`GET /v1/link/account/export`: all that is kept; repeated while the confirmation lives."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _REQUIREMENTS)
    use = CodeUse(CodePurpose.EXPORT_ACCOUNT, caller.session_id)
    confirmed_by = await services.confirmations.require(
        caller.customer_id, use, read_confirmation(request)
    )
    found = await services.keyed.current.export.read(caller.customer_id)
    require_staying(found.overview.customer, confirmed_by, use.purpose)
    return json_response(ok(AccountData.of(found, current=caller.session_id)))


OPERATIONS: Final = (
    write_operation(
        "DELETE",
        "account",
        "The customer leaves: all that is theirs is deleted, and all sessions end.",
        returns(AccountClosed),
        handler=close,
        refusals=(ConfirmationRequired,),
    ),
    read_operation(
        "account/export",
        "All that is kept of the customer.",
        returns(AccountData),
        handler=export,
        refusals=(ConfirmationRequired,),
    ),
)
