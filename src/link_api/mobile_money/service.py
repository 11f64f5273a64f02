"""The rules of one customer's saved wallets (design section 9)."""

from dataclasses import dataclass
from typing import Literal

from link_api.saved_item import SavedItem

Provider = Literal["mtn", "vod", "atl", "mpesa"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileMoney(SavedItem):
    """A wallet; the number is E.164, `verified_at` epoch ms where its provider knew it."""

    provider: Provider
    phone_number: str
    verified_at: int | None = None
