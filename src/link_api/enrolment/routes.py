"""`/v1/link/enroll*` on HTTP: each handler reads, asks, answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from link_api.contract.operations import returns, write_operation
from link_api.enrolment.businesses import RedisBusinesses
from link_api.enrolment.contract import (
    EnrollAndLinkOrderRequest,
    EnrollRequest,
    LinkedOrderEnrolment,
    LinkEnrolment,
)
from link_api.enrolment.service import Enrolments, OrderEnrolment
from link_api.http.authenticate import OTP, SignedInCaller, admitted
from link_api.http.responses import answered_once, created, done
from link_api.idempotency import Answer
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import Conflict, InsufficientScope, UnknownBusiness
from link_kernel.web.request import read_body


@dataclass(frozen=True, slots=True)
class EnrolmentSlice:
    """What the handlers stand on; `open` gives a customer's enrolment within a transaction."""

    open: Callable[[AsyncSession, str], Enrolments]
    businesses: RedisBusinesses
    default_region: str


ENROLMENT: Final = web.AppKey("enrolment", EnrolmentSlice)
_DEMAND: Final = Requirements(scopes=frozenset({"profile"}))


def add_routes(app: web.Application, enrolment: EnrolmentSlice) -> None:
    """Add the routes to the sub-application of customer data."""
    app[ENROLMENT] = enrolment
    app.router.add_post("/enroll", enroll)
    app.router.add_post("/enroll-and-link-order", enroll_and_link_order)


async def enroll(request: web.Request) -> web.Response:
    """`POST /v1/link/enroll`: 201 the first time, then 200 with what is there."""
    enrolment = request.app[ENROLMENT]
    caller = await admitted(request, _DEMAND)
    body = await read_body(request, EnrollRequest)
    contact = body.parsed(enrolment.default_region)

    async def work(session: AsyncSession) -> Answer:
        enrolments = enrolment.open(session, caller.customer_id)
        found = await enrolments.enrol(contact, body.name, caller.business_id)
        answer = created if found.is_new else done
        return answer(LinkEnrolment.of(found, for_frame=caller.is_frame))

    return await answered_once(request, caller, work)


async def enroll_and_link_order(request: web.Request) -> web.Response:
    """`POST /v1/link/enroll-and-link-order`: all of it or nothing; 201 the first time, then 200."""
    enrolment = request.app[ENROLMENT]
    caller = await admitted(request, _DEMAND)
    body = await read_body(request, EnrollAndLinkOrderRequest)
    _require_reach(caller, body)
    is_known = await enrolment.businesses.serves(body.business_id)

    async def work(session: AsyncSession) -> Answer:
        if not is_known:  # said here, since an answer that is kept stands whoever left since
            raise UnknownBusiness(body.business_id)
        enrolments = enrolment.open(session, caller.customer_id)
        found = await enrolments.link_order(body.wished())
        answer = created if found.is_new else done
        return answer(LinkedOrderEnrolment.of(_as_seen(found, caller), for_frame=caller.is_frame))

    return await answered_once(request, caller, work)


def _as_seen(found: OrderEnrolment, caller: SignedInCaller) -> OrderEnrolment:
    """Return the enrolment without the parts that are not the caller's to read: see `data`."""
    return replace(
        found,
        address=found.address if caller.covers("addresses") else None,
        wallet=found.wallet if caller.covers("wallets:read") else None,
    )


def _require_reach(caller: SignedInCaller, body: EnrollAndLinkOrderRequest) -> None:
    """Return if a caller may write all that the body holds; a login may.

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
    ),
    write_operation(
        "POST",
        "enroll-and-link-order",
        "Enrols the customer and links an order, with its address and wallet: all or nothing.",
        returns(LinkedOrderEnrolment, HTTPStatus.CREATED),
        returns(LinkedOrderEnrolment, description=_AGAIN),
        request=EnrollAndLinkOrderRequest,
        refusals=(Conflict, UnknownBusiness),
    ),
)
