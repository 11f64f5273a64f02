"""What a customer saves to choose from: addresses and wallets. Instants are epoch ms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedItem:
    """What addresses and wallets have in common, as the services know them."""

    id: str
    customer_id: str
    label: str
    is_default: bool = False
    usage_count: int = 0
    last_used_at: int | None = None
    created_at: int
    updated_at: int
