"""The contract of `/v1/link/enroll*` (design section 9)."""

from http import HTTPStatus
from typing import Final

from link_api.enrolment.contract import (
    EnrollAndLinkOrderRequest,
    EnrollRequest,
    LinkedOrderEnrolment,
    LinkEnrolment,
)
from link_api.operations import shown, writing
from link_kernel.errors import Conflict, UnknownBusiness

_AGAIN: Final = "There already; nothing has changed."

OPERATIONS: Final = (
    writing(
        "POST",
        "enroll",
        "Enrols the customer, once.",
        shown(LinkEnrolment, HTTPStatus.CREATED),
        shown(LinkEnrolment, description=_AGAIN),
        request=EnrollRequest,
        refusals=(Conflict,),
    ),
    writing(
        "POST",
        "enroll-and-link-order",
        "Enrols the customer and links an order, with its address and wallet: all or nothing.",
        shown(LinkedOrderEnrolment, HTTPStatus.CREATED),
        shown(LinkedOrderEnrolment, description=_AGAIN),
        request=EnrollAndLinkOrderRequest,
        refusals=(Conflict, UnknownBusiness),
    ),
)
