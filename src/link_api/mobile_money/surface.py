"""The contract of `/v1/link/mobile-money` (design section 9)."""

from http import HTTPStatus
from typing import Final

from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.mobile_money.contract import CreateMobileMoneyRequest, CustomerMobileMoney
from link_api.operations import reading, shown, writing
from link_kernel.errors import Conflict

_ITEM: Final = "mobile-money/{id}"

OPERATIONS: Final = (
    reading(
        "mobile-money", "All wallets, the oldest first.", shown(CustomerMobileMoney, is_list=True)
    ),
    writing(
        "POST",
        "mobile-money",
        "Saves a wallet; the first is the default.",
        shown(CustomerMobileMoney, HTTPStatus.CREATED),
        request=CreateMobileMoneyRequest,
        refusals=(Conflict,),
    ),
    writing(
        "DELETE",
        _ITEM,
        "Deletes a wallet; of a default the most used of the others takes the place.",
        shown(None),
    ),
    writing("POST", f"{_ITEM}/default", "The one default from now on.", shown(CustomerMobileMoney)),
    writing("POST", f"{_ITEM}/track-usage", "Counts one use.", shown(CustomerMobileMoney)),
    writing(
        "POST",
        f"{_ITEM}/verify",
        "Asks the provider whether there is such an account.",
        shown(CustomerMobileMoney),
        refusals=(VerificationFailed, ProviderUnavailable),
    ),
)
