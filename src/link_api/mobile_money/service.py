"""Rules of one customer's saved mobile-money wallets (docs/protocol.md#link-api)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from link_api.errors import SavedAlready
from link_api.mobile_money.providers import (
    PROVIDER_OF,
    PROVIDERS,
    Provider,
    ProviderName,
    parse_wallet_number,
    require_one_country,
)
from link_api.reserved.contacts import ReservedContacts
from link_api.saved_items.service import CustomerItems, SavedItem
from link_kernel.ids import new_id

MOST_WALLETS: Final = 20


@dataclass(slots=True, kw_only=True)
class MobileMoney(SavedItem):
    """A wallet; the number is E.164, `verified_at` epoch ms, `None` until it is verified.

    Provider and number never change, so a verified wallet stays verified. `chosen_provider` is
    `None` where a release saved the wallet that kept the short code alone.
    """

    provider: Provider
    chosen_provider: ProviderName | None = None
    phone_number: str
    verified_at: int | None = None

    @property
    def provider_name(self) -> ProviderName:
        """Return the name that the customer chose, or the provider's name of today."""
        return self.chosen_provider or PROVIDERS[self.provider].name


@dataclass(frozen=True, slots=True)
class Wallets(CustomerItems[MobileMoney]):
    """One customer's wallets."""

    reserved: ReservedContacts

    async def add(self, fields: Mapping[str, Any]) -> MobileMoney:
        """Save a wallet of the fields `provider`, `phone_number`, `country` and `label`.

        The last two may be `None`: without a label the wallet gets its provider's. Raises
        `ValidationFailed` for a number that is not of the provider, `ReservedContact` in live mode,
        and `Conflict` for one that is saved already or is the twenty-first.
        """
        provider, phone_number = _account(fields)
        self.reserved.outcome_of(phone_number)
        if await self._find(provider, phone_number) is not None:
            raise SavedAlready("wallet", details={"fields": ["phone_number", "provider"]})
        now = self.clock.now_ms()
        return await self.saved.add(
            MobileMoney(
                id=new_id("momo"),
                customer_id=self.customer_id,
                label=fields.get("label") or PROVIDERS[provider].label,
                provider=provider,
                chosen_provider=fields["provider"],
                phone_number=phone_number,
                created_at=now,
                updated_at=now,
            ),
            most=MOST_WALLETS,
        )

    async def get_or_create(self, fields: Mapping[str, Any]) -> MobileMoney:
        """Return the saved wallet of this number, whatever its label; save one if there is none.

        Raises `ValidationFailed`, `ReservedContact`, and `Conflict` for the twenty-first.
        """
        return await self._find(*_account(fields)) or await self.add(fields)

    async def get_verifiable(self, wallet_id: str) -> MobileMoney:
        """Return a wallet whose provider may be asked about it, or that is verified.

        Raises `NotFound`, and `ValidationFailed` where a release that kept no chosen provider may
        have read the number in the wrong country.
        """
        wallet = await self.saved.get(wallet_id)
        if wallet.verified_at is None and wallet.chosen_provider is None:
            require_one_country(wallet.phone_number, wallet.provider)
        return wallet

    async def mark_verified(self, wallet_id: str) -> MobileMoney:
        """Record that the provider knows the account; the time of the first verification stays."""
        wallet = await self.saved.get(wallet_id)
        if wallet.verified_at is not None:
            return wallet
        now = self.clock.now_ms()
        return await self.saved.change(wallet, {"verified_at": now, "updated_at": now})

    async def _find(self, provider: Provider, phone_number: str) -> MobileMoney | None:
        for wallet in await self.saved.all():
            if (wallet.provider, wallet.phone_number) == (provider, phone_number):
                return wallet
        return None


def _account(fields: Mapping[str, Any]) -> tuple[Provider, str]:
    """Return the provider and the number in E.164; raises `ValidationFailed`."""
    provider = PROVIDER_OF[fields["provider"]]
    return provider, parse_wallet_number(fields["phone_number"], provider, fields.get("country"))
