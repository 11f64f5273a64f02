"""The Link API's contract: the tables of all slices (design section 9)."""

from typing import Final

from link_api.addresses import surface as addresses
from link_api.auth import surface as auth
from link_api.customers import surface as customers
from link_api.customers.contract import LinkCustomer
from link_api.enrolment import surface as enrolment
from link_api.mobile_money import surface as mobile_money
from link_api.operations import PREFIX
from link_api.overview import surface as overview
from link_api.preferences import surface as preferences
from link_api.sessions import surface as sessions
from link_kernel.contracts.surface import Answer, Operation, Surface, WireType
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

SURFACE: Final = Surface(
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
