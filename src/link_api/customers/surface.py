"""The contract of `/v1/link/check-status` (design section 9)."""

from typing import Final

from link_api.customers.contract import CheckStatusRequest, LinkStatusAnswer
from link_kernel.contracts.surface import NO_STORE, Answer, Operation
from link_kernel.errors import RateLimited

OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/link/check-status",
        "Tells whether a contact is a customer's.",
        (Answer(LinkStatusAnswer, headers=NO_STORE),),
        CheckStatusRequest,
        refusals=(RateLimited,),
    ),
)
