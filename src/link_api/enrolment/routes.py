"""The table of `/v1/link/enroll*`, and its handlers."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.contract.operations import WRITE_MEDIA_TYPES, returns, write_operation
from link_api.enrolment.contract import (
    EnrollAndLinkOrderRequest,
    EnrollRequest,
    LinkedOrderEnrolment,
    LinkEnrolment,
)
from link_api.enrolment.service import OrderEnrolment
from link_api.enrolment.storage import open_enrolments
from link_api.http.authenticate import OTP, SignedInCaller, authenticate
from link_api.http.responses import created, identify_write, json_response, ok
from link_kernel.auth.requirements import Requirements
from link_kernel.contact_errors import ReservedContact
from link_kernel.errors import Conflict, InsufficientScope, UnknownBusiness
from link_kernel.web.request import read_body

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"profile"}))


async def enroll(request: web.Request) -> web.Response:
    """`POST /v1/link/enroll`: 201 the first time, then 200 with what is there."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _REQUIREMENTS)
    body = await read_body(request, EnrollRequest, media_types=WRITE_MEDIA_TYPES)
    contact = body.parsed(services.countries)
    async with services.writes.run(await identify_write(request, caller)) as write:
        response = write.stored
        if response is None:
            enrolments = open_enrolments(services.scope(write.session, caller.customer_id))
            enrolment = await enrolments.enrol(contact, body.name, caller.business_id)
            data = LinkEnrolment.of(enrolment, for_frame=caller.is_frame)
            response = write.store(created(data) if enrolment.is_new else ok(data))
    return json_response(response)


async def enroll_and_link_order(request: web.Request) -> web.Response:
    """`POST /v1/link/enroll-and-link-order`: all of it or nothing; 201 the first time, then 200.

    An unknown business is refused only after the stored response was looked up: that one stands
    even if the business has left since.
    """
    services = request.app[SERVICES]
    caller = await authenticate(request, _REQUIREMENTS)
    body = await read_body(request, EnrollAndLinkOrderRequest, media_types=WRITE_MEDIA_TYPES)
    _require_reach(caller, body)
    is_known = await services.businesses.serves(body.business_id)
    async with services.writes.run(await identify_write(request, caller)) as write:
        response = write.stored
        if response is None:
            if not is_known:
                raise UnknownBusiness(body.business_id)
            enrolments = open_enrolments(services.scope(write.session, caller.customer_id))
            enrolment = await enrolments.link_order(body.to_input())
            visible = _visible_to(caller, enrolment)
            data = LinkedOrderEnrolment.of(visible, for_frame=caller.is_frame)
            response = write.store(created(data) if enrolment.is_new else ok(data))
    return json_response(response)


def _visible_to(caller: SignedInCaller, enrolment: OrderEnrolment) -> OrderEnrolment:
    """Return the enrolment without the parts that the caller's scopes do not cover."""
    return replace(
        enrolment,
        address=enrolment.address if caller.covers("addresses") else None,
        wallet=enrolment.wallet if caller.covers("wallets:read") else None,
    )


def _require_reach(caller: SignedInCaller, body: EnrollAndLinkOrderRequest) -> None:
    """Return if the caller may write every part of the body; a login may.

    Raises `InsufficientScope`, with `details.missing` as `Requirements` has it, or `business`.
    """
    has_wallet = body.mobile_money is not None
    lacks = {
        "business": caller.is_frame and caller.business_id != body.business_id,
        "scope": (body.address is not None and not caller.covers("addresses"))
        or (has_wallet and not caller.covers("wallets")),
        "amr": has_wallet and not caller.amr >= OTP,
    }
    for missing, is_missing in lacks.items():
        if is_missing:
            raise InsufficientScope(missing, details={"missing": missing})


_AGAIN: Final = "There already; nothing has changed."

OPERATIONS: Final = (
    write_operation(
        "POST",
        "enroll",
        "Enrols the customer, once.",
        returns(LinkEnrolment, HTTPStatus.CREATED),
        returns(LinkEnrolment, description=_AGAIN),
        request=EnrollRequest,
        refusals=(Conflict,),
        handler=enroll,
    ),
    write_operation(
        "POST",
        "enroll-and-link-order",
        "Enrols the customer and links an order, with its address and wallet: all or nothing.",
        returns(LinkedOrderEnrolment, HTTPStatus.CREATED),
        returns(LinkedOrderEnrolment, description=_AGAIN),
        request=EnrollAndLinkOrderRequest,
        refusals=(Conflict, ReservedContact, UnknownBusiness),
        handler=enroll_and_link_order,
    ),
)
