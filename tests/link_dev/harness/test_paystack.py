"""The stand-in for Paystack, with which wallets can be verified without real accounts."""

import pytest
from pydantic import SecretStr

from link_api.errors import VerificationFailed
from link_api.mobile_money.paystack import open_paystack
from link_dev.harness.paystack import MOUNTED_AT, SECRET_KEY
from link_dev.stack import Stack
from tests.link_dev.visitor import Visitor


async def test_accounts_exist_unless_their_number_ends_in_four_noughts(stack: Stack) -> None:
    """The responses have the shapes that the real client reads."""
    url = f"{stack.ports.internal_url}{MOUNTED_AT}"
    async with open_paystack(url, SecretStr(SECRET_KEY)) as accounts:
        await accounts.resolve("mtn", "+233241234567")
        await accounts.resolve("mpesa", "+254712345678")
        with pytest.raises(VerificationFailed):
            await accounts.resolve("mtn", "+233241230000")


@pytest.mark.parametrize("host", ["shop", "link", "api", "other", "evil"])
async def test_no_page_reaches_it(visitor: Visitor, host: str) -> None:
    """Only the internal listener serves it."""
    assert (await visitor.call(host, f"{MOUNTED_AT}/bank/resolve")).status == 404
