"""A merchant's configuration, and the check of an embedding origin (docs/protocol.md#origins)."""

import re
from dataclasses import dataclass
from typing import Final

from elements_bridge.businesses.allow_list import AllowList
from elements_bridge.errors import BusinessDisabled
from link_kernel.errors import InvalidDpopProof, OriginNotAllowed
from link_kernel.ids import BUSINESS_ID_PATTERN
from link_kernel.observability.metrics import OriginReason
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

BUSINESS_ID_RULE: Final = "a business id is bus_ and 16 to 32 letters and digits"
_BUSINESS_ID: Final = re.compile(BUSINESS_ID_PATTERN)


def is_business_id(text: str) -> bool:
    """Tell whether `text` has the form of a business's id."""
    return _BUSINESS_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Business:
    """A merchant's configuration; `country` is ISO 3166-1 alpha-2, empty if none was said.

    `keeps_reload` tells whether a reload of the shop's page keeps a customer who signed in by code.
    """

    id: str
    name: str
    enabled: bool
    mode: Mode
    allow_list: AllowList
    requires_dpop: bool
    country: str = ""
    keeps_reload: bool = False

    def require_proof(self, jkt: str | None) -> None:
        """Raise `InvalidDpopProof` if the business requires a key and the session has none.

        `jkt` is the thumbprint of the session's key, if it has one.
        """
        if self.requires_dpop and not jkt:
            raise InvalidDpopProof("the business requires a proof")

    def admit(self, origin: Origin) -> None:
        """Return if `origin` may embed for this business.

        Raises `BusinessDisabled` or `OriginNotAllowed`.
        """
        if not self.enabled:
            raise BusinessDisabled(self.id)
        if not self.allow_list.admits(origin):
            raise OriginNotAllowed(OriginReason.NOT_LISTED, self.id)
