"""Wire models of `/v1/link/addresses` (docs/protocol.md#link-api)."""

from typing import Annotated

from pydantic import Field

from link_api.addresses.service import Address
from link_api.contract.models import CountryCode, LinkWire, PartialUpdate, RecordModel
from link_api.contract.text import Label, Line, Lines
from link_kernel.contract.wire import Instant, Members, rfc3339, rfc3339_or_none

_LONGEST_PHONE = 32

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
TypedPhone = Annotated[str, Field(min_length=3, max_length=_LONGEST_PHONE)]
"""A number as a person types it; one without country code is the address's country's."""


class CreateAddressRequest(LinkWire):
    """Body of `POST addresses`; `country` is where the service is, unless said."""

    label: Label
    street_address: Line
    city: Line
    region: Line
    country: CountryCode | None = None
    apartment: Line | None = None
    postal_code: Line | None = None
    delivery_instructions: Lines | None = None
    phone_for_delivery: TypedPhone | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class UpdateAddressRequest(PartialUpdate):
    """Body of `POST addresses/:id`: what is left out stays, `null` clears."""

    label: Label = Field(default_factory=str)
    street_address: Line = Field(default_factory=str)
    city: Line = Field(default_factory=str)
    region: Line = Field(default_factory=str)
    country: CountryCode = Field(default_factory=str)
    apartment: Line | None = None
    postal_code: Line | None = None
    delivery_instructions: Lines | None = None
    phone_for_delivery: TypedPhone | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class CustomerAddress(RecordModel):
    """A saved address; instants are RFC 3339 in UTC."""

    id: str
    customer_id: str
    label: str
    street_address: str
    apartment: str | None
    city: str
    region: str
    country: str
    postal_code: str | None
    delivery_instructions: str | None
    phone_for_delivery: str | None
    latitude: float | None
    longitude: float | None
    is_default: bool
    usage_count: int
    last_used_at: Instant | None
    created_at: Instant
    updated_at: Instant

    @staticmethod
    def members(address: Address) -> Members:
        """Return the JSON members that show an address."""
        return {
            "id": address.id,
            "customer_id": address.customer_id,
            "label": address.label,
            "street_address": address.street_address,
            "apartment": address.apartment,
            "city": address.city,
            "region": address.region,
            "country": address.country,
            "postal_code": address.postal_code,
            "delivery_instructions": address.delivery_instructions,
            "phone_for_delivery": address.phone_for_delivery,
            "latitude": address.latitude,
            "longitude": address.longitude,
            "is_default": address.is_default,
            "usage_count": address.usage_count,
            "last_used_at": rfc3339_or_none(address.last_used_at),
            "created_at": rfc3339(address.created_at),
            "updated_at": rfc3339(address.updated_at),
        }
