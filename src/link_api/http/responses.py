"""JSON responses of customer data, which no cache may store, and the identity of a write."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web
from pydantic import BaseModel

from link_api.http.authenticate import SignedInCaller
from link_api.idempotency import StoredResponse, WriteRequest
from link_kernel.contract.wire import Members
from link_kernel.ids import sha256_hex
from link_kernel.web.request import JSON, read_raw_body, read_write_key
from link_kernel.web.response import never_stored, success_text

_NO_BODY: Final = b"{}"


def ok(data: BaseModel | Sequence[BaseModel] | None = None) -> StoredResponse:
    """Return the response 200 in the envelope; no `data` stands for `{}`."""
    return StoredResponse(HTTPStatus.OK, success_text(data))


def showing(
    members: Members | Sequence[Members], status: HTTPStatus = HTTPStatus.OK
) -> StoredResponse:
    """Return a response in the envelope, of what `RecordModel.members` returned."""
    return StoredResponse(status, orjson.dumps({"success": True, "data": members}).decode())


def created(data: BaseModel) -> StoredResponse:
    """Return the response 201 in the envelope."""
    return StoredResponse(HTTPStatus.CREATED, success_text(data))


def unwrapped(data: BaseModel) -> StoredResponse:
    """Return the response 200 without the envelope, where the contract says so."""
    return StoredResponse(HTTPStatus.OK, data.model_dump_json())


def json_response(response: StoredResponse) -> web.Response:
    """Return a response for aiohttp to send, marked `no-store`."""
    return never_stored(web.Response(text=response.text, status=response.status, content_type=JSON))


async def identify_write(request: web.Request, caller: SignedInCaller) -> WriteRequest:
    """Return the identity of a write; the body is hashed as it was sent, byte for byte.

    No body counts as `{}`, as it does for every route that needs none. The hash covers the
    caller's view too: the stored response to a login is not for a frame.
    """
    body = (await read_raw_body(request) or _NO_BODY).hex()
    key = read_write_key(request)
    return WriteRequest(
        customer_id=caller.customer_id,
        method=request.method,
        path=request.path,
        key_hash=None if key is None else sha256_hex(key),
        body_hash=sha256_hex(f"{caller.view} {body}"),
    )
