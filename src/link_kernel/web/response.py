"""The JSON envelope of every response, success or error (docs/protocol.md#envelope)."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import hdrs, web
from pydantic import BaseModel

from link_kernel.contract.wire import Members
from link_kernel.errors import ApiError

_DEFAULT_RETRY_AFTER_S: Final = 1
_JSON: Final = {hdrs.CONTENT_TYPE: "application/json"}  # UTF-8 by RFC 8259, so it names none
_encode_json: Final = json.JSONEncoder(separators=(",", ":")).encode  # ASCII, fit for a header


def success(data: BaseModel | None = None, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return the response `{"success": true, "data": …}`; without `data` it is `{}`."""
    return web.Response(body=success_text(data).encode(), headers=_JSON, status=status)


def showing(members: Members) -> web.Response:
    """Return the response `{"success": true, "data": …}` of a model's members."""
    return web.Response(body=orjson.dumps({"success": True, "data": members}), headers=_JSON)


def success_text(data: BaseModel | Sequence[BaseModel] | None = None) -> str:
    """Return the body of a success as JSON text; a sequence of models becomes a list."""
    if data is None:
        content = "{}"
    elif isinstance(data, BaseModel):
        content = data.model_dump_json()
    else:
        content = f"[{','.join(item.model_dump_json() for item in data)}]"
    return f'{{"success":true,"data":{content}}}'


def unwrapped(
    data: BaseModel, *, status: HTTPStatus = HTTPStatus.OK, exclude_none: bool = False
) -> web.Response:
    """Return a response without the envelope, for routes where the contract says so."""
    text = data.model_dump_json(exclude_none=exclude_none)
    return web.Response(body=text.encode(), headers=_JSON, status=status)


def refused(error: ApiError) -> web.Response:
    """Return the response `{"success": false, "error": …}` with the headers of the error."""
    response = web.Response(body=_body(error), headers=_JSON, status=error.status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers[hdrs.WWW_AUTHENTICATE] = error.challenge
    response.headers.update(error.headers)
    if error.retryable and error.status != HTTPStatus.UNAUTHORIZED:
        wait_s = error.retry_after_s or _DEFAULT_RETRY_AFTER_S
        response.headers[hdrs.RETRY_AFTER] = str(wait_s)
    return response


def never_stored(response: web.Response) -> web.Response:
    """Set `Cache-Control: no-store` on a response that holds a token."""
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def _body(error: ApiError) -> bytes:
    """Return the body of an error; without details it is the same for all of its class."""
    if error.details is not None:
        return _encode_error(error)
    kind = type(error)
    if kind not in _plain_bodies:
        _plain_bodies[kind] = _encode_error(error)
    return _plain_bodies[kind]


_plain_bodies: Final[dict[type[ApiError], bytes]] = {}


def _encode_error(error: ApiError) -> bytes:
    body: dict[str, object] = {
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
    }
    if error.action is not None:
        body["action"] = error.action
    if error.details is not None:
        body["details"] = error.details
    return _encode_json({"success": False, "error": body}).encode()
