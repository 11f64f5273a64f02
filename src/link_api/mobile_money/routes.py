"""The table of `/v1/link/mobile-money`: plain routes, and the handler of a verification."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.contract.operations import returns, write_operation
from link_api.database.session import reading
from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.http.authenticate import OTP, authenticate
from link_api.http.plain_routes import PlainRead, PlainWrite, plain_read, plain_write
from link_api.http.responses import identify_write, json_response
from link_api.mobile_money.contract import CreateMobileMoneyRequest, CustomerMobileMoney
from link_api.mobile_money.service import Wallets
from link_api.mobile_money.storage import open_wallets, saved_wallets
from link_api.saved_items.storage import SavedItems
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import Conflict
from link_kernel.web.request import read_no_body

_MAY_READ: Final = Requirements(scopes=frozenset({"wallets:read"}))
_MAY_WRITE: Final = Requirements(scopes=frozenset({"wallets"}), amr=OTP)
_MARK_VERIFIED: Final = PlainWrite(
    requirements=_MAY_WRITE,
    open_book=open_wallets,
    method=Wallets.mark_verified,
    response_model=CustomerMobileMoney,
)


async def verify(request: web.Request) -> web.Response:
    """`POST /v1/link/mobile-money/:id/verify`: asks the provider, unless already verified.

    Concurrent calls for one wallet ask the provider once. No transaction is open while it is
    asked; its reply still holds at the write, for a wallet's provider and number never change.
    """
    services = request.app[SERVICES]
    caller = await authenticate(request, _MAY_WRITE)
    await read_no_body(request)
    wallet_id = request.match_info["id"]
    async with services.wallet_locks.hold(wallet_id):
        stored = await services.writes.find_stored(await identify_write(request, caller))
        if stored is not None:
            return json_response(stored)
        async with reading(services.engine) as session:
            wallet = await saved_wallets(services.scope(session, caller.customer_id)).get(wallet_id)
        if wallet.verified_at is None:
            await services.accounts.resolve(wallet.provider, wallet.phone_number)
        return await _MARK_VERIFIED.write(request, caller)


_ITEM: Final = "mobile-money/{id}"

OPERATIONS: Final = (
    plain_read(
        "mobile-money",
        "All wallets, the oldest first.",
        PlainRead(
            requirements=_MAY_READ,
            open_book=saved_wallets,
            method=SavedItems.all,
            response_model=CustomerMobileMoney,
            is_list=True,
        ),
    ),
    plain_write(
        "POST",
        "mobile-money",
        "Saves a wallet; the first is the default.",
        PlainWrite(
            requirements=_MAY_WRITE,
            open_book=open_wallets,
            method=Wallets.add,
            body_model=CreateMobileMoneyRequest,
            response_model=CustomerMobileMoney,
            status=HTTPStatus.CREATED,
        ),
        refusals=(Conflict,),
    ),
    plain_write(
        "DELETE",
        _ITEM,
        "Deletes a wallet; of a default the most used of the others takes the place.",
        PlainWrite(requirements=_MAY_WRITE, open_book=saved_wallets, method=SavedItems.delete),
    ),
    plain_write(
        "POST",
        f"{_ITEM}/default",
        "The one default from now on.",
        PlainWrite(
            requirements=_MAY_WRITE,
            open_book=open_wallets,
            method=Wallets.promote,
            response_model=CustomerMobileMoney,
        ),
    ),
    plain_write(
        "POST",
        f"{_ITEM}/track-usage",
        "Counts one use.",
        PlainWrite(
            requirements=_MAY_WRITE,
            open_book=open_wallets,
            method=Wallets.track_usage,
            response_model=CustomerMobileMoney,
        ),
    ),
    write_operation(
        "POST",
        f"{_ITEM}/verify",
        "Asks the provider whether there is such an account.",
        returns(CustomerMobileMoney),
        refusals=(VerificationFailed, ProviderUnavailable),
        handler=verify,
    ),
)
