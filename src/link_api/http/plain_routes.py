"""Generic routes of customer data: a row of a slice's table is a whole route, without a handler.

A row names the scopes it requires, the book it opens, the book's method and the response model.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.contract.models import LinkWire, RecordModel
from link_api.contract.operations import (
    WRITE_MEDIA_TYPES,
    read_operation,
    returns,
    write_operation,
)
from link_api.customers.scope import CustomerScope
from link_api.database.session import reading
from link_api.database.statements import Number
from link_api.http.authenticate import SignedInCaller, authenticate
from link_api.http.responses import identify_write, json_response, showing
from link_api.idempotency import StoredResponse
from link_kernel.auth.requirements import Requirements
from link_kernel.contract.operations import Method, Operation
from link_kernel.errors import ApiError
from link_kernel.web.request import read_body, read_no_body

B = TypeVar("B")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRead(Generic[B]):
    """A route that shows the record, or the list of records, that a book's method returns."""

    requirements: Requirements
    open_book: Callable[[CustomerScope], B]
    method: Callable[[B], Awaitable[Any]]
    response_model: type[RecordModel]
    is_list: bool = False

    async def handle(self, request: web.Request) -> web.Response:
        """Authenticate, read in one statement, respond."""
        services = request.app[SERVICES]
        caller = await authenticate(request, self.requirements)
        async with reading(services.database) as session:
            found = await self.method(self.open_book(services.scope(session, caller.customer_id)))
        if self.is_list:
            return json_response(showing([self.response_model.members(one) for one in found]))
        return json_response(showing(self.response_model.members(found)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainWrite(Generic[B]):
    """A route that calls a book's method with the item's id and the body's fields, if any.

    Without a `body_model` the body may be left out; without a `response_model` the answer is `{}`.
    `reads_first` is what the method reads first, a number of the customer's; it saves a round trip.
    """

    requirements: Requirements
    open_book: Callable[[CustomerScope], B]
    method: Callable[..., Awaitable[Any]]
    body_model: type[LinkWire] | None = None
    response_model: type[RecordModel] | None = None
    status: HTTPStatus = HTTPStatus.OK
    reads_first: Number | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """Authenticate, read the body, write once for each idempotency key, respond."""
        caller = await authenticate(request, self.requirements)
        if self.body_model is None:
            await read_no_body(request, media_types=WRITE_MEDIA_TYPES)
            return await self.write(request, caller)
        body = await read_body(request, self.body_model, media_types=WRITE_MEDIA_TYPES)
        return await self.write(request, caller, body.sent_fields())

    async def write(
        self, request: web.Request, caller: SignedInCaller, *fields: object
    ) -> web.Response:
        """Write once for each idempotency key, and respond; the caller is authenticated."""
        services = request.app[SERVICES]
        identity = await identify_write(request, caller)
        async with services.writes.run(identity, reads_first=self.reads_first) as write:
            response = write.stored
            if response is None:
                book = self.open_book(services.scope(write.session, caller.customer_id))
                record = await self.method(book, *request.match_info.values(), *fields)
                response = write.store(self._response(record))
        return json_response(response)

    def _response(self, record: object) -> StoredResponse:
        members = {} if self.response_model is None else self.response_model.members(record)
        return showing(members, self.status)


def plain_read(
    path: str, summary: str, route: PlainRead[B], *, refusals: Iterable[type[ApiError]] = ()
) -> Operation:
    """Return the operation of a plain read: its description and its handler."""
    answer = returns(route.response_model, is_list=route.is_list)
    return read_operation(path, summary, answer, refusals=refusals, handler=route.handle)


def plain_write(
    method: Method,
    path: str,
    summary: str,
    route: PlainWrite[B],
    *,
    refusals: Iterable[type[ApiError]] = (),
) -> Operation:
    """Return the operation of a plain write: its description and its handler."""
    return write_operation(
        method,
        path,
        summary,
        returns(route.response_model, route.status),
        request=route.body_model,
        refusals=refusals,
        handler=route.handle,
    )
