"""The table of `/v1/link/preferences`, and the handler of a change."""

from collections.abc import Collection
from typing import Final

from aiohttp import web

from link_api.contract.operations import WRITE_MEDIA_TYPES, returns, write_operation
from link_api.errors import NotEnrolled
from link_api.http.authenticate import OTP, SignedInCaller, authenticate
from link_api.http.plain_routes import PlainRead, PlainWrite, plain_read
from link_api.preferences.contract import CustomerLinkPreferences, UpdatePreferencesRequest
from link_api.preferences.service import CustomerPreferences
from link_api.preferences.storage import open_preferences
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import InsufficientScope, NotFound
from link_kernel.web.request import read_body

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"profile"}))

_CHANGE: Final = PlainWrite(
    requirements=_REQUIREMENTS,
    open_book=open_preferences,
    method=CustomerPreferences.change,
    response_model=CustomerLinkPreferences,
)


async def change(request: web.Request) -> web.Response:
    """`POST /v1/link/preferences`: a frame may promote only what its scopes let it promote."""
    caller = await authenticate(request, _REQUIREMENTS)
    body = await read_body(request, UpdatePreferencesRequest, media_types=WRITE_MEDIA_TYPES)
    fields = body.sent_fields()
    _require_reach(caller, fields)
    return await _CHANGE.write(request, caller, fields)


def _require_reach(caller: SignedInCaller, fields: Collection[str]) -> None:
    """Return if the caller may promote what the fields name; raises `InsufficientScope`."""
    has_wallet = "default_mobile_money_id" in fields
    lacks = {
        "scope": ("default_address_id" in fields and not caller.covers("addresses"))
        or (has_wallet and not caller.covers("wallets")),
        "amr": has_wallet and not caller.amr >= OTP,
    }
    for missing, is_missing in lacks.items():
        if is_missing:
            raise InsufficientScope(missing, details={"missing": missing})


OPERATIONS: Final = (
    plain_read(
        "preferences",
        "There from the enrolment on.",
        PlainRead(
            requirements=_REQUIREMENTS,
            open_book=open_preferences,
            method=CustomerPreferences.get,
            response_model=CustomerLinkPreferences,
        ),
        refusals=(NotEnrolled,),
    ),
    write_operation(
        "POST",
        "preferences",
        "Changes preferences: what is left out stays, `null` clears, a default's id promotes.",
        returns(CustomerLinkPreferences),
        request=UpdatePreferencesRequest,
        refusals=(NotEnrolled, NotFound),
        handler=change,
    ),
)
