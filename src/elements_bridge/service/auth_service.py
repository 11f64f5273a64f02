"""The interface of the main auth service, a foreign service that the bridge calls."""

from dataclasses import dataclass, field
from typing import Protocol

from link_kernel.contract.wire import ContactType
from link_kernel.limits.networks import Address


@dataclass(frozen=True, slots=True)
class ContactClaim:
    """A contact as the customer typed it, not verified."""

    contact: str = field(repr=False)
    contact_type: ContactType


@dataclass(frozen=True, slots=True)
class Caller:
    """Client address and user agent of a request, for the auth service's limits and records."""

    address: Address | None
    user_agent: str


class AuthService(Protocol):
    """The main auth service; its tokens never leave the bridge."""

    async def request_otp(self, claim: ContactClaim, *, binding: str, caller: Caller) -> None:
        """Have a code sent that can be verified with the same `binding` only."""
        ...

    async def verify_otp(
        self, claim: ContactClaim, otp_code: str, *, binding: str, key: str, caller: Caller
    ) -> str:
        """Return the `lnk_` token of the login; idempotent by `key`."""
        ...
