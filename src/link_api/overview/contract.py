"""Wire models of `GET /v1/link/data` (docs/protocol.md#link-api)."""

from link_api.addresses.contract import CustomerAddress
from link_api.contract.models import LinkWire
from link_api.customers.contract import LinkCustomer
from link_api.mobile_money.contract import CustomerMobileMoney
from link_api.overview.storage import Overview
from link_api.preferences.contract import CustomerLinkPreferences
from link_kernel.contract.wire import Members


class LinkData(LinkWire):
    """All that a customer has; what the caller may not see is empty or `null`."""

    customer: LinkCustomer
    addresses: list[CustomerAddress]
    mobile_money: list[CustomerMobileMoney]
    preferences: CustomerLinkPreferences | None
    default_address: CustomerAddress | None
    default_mobile_money: CustomerMobileMoney | None

    @staticmethod
    def members(overview: Overview, *, for_frame: bool) -> Members:
        """Return the JSON members of an overview; `for_frame` hides the unmasked contacts."""
        preferences = overview.preferences
        addresses = [CustomerAddress.members(item) for item in overview.addresses]
        wallets = [CustomerMobileMoney.members(item) for item in overview.mobile_money]
        return {
            "customer": LinkCustomer.members(overview.customer, for_frame=for_frame),
            "addresses": addresses,
            "mobile_money": wallets,
            "preferences": preferences and CustomerLinkPreferences.members(preferences),
            "default_address": _default(addresses),
            "default_mobile_money": _default(wallets),
        }


def _default(items: list[Members]) -> Members | None:
    return next((item for item in items if item["is_default"]), None)
