"""Finds the businesses of this deployment's mode, and asks their allow-lists."""

import re
from dataclasses import dataclass
from typing import Final

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.store import CachedBusinesses
from link_kernel.errors import UnknownBusiness
from link_kernel.ids import BUSINESS_ID_PATTERN
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

_BUSINESS_ID: Final = re.compile(BUSINESS_ID_PATTERN)


@dataclass(frozen=True, slots=True)
class Directory:
    """The businesses of this deployment's mode."""

    businesses: CachedBusinesses
    mode: Mode

    async def find(self, business_id: str) -> Business:
        """Return the business; raises `UnknownBusiness`, for one of the other mode too."""
        if _BUSINESS_ID.fullmatch(business_id) is None:
            raise UnknownBusiness("shape")  # before the cache is asked, which would remember it
        business = await self.businesses.find(business_id)
        if business is None or business.mode != self.mode:
            raise UnknownBusiness("other mode" if business else "absent")
        return business

    async def admit(self, business_id: str, origin: Origin) -> Business:
        """Return the business if `origin` may embed for it, as the list stood at most 5 s ago.

        Raises `UnknownBusiness`, `BusinessDisabled` and `OriginNotAllowed`.
        """
        business = await self.find(business_id)
        business.admit(origin)
        return business
