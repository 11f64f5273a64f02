"""Finds the businesses of this deployment's mode, and asks their allow-lists."""

from dataclasses import dataclass

from elements_bridge.businesses.business import Business, is_business_id
from elements_bridge.businesses.cache import CachedBusinesses
from link_kernel.errors import UnknownBusiness
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

BusinessLookup = Business | UnknownBusiness
"""A business, or for an unknown id the error to raise after the request has passed its limits."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The businesses of this deployment's mode."""

    businesses: CachedBusinesses
    mode: Mode

    async def look_up(self, business_id: str) -> BusinessLookup:
        """Return the business as it stood at most 5 s ago; one of the other mode is unknown.

        Raises `StoreUnavailable`.
        """
        if not is_business_id(business_id):
            return UnknownBusiness("shape")  # before the cache, which would keep the id as absent
        business = await self.businesses.find(business_id)
        if business is None:
            return UnknownBusiness("absent")
        return business if business.mode == self.mode else UnknownBusiness("other mode")

    async def admit(self, business_id: str, origin: Origin) -> Business:
        """Return the business if `origin` may embed for it, as the list stood at most 5 s ago.

        Raises `UnknownBusiness`, `BusinessDisabled`, `OriginNotAllowed` and `StoreUnavailable`.
        """
        business = require_known(await self.look_up(business_id))
        business.admit(origin)
        return business


def require_known(found: BusinessLookup) -> Business:
    """Return the business that was looked up, or raise its `UnknownBusiness`."""
    if isinstance(found, UnknownBusiness):
        raise found
    return found
