"""Wire models of `/v1/link/preferences` (docs/protocol.md#link-api)."""

from pydantic import Field

from link_api.contract.models import ItemId, PartialUpdate, RecordModel
from link_api.preferences.service import OrderType, Preferences
from link_kernel.contract.wire import Instant, Members, rfc3339


class UpdatePreferencesRequest(PartialUpdate):
    """Body of `POST preferences`: what is left out stays; the order type may be cleared."""

    preferred_order_type: OrderType | None = None
    notify_on_order: bool = Field(default_factory=bool)
    notify_on_payment: bool = Field(default_factory=bool)
    default_address_id: ItemId = Field(default_factory=str)
    default_mobile_money_id: ItemId = Field(default_factory=str)


class CustomerLinkPreferences(RecordModel):
    """An enrolled customer's preferences; instants are RFC 3339 in UTC."""

    customer_id: str
    enrolled_at: Instant
    enrollment_business_id: str | None
    preferred_order_type: OrderType | None
    notify_on_order: bool
    notify_on_payment: bool
    default_address_id: str | None
    default_mobile_money_id: str | None
    created_at: Instant
    updated_at: Instant

    @staticmethod
    def members(preferences: Preferences) -> Members:
        """Return the JSON members that show preferences."""
        return {
            "customer_id": preferences.customer_id,
            "enrolled_at": rfc3339(preferences.enrolled_at),
            "enrollment_business_id": preferences.enrollment_business_id,
            "preferred_order_type": preferences.preferred_order_type,
            "notify_on_order": preferences.notify_on_order,
            "notify_on_payment": preferences.notify_on_payment,
            "default_address_id": preferences.default_address_id,
            "default_mobile_money_id": preferences.default_mobile_money_id,
            "created_at": rfc3339(preferences.created_at),
            "updated_at": rfc3339(preferences.updated_at),
        }
