"""All that a customer has (design section 9)."""

from dataclasses import dataclass

from link_api.addresses.service import Address
from link_api.customers.service import CustomerRecord
from link_api.mobile_money.service import MobileMoney
from link_api.preferences.service import Preferences


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of a wallet to read beside the customer and the preferences."""

    addresses: bool
    mobile_money: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What was read; parts that were not asked for are empty."""

    customer: CustomerRecord
    preferences: Preferences | None
    addresses: list[Address]
    mobile_money: list[MobileMoney]

    @property
    def default_address(self) -> Address | None:
        """The default among the addresses."""
        return next((address for address in self.addresses if address.is_default), None)

    @property
    def default_mobile_money(self) -> MobileMoney | None:
        """The default among the wallets."""
        return next((wallet for wallet in self.mobile_money if wallet.is_default), None)
