"""The rules of one customer's saved wallets (docs/protocol.md#link-api)."""

from dataclasses import dataclass
from typing import Final

from link_api.mobile_money.providers import PROVIDERS, Provider, parse_wallet_number
from link_api.saved_items.service import ItemBook, SavedItem
from link_kernel.errors import Conflict
from link_kernel.ids import new_id

MOST_WALLETS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileMoney(SavedItem):
    """A wallet; the number is E.164, `verified_at` epoch ms where its provider knew it.

    Provider and number never change, so a wallet once verified stays so.
    """

    provider: Provider
    phone_number: str
    verified_at: int | None = None


@dataclass(frozen=True, slots=True)
class Wallets(ItemBook[MobileMoney]):
    """One customer's wallets."""

    async def add(self, provider: Provider, number: str, label: str | None) -> MobileMoney:
        """Save a wallet; without a label it is called as its provider is.

        Raises `ValidationFailed` for a number that is none of the provider's, and `Conflict` for
        one that is saved already or is the twenty-first.
        """
        phone_number = parse_wallet_number(number, provider)
        held = await self.saved.all()
        if any((one.provider, one.phone_number) == (provider, phone_number) for one in held):
            raise Conflict("saved already", details={"fields": ["phone_number", "provider"]})
        now = self.clock.now_ms()
        return await self.saved.add(
            MobileMoney(
                id=new_id("momo"),
                customer_id=self.customer_id,
                label=label or PROVIDERS[provider].label,
                provider=provider,
                phone_number=phone_number,
                created_at=now,
                updated_at=now,
            ),
            most=MOST_WALLETS,
        )

    async def keep(self, provider: Provider, number: str, label: str | None) -> MobileMoney:
        """Return the saved wallet of this number, whatever its label; save one if there is none.

        Raises `ValidationFailed`, and `Conflict` where it would be the twenty-first.
        """
        phone_number = parse_wallet_number(number, provider)
        for held in await self.saved.all():
            if (held.provider, held.phone_number) == (provider, phone_number):
                return held
        return await self.add(provider, phone_number, label)

    async def mark_verified(self, wallet_id: str) -> MobileMoney:
        """Note that the provider knows the account; the first time it did is what is kept."""
        held = await self.saved.get(wallet_id)
        if held.verified_at is not None:
            return held
        now = self.clock.now_ms()
        return await self.saved.change(wallet_id, {"verified_at": now, "updated_at": now})
