"""The Link API's contract: the tables of all slices (docs/protocol.md#link-api)."""

from typing import Final

from link_api.addresses import routes as addresses
from link_api.auth import routes as auth
from link_api.contract.operations import PREFIX
from link_api.customers import routes as customers
from link_api.customers.contract import LinkCustomer
from link_api.enrolment import routes as enrolment
from link_api.mobile_money import routes as mobile_money
from link_api.overview import routes as overview
from link_api.preferences import routes as preferences
from link_api.sessions import routes as sessions
from link_kernel.contract.operations import Answer, ApiDescription, Operation, WireType
from link_kernel.errors import (
    InternalError,
    OriginMalformed,
    OriginNotAllowed,
    PayloadTooLarge,
    StoreUnavailable,
    UnsupportedMediaType,
    ValidationFailed,
)

_CACHED: Final = {"Cache-Control": "`public, max-age=300`."}

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
        Operation(
            "GET",
            f"{PREFIX}/openapi.json",
            "This document.",
            (Answer({"type": "object"}, in_envelope=False, headers=_CACHED),),
        ),
    ),
    refusals=(InternalError, OriginMalformed, OriginNotAllowed, StoreUnavailable, ValidationFailed),
    body_refusals=(PayloadTooLarge, UnsupportedMediaType),
    types=(WireType(LinkCustomer, "answer"),),
)
