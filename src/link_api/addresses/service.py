"""Rules of one customer's saved addresses (docs/protocol.md#link-api)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from link_api.reserved.contacts import ReservedContacts
from link_api.saved_items.service import CustomerItems, SavedItem
from link_api.spelling.phone_numbers import Countries, NumberRefused, Purpose, read_number
from link_kernel.ids import new_id

MOST_ADDRESSES: Final = 50


@dataclass(slots=True, kw_only=True)
class Address(SavedItem):
    """An address as the customer wrote it; `country` is ISO 3166-1 alpha-2, the phone E.164."""

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


@dataclass(frozen=True, slots=True)
class AddressBook(CustomerItems[Address]):
    """One customer's addresses; `default_region` is the country of an address that names none.

    Raises `ReservedContact` where a delivery's phone is one that is refused here.
    """

    default_region: str
    reserved: ReservedContacts

    async def add(self, fields: Mapping[str, Any]) -> Address:
        """Save an address of these fields; raises `Conflict` at 50, `ValidationFailed`."""
        now = self.clock.now_ms()
        return await self.saved.add(
            Address(
                id=new_id("addr"),
                customer_id=self.customer_id,
                created_at=now,
                updated_at=now,
                **self._normalise(fields),
            ),
            most=MOST_ADDRESSES,
        )

    async def get_or_create(self, fields: Mapping[str, Any]) -> Address:
        """Return the saved address of exactly these fields; save one if there is none.

        Raises as `add` does.
        """
        normalised = self._normalise(fields)
        for address in await self.saved.all():
            if replace(address, **normalised) == address:
                return address
        return await self.add(fields)

    async def change(self, address_id: str, changes: Mapping[str, Any]) -> Address:
        """Change these fields and no other; raises `ValidationFailed`."""
        address = await self.saved.get(address_id)
        country = changes.get("country", address.country)
        changed = {**self._with_e164(changes, country), "updated_at": self.clock.now_ms()}
        return await self.saved.change(address, changed)

    def _normalise(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a new address as they are saved."""
        country = fields.get("country") or self.default_region
        return self._with_e164({**fields, "country": country}, country)

    def _with_e164(self, fields: Mapping[str, Any], country: str) -> dict[str, Any]:
        """Return the fields with the phone in E.164; a national number is of this country.

        Raises `ValidationFailed`.
        """
        phone = fields.get("phone_for_delivery")
        if phone is None:
            return dict(fields)
        try:
            parsed = read_number(
                phone, country=country, countries=Countries(country), purpose=Purpose.DELIVERY
            )
        except NumberRefused as refused:
            raise refused.of_field("phone_for_delivery") from None
        self.reserved.outcome_of(parsed)
        return {**fields, "phone_for_delivery": parsed}
