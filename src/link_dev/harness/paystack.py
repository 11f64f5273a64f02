"""A stand-in for Paystack, so that wallets can be verified on a developer's machine.

Every account exists, except those whose number ends in `0000`.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web

MOUNTED_AT: Final = "/dev/paystack"
SECRET_KEY: Final = "sk_test_standin"  # noqa: S105  # not a real key
_UNKNOWN_ENDING: Final = "0000"


async def resolve(request: web.Request) -> web.Response:
    """`GET /dev/paystack/bank/resolve`, with the response shapes of Paystack."""
    account = request.query.get("account_number", "")
    if not account or account.endswith(_UNKNOWN_ENDING):
        refusal = {
            "status": False,
            "message": "Could not resolve account name. Check parameters or try again.",
        }
        return web.json_response(refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return web.json_response(
        {
            "status": True,
            "message": "Account number resolved",
            "data": {"account_number": account, "account_name": "AMA DEMO", "bank_id": 28},
        }
    )
