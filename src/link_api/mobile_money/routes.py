"""The table of `/v1/link/mobile-money`: plain routes, and the handler of a verification."""

from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.contract.operations import WRITE_MEDIA_TYPES, returns, write_operation
from link_api.database.session import reading
from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.http.authenticate import OTP, authenticate
from link_api.http.responses import identify_write, json_response
from link_api.mobile_money.contract import CreateMobileMoneyRequest, CustomerMobileMoney
from link_api.mobile_money.service import Wallets
from link_api.mobile_money.storage import WALLETS, open_wallets, saved_wallets
from link_api.saved_items.routes import ItemRoutes
from link_kernel.auth.requirements import Requirements
from link_kernel.contact_errors import ReservedContact
from link_kernel.web.request import read_no_body

_MAY_WRITE: Final = Requirements(scopes=frozenset({"wallets"}), amr=OTP)
_ROUTES: Final = ItemRoutes(
    path="mobile-money",
    noun="a wallet",
    plural="wallets",
    may_read=Requirements(scopes=frozenset({"wallets:read"})),
    may_write=_MAY_WRITE,
    open_store=saved_wallets,
    open_items=open_wallets,
    response_model=CustomerMobileMoney,
    table=WALLETS,
)
_MARK_VERIFIED: Final = _ROUTES.write(Wallets.mark_verified)


async def verify(request: web.Request) -> web.Response:
    """`POST /v1/link/mobile-money/:id/verify`: asks the provider, unless already verified.

    Concurrent calls for one wallet ask the provider once. No transaction is open while it is
    asked; its reply still holds at the write, for a wallet's provider and number never change.
    """
    services = request.app[SERVICES]
    caller = await authenticate(request, _MAY_WRITE)
    await read_no_body(request, media_types=WRITE_MEDIA_TYPES)
    wallet_id = request.match_info["id"]
    async with services.wallet_locks.hold(wallet_id):
        stored = await services.writes.find_stored(await identify_write(request, caller))
        if stored is not None:
            return json_response(stored)
        async with reading(services.database) as session:
            wallets = open_wallets(services.scope(session, caller.customer_id))
            wallet = await wallets.get_verifiable(wallet_id)
        if wallet.verified_at is None:
            await services.accounts.resolve(wallet.provider, wallet.phone_number)
        return await _MARK_VERIFIED.write(request, caller)


OPERATIONS: Final = (
    _ROUTES.list_all(),
    _ROUTES.create(Wallets.add, CreateMobileMoneyRequest, ReservedContact),
    *_ROUTES.delete_promote_track(),
    write_operation(
        "POST",
        "mobile-money/{id}/verify",
        "Asks the provider whether there is such an account.",
        returns(CustomerMobileMoney),
        refusals=(VerificationFailed, ProviderUnavailable, ReservedContact),
        handler=verify,
    ),
)
