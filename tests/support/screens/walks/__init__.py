"""Walks through the states of the elements; each begins as a new customer on the real stack."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from tests.support.screens.walker import Walker
from tests.support.screens.walks import account, addresses, ends, sign_in, wallets

Walk = Callable[[Walker], Coroutine[Any, Any, None]]

WALKS: Final[tuple[Walk, ...]] = (
    sign_in.guest_and_code,
    sign_in.owner_with_a_number,
    sign_in.codes_that_are_not_sent,
    sign_in.on_without_link,
    addresses.addresses,
    addresses.lists_that_do_not_come,
    addresses.long_values,
    addresses.many_addresses,
    addresses.address_elsewhere,
    addresses.changes_that_fail,
    wallets.wallets,
    wallets.form_of_a_wallet,
    wallets.wallet_elsewhere,
    wallets.three_elements,
    wallets.three_lists,
    account.contacts,
    account.contacts_that_go,
    account.account_that_is_closed,
    account.offer_of_a_contact,
    ends.ends,
    ends.not_allowed,
    ends.outage,
    ends.offline,
    ends.unsupported,
)
