"""The main auth service, as the bridge needs it: a foreign service behind an interface."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from link_kernel.limits.networks import Address

ContactType = Literal["phone", "email"]


@dataclass(frozen=True, slots=True)
class ContactClaim:
    """A contact as the customer typed it; nothing is proved yet."""

    contact: str = field(repr=False)
    contact_type: ContactType


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from, for the auth service's own bounds and records."""

    address: Address | None
    user_agent: str


class AuthService(Protocol):
    """The main auth service; what it issues never goes further than the bridge."""

    async def request_otp(self, claim: ContactClaim, *, binding: str, caller: Caller) -> None:
        """Have a code sent that verifies under `binding` alone."""
        ...

    async def verify_otp(
        self, claim: ContactClaim, otp_code: str, *, binding: str, key: str, caller: Caller
    ) -> str:
        """Return the `lnk_` of the login; the same key gives the same login."""
        ...
