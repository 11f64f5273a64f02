"""Wire models of `GET /v1/link/data` (docs/protocol.md#link-api)."""

from typing import Self

from link_api.addresses.contract import CustomerAddress
from link_api.contract.models import LinkWire
from link_api.customers.contract import LinkCustomer
from link_api.mobile_money.contract import CustomerMobileMoney
from link_api.overview.storage import Overview
from link_api.preferences.contract import CustomerLinkPreferences


class LinkData(LinkWire):
    """All that a customer has; what the caller may not see is empty or `null`."""

    customer: LinkCustomer
    addresses: list[CustomerAddress]
    mobile_money: list[CustomerMobileMoney]
    preferences: CustomerLinkPreferences | None
    default_address: CustomerAddress | None
    default_mobile_money: CustomerMobileMoney | None

    @classmethod
    def of(cls, overview: Overview, *, for_frame: bool) -> Self:
        """Return the wire model of an overview; `for_frame` hides the unmasked contacts."""
        preferences = overview.preferences
        addresses = [CustomerAddress.of(item) for item in overview.addresses]
        wallets = [CustomerMobileMoney.of(item) for item in overview.mobile_money]
        return cls(
            customer=LinkCustomer.of(overview.customer, for_frame=for_frame),
            addresses=addresses,
            mobile_money=wallets,
            preferences=None if preferences is None else CustomerLinkPreferences.of(preferences),
            default_address=next((item for item in addresses if item.is_default), None),
            default_mobile_money=next((item for item in wallets if item.is_default), None),
        )
