"""`/v1/link/mobile-money` on HTTP: each handler reads, asks, answers."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from link_api.contract.models import ITEM_ID
from link_api.contract.operations import read_operation, returns, write_operation
from link_api.database.write_queue import Turns
from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.http.authenticate import OTP, SignedInCaller, admitted
from link_api.http.responses import READING, created, done, kept_answer, shown, written
from link_api.idempotency import Answer
from link_api.mobile_money.contract import CreateMobileMoneyRequest, CustomerMobileMoney
from link_api.mobile_money.service import MobileMoney, Wallets
from link_api.mobile_money.verification import AccountResolver
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import Conflict
from link_kernel.web.request import read_body, read_no_body

T = TypeVar("T")

OpenWallets = Callable[[AsyncSession, str], Wallets]
"""Opens a customer's wallets within a session's transaction or statement."""

OPEN_WALLETS: Final = web.AppKey[OpenWallets]("open_wallets")
ACCOUNTS: Final = web.AppKey[AccountResolver]("accounts")
VERIFYING: Final = web.AppKey("verifying", Turns)
_MAY_READ: Final = Requirements(scopes=frozenset({"wallets:read"}))
_MAY_WRITE: Final = Requirements(scopes=frozenset({"wallets"}), amr=OTP)


def add_routes(app: web.Application, open_wallets: OpenWallets, accounts: AccountResolver) -> None:
    """Add the routes to the sub-application of customer data."""
    app[OPEN_WALLETS] = open_wallets
    app[ACCOUNTS] = accounts
    app[VERIFYING] = Turns()
    app.router.add_get("/mobile-money", show_all)
    app.router.add_post("/mobile-money", create)
    app.router.add_delete(f"/mobile-money/{ITEM_ID}", remove)
    app.router.add_post(f"/mobile-money/{ITEM_ID}/default", promote)
    app.router.add_post(f"/mobile-money/{ITEM_ID}/track-usage", track_usage)
    app.router.add_post(f"/mobile-money/{ITEM_ID}/verify", verify)


async def show_all(request: web.Request) -> web.Response:
    """`GET /v1/link/mobile-money`: all of them, the oldest first."""
    caller = await admitted(request, _MAY_READ)
    async with request.app[READING]() as session:
        wallets = request.app[OPEN_WALLETS](session, caller.customer_id)
        return shown([CustomerMobileMoney.of(wallet) for wallet in await wallets.all()])


async def create(request: web.Request) -> web.Response:
    """`POST /v1/link/mobile-money`: 201; the first wallet is the default."""
    caller = await admitted(request, _MAY_WRITE)
    body = await read_body(request, CreateMobileMoneyRequest)
    return await _written(
        request,
        caller,
        lambda wallets: wallets.add(body.provider, body.phone_number, body.label),
        _created,
    )


async def promote(request: web.Request) -> web.Response:
    """`POST /v1/link/mobile-money/:id/default`: this one alone is the default from now on."""
    caller = await admitted(request, _MAY_WRITE)
    await read_no_body(request)
    return await _written(request, caller, lambda wallets: wallets.promote(_id(request)), _changed)


async def track_usage(request: web.Request) -> web.Response:
    """`POST /v1/link/mobile-money/:id/track-usage`: counts one use."""
    caller = await admitted(request, _MAY_WRITE)
    await read_no_body(request)
    return await _written(
        request, caller, lambda wallets: wallets.track_usage(_id(request)), _changed
    )


async def verify(request: web.Request) -> web.Response:
    """`POST /v1/link/mobile-money/:id/verify`: asks the provider, unless it has said yes before."""
    caller = await admitted(request, _MAY_WRITE)
    await read_no_body(request)
    async with request.app[VERIFYING].of(_id(request)):  # many at once ask the provider once
        kept = await kept_answer(request, caller)
        if kept is not None:
            return kept
        await _ask_the_provider(request, caller)
        return await _written(
            request, caller, lambda wallets: wallets.mark_verified(_id(request)), _changed
        )


async def remove(request: web.Request) -> web.Response:
    """`DELETE /v1/link/mobile-money/:id`: of a default, the most used of the others takes over."""
    caller = await admitted(request, _MAY_WRITE)
    await read_no_body(request)
    return await _written(request, caller, lambda wallets: wallets.remove(_id(request)), done)


async def _ask_the_provider(request: web.Request, caller: SignedInCaller) -> None:
    """Return if the provider knows the account, with no transaction open while it thinks.

    What it said still holds at the write: a wallet's provider and number never change.
    """
    async with request.app[READING]() as session:
        wallet = await request.app[OPEN_WALLETS](session, caller.customer_id).get(_id(request))
    if wallet.verified_at is None:
        await request.app[ACCOUNTS].resolve(wallet.provider, wallet.phone_number)


async def _written(
    request: web.Request,
    caller: SignedInCaller,
    ask: Callable[[Wallets], Awaitable[T]],
    answer: Callable[[T], Answer],
) -> web.Response:
    return await written(request, caller, request.app[OPEN_WALLETS], ask, answer)


def _id(request: web.Request) -> str:
    return request.match_info["id"]


def _created(wallet: MobileMoney) -> Answer:
    return created(CustomerMobileMoney.of(wallet))


def _changed(wallet: MobileMoney) -> Answer:
    return done(CustomerMobileMoney.of(wallet))


_ITEM: Final = "mobile-money/{id}"

OPERATIONS: Final = (
    read_operation(
        "mobile-money", "All wallets, the oldest first.", returns(CustomerMobileMoney, is_list=True)
    ),
    write_operation(
        "POST",
        "mobile-money",
        "Saves a wallet; the first is the default.",
        returns(CustomerMobileMoney, HTTPStatus.CREATED),
        request=CreateMobileMoneyRequest,
        refusals=(Conflict,),
    ),
    write_operation(
        "DELETE",
        _ITEM,
        "Deletes a wallet; of a default the most used of the others takes the place.",
        returns(None),
    ),
    write_operation(
        "POST", f"{_ITEM}/default", "The one default from now on.", returns(CustomerMobileMoney)
    ),
    write_operation(
        "POST", f"{_ITEM}/track-usage", "Counts one use.", returns(CustomerMobileMoney)
    ),
    write_operation(
        "POST",
        f"{_ITEM}/verify",
        "Asks the provider whether there is such an account.",
        returns(CustomerMobileMoney),
        refusals=(VerificationFailed, ProviderUnavailable),
    ),
)
