"""Wire models of `/v1/link/mobile-money` (docs/protocol.md#link-api)."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from link_api.contract.models import LinkWire, RecordModel
from link_api.contract.text import Label
from link_api.mobile_money.providers import SPELLINGS, Provider, ProviderName, parse_provider
from link_api.mobile_money.service import MobileMoney
from link_kernel.contract.wire import (
    Instant,
    Members,
    NumberCountry,
    rfc3339,
    rfc3339_or_none,
)
from link_kernel.errors import ValidationFailed

_LONGEST_PHONE: Final = 32


def _provider(value: object) -> ProviderName:
    try:
        return parse_provider(value if isinstance(value, str) else "")
    except ValidationFailed:
        raise ValueError("unknown provider") from None


TypedProvider = Annotated[
    ProviderName,
    BeforeValidator(_provider),
    WithJsonSchema(
        {
            "type": "string",
            "enum": list(SPELLINGS),
            "description": "Case, spaces, dashes and underscores do not count: `M-Pesa` is taken.",
        },
        mode="validation",
    ),
]
"""A provider in any spelling that was ever accepted."""


class CreateMobileMoneyRequest(LinkWire):
    """Body of `POST mobile-money`; `country` is the number's, where it holds no country code."""

    provider: TypedProvider
    phone_number: Annotated[str, Field(min_length=3, max_length=_LONGEST_PHONE)]
    country: NumberCountry = None
    label: Label | None = None


class CustomerMobileMoney(RecordModel):
    """A saved wallet; instants are RFC 3339 in UTC.

    `provider` is the name that the customer chose, `provider_code` the one that payments know.
    """

    id: str
    customer_id: str
    provider: ProviderName
    provider_code: Provider
    phone_number: str
    label: str
    is_verified: bool
    verified_at: Instant | None
    is_default: bool
    usage_count: int
    last_used_at: Instant | None
    created_at: Instant
    updated_at: Instant

    @staticmethod
    def members(wallet: MobileMoney) -> Members:
        """Return the JSON members that show a wallet."""
        return {
            "id": wallet.id,
            "customer_id": wallet.customer_id,
            "provider": wallet.provider_name,
            "provider_code": wallet.provider,
            "phone_number": wallet.phone_number,
            "label": wallet.label,
            "is_verified": wallet.verified_at is not None,
            "verified_at": rfc3339_or_none(wallet.verified_at),
            "is_default": wallet.is_default,
            "usage_count": wallet.usage_count,
            "last_used_at": rfc3339_or_none(wallet.last_used_at),
            "created_at": rfc3339(wallet.created_at),
            "updated_at": rfc3339(wallet.updated_at),
        }
