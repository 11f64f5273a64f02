"""Builders of the operations on customer data: path, credentials, parameters, errors.

See docs/protocol.md#link-api.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel

from link_api.errors import ConfirmationRequired
from link_kernel.contract.operations import (
    JSON_TYPE,
    NO_STORE,
    Handler,
    Method,
    Operation,
    Parameter,
    ResponseSpec,
    write_key,
)
from link_kernel.contract.security_schemes import ACCESS_TOKEN, LINK_TOKEN
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyReused,
    NotFound,
    RateLimited,
    UpstreamUnavailable,
)
from link_kernel.ids import ID_PATTERN

PREFIX: Final = "/v1/link"
WRITE_MEDIA_TYPES: Final = (JSON_TYPE, "application/x-www-form-urlencoded")
"""What a body may be called: the second is what `curl -d` says of any text, JSON included.

No page can forge such a call: these routes are authenticated by a header alone, never by a cookie.
"""
_KEY: Final = write_key("The first answer is kept for 24 hours and given again to the same key.")
CONFIRMATION: Final = Parameter(
    "Link-Confirmation",
    "header",
    "The `confirmation` of the code that was entered for this call, by `contacts/verify-otp`.",
    required=False,
)
_ID: Final = Parameter(
    "id", "path", "The item's id.", {"type": "string", "pattern": f"^{ID_PATTERN}$"}
)


def returns(
    content: type[BaseModel] | None,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    is_list: bool = False,
    description: str = "Done.",
) -> ResponseSpec:
    """Return a response as `link_api.http.responses` writes it: in the envelope, `no-store`."""
    return ResponseSpec(content, status, is_list=is_list, description=description, headers=NO_STORE)


def read_operation(
    path: str,
    summary: str,
    *answers: ResponseSpec,
    handler: Handler,
    refusals: Iterable[type[ApiError]] = (),
) -> Operation:
    """Return a `GET` below `/v1/link` with the credentials of customer data."""
    return _of_customer("GET", path, summary, answers, handler, refusals=(*refusals,))


def write_operation(  # noqa: PLR0913  # an operation has many sides
    method: Method,
    path: str,
    summary: str,
    *answers: ResponseSpec,
    handler: Handler,
    request: type[BaseModel] | None = None,
    refusals: Iterable[type[ApiError]] = (),
) -> Operation:
    """Return an idempotent write below `/v1/link`; without a `request` the body may be left out."""
    return _of_customer(
        method, path, summary, answers, handler, request, (IdempotencyKeyReused, *refusals)
    )


def _of_customer(  # noqa: PLR0913, PLR0917  # an operation has many sides
    method: Method,
    path: str,
    summary: str,
    answers: tuple[ResponseSpec, ...],
    handler: Handler,
    request: type[BaseModel] | None = None,
    refusals: tuple[type[ApiError], ...] = (),
) -> Operation:
    has_id = "{id}" in path
    parameters = (
        *((_ID,) if has_id else ()),
        *((CONFIRMATION,) if ConfirmationRequired in refusals else ()),
        *(() if method == "GET" else (_KEY,)),
    )
    return Operation(
        method,
        f"{PREFIX}/{path}",
        summary,
        answers,
        request,
        media_types=WRITE_MEDIA_TYPES,
        takes_empty_body=request is None and method != "GET",
        credentials=(LINK_TOKEN, ACCESS_TOKEN),
        parameters=parameters,
        # An elements token is verified by the bridge's keys, which may be out of reach.
        refusals=(RateLimited, UpstreamUnavailable, *((NotFound,) if has_id else ()), *refusals),
        handler=handler,
    )
