"""The table of all routes of the Link API: it mounts them, and the contract is made from it.

See docs/protocol.md#link-api.
"""

from typing import Final

from aiohttp import web

from link_api.account import routes as account
from link_api.addresses import routes as addresses
from link_api.app_key import SERVICES
from link_api.auth import routes as auth
from link_api.contacts import routes as contacts
from link_api.contract.models import ITEM_ID
from link_api.contract.operations import PREFIX
from link_api.customers import routes as customers
from link_api.customers.contract import LinkCustomer
from link_api.enrolment import routes as enrolment
from link_api.http.cors import ListedOrigins
from link_api.mobile_money import routes as mobile_money
from link_api.overview import routes as overview
from link_api.preferences import routes as preferences
from link_api.services import Services
from link_api.sessions import routes as sessions
from link_kernel.contract.operations import ApiDescription, Operation, ResponseSpec, WireType
from link_kernel.errors import (
    InternalError,
    OriginMalformed,
    OriginNotAllowed,
    PayloadTooLarge,
    StoreUnavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from link_kernel.web.openapi_route import document_of

_CACHED: Final = {"Cache-Control": "`public, max-age=300`."}


async def show_document(request: web.Request) -> web.StreamResponse:
    """`GET /v1/link/openapi.json`: the OpenAPI document of this very table."""
    return await _document(request)


API: Final = ApiDescription(
    name="link-api",
    title="Cimplify Link API",
    description="A customer's wallet: saved addresses, mobile-money wallets, preferences.",
    operations=(
        *auth.OPERATIONS,
        *customers.OPERATIONS,
        *enrolment.OPERATIONS,
        *preferences.OPERATIONS,
        *overview.OPERATIONS,
        *addresses.OPERATIONS,
        *mobile_money.OPERATIONS,
        *sessions.OPERATIONS,
        *contacts.OPERATIONS,
        *account.OPERATIONS,
        Operation(
            "GET",
            f"{PREFIX}/openapi.json",
            "This document.",
            (ResponseSpec({"type": "object"}, in_envelope=False, headers=_CACHED),),
            handler=show_document,
        ),
    ),
    refusals=(InternalError, OriginMalformed, OriginNotAllowed, StoreUnavailable, ValidationFailed),
    body_refusals=(PayloadTooLarge, UnsupportedMediaType),
    types=(WireType(LinkCustomer, "answer"),),
)
_document: Final = document_of(API)


def mount(root: web.Application, services: Services, origins: ListedOrigins) -> None:
    """Add every operation to a root of `link_kernel.web.application.new_application`.

    Raises `ValueError` for an operation without a handler.
    """
    root[SERVICES] = services
    root.on_response_prepare.append(origins.add_headers)
    router, paths = root.router, set()
    for operation in API.operations:
        if operation.handler is None:
            raise ValueError(f"no handler: {operation.method} {operation.path}")
        path, handler = operation.path.replace("{id}", ITEM_ID), origins.guard(operation.handler)
        if operation.method == "GET":
            router.add_get(path, handler)  # adds HEAD too
        else:
            router.add_route(operation.method, path, handler)
        paths.add(path)
    for path in sorted(paths):
        router.add_options(path, origins.preflight)
