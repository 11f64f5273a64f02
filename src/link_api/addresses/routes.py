"""`/v1/link/addresses` on HTTP: each handler reads, asks, answers."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from link_api.addresses.contract import (
    CreateAddressRequest,
    CustomerAddress,
    UpdateAddressRequest,
)
from link_api.addresses.service import Address, AddressBook
from link_api.contract.models import ITEM_ID
from link_api.contract.operations import read_operation, returns, write_operation
from link_api.http.authenticate import SignedInCaller, admitted
from link_api.http.responses import READING, created, done, shown, written
from link_api.idempotency import Answer
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import Conflict
from link_kernel.web.request import read_body, read_no_body

T = TypeVar("T")

OpenAddressBook = Callable[[AsyncSession, str], AddressBook]
"""Opens a customer's address book within a session's transaction or statement."""

OPEN_ADDRESS_BOOK: Final = web.AppKey[OpenAddressBook]("open_address_book")
_DEMAND: Final = Requirements(scopes=frozenset({"addresses"}))


def add_routes(app: web.Application, open_book: OpenAddressBook) -> None:
    """Add the routes to the sub-application of customer data."""
    app[OPEN_ADDRESS_BOOK] = open_book
    app.router.add_get("/addresses", show_all)
    app.router.add_post("/addresses", create)
    app.router.add_post(f"/addresses/{ITEM_ID}", update)
    app.router.add_delete(f"/addresses/{ITEM_ID}", remove)
    app.router.add_post(f"/addresses/{ITEM_ID}/default", promote)
    app.router.add_post(f"/addresses/{ITEM_ID}/track-usage", track_usage)


async def show_all(request: web.Request) -> web.Response:
    """`GET /v1/link/addresses`: all of them, the oldest first."""
    caller = await admitted(request, _DEMAND)
    async with request.app[READING]() as session:
        book = request.app[OPEN_ADDRESS_BOOK](session, caller.customer_id)
        return shown([CustomerAddress.of(address) for address in await book.all()])


async def create(request: web.Request) -> web.Response:
    """`POST /v1/link/addresses`: 201; the first address is the default."""
    caller = await admitted(request, _DEMAND)
    body = await read_body(request, CreateAddressRequest)
    return await _written(request, caller, lambda book: book.add(body.model_dump()), _created)


async def update(request: web.Request) -> web.Response:
    """`POST /v1/link/addresses/:id`: what is left out stays, `null` clears."""
    caller = await admitted(request, _DEMAND)
    body = await read_body(request, UpdateAddressRequest)
    return await _written(
        request, caller, lambda book: book.change(_id(request), body.changes()), _changed
    )


async def promote(request: web.Request) -> web.Response:
    """`POST /v1/link/addresses/:id/default`: this one alone is the default from now on."""
    caller = await admitted(request, _DEMAND)
    await read_no_body(request)
    return await _written(request, caller, lambda book: book.promote(_id(request)), _changed)


async def track_usage(request: web.Request) -> web.Response:
    """`POST /v1/link/addresses/:id/track-usage`: counts one use."""
    caller = await admitted(request, _DEMAND)
    await read_no_body(request)
    return await _written(request, caller, lambda book: book.track_usage(_id(request)), _changed)


async def remove(request: web.Request) -> web.Response:
    """`DELETE /v1/link/addresses/:id`: of a default, the most used of the others takes over."""
    caller = await admitted(request, _DEMAND)
    await read_no_body(request)
    return await _written(request, caller, lambda book: book.remove(_id(request)), done)


async def _written(
    request: web.Request,
    caller: SignedInCaller,
    ask: Callable[[AddressBook], Awaitable[T]],
    answer: Callable[[T], Answer],
) -> web.Response:
    return await written(request, caller, request.app[OPEN_ADDRESS_BOOK], ask, answer)


def _id(request: web.Request) -> str:
    return request.match_info["id"]


def _created(address: Address) -> Answer:
    return created(CustomerAddress.of(address))


def _changed(address: Address) -> Answer:
    return done(CustomerAddress.of(address))


_ITEM: Final = "addresses/{id}"

OPERATIONS: Final = (
    read_operation(
        "addresses", "All addresses, the oldest first.", returns(CustomerAddress, is_list=True)
    ),
    write_operation(
        "POST",
        "addresses",
        "Saves an address; the first is the default.",
        returns(CustomerAddress, HTTPStatus.CREATED),
        request=CreateAddressRequest,
        refusals=(Conflict,),
    ),
    write_operation(
        "POST",
        _ITEM,
        "Changes an address: what is left out stays, `null` clears.",
        returns(CustomerAddress),
        request=UpdateAddressRequest,
    ),
    write_operation(
        "DELETE",
        _ITEM,
        "Deletes an address; of a default the most used of the others takes the place.",
        returns(None),
    ),
    write_operation(
        "POST", f"{_ITEM}/default", "The one default from now on.", returns(CustomerAddress)
    ),
    write_operation("POST", f"{_ITEM}/track-usage", "Counts one use.", returns(CustomerAddress)),
)
