"""The interface of the main auth service, a foreign service that the bridge calls."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from link_kernel.contract.wire import Channel, ContactType
from link_kernel.limits.networks import Address


@dataclass(frozen=True, slots=True)
class ContactClaim:
    """A contact as the customer typed it, not verified; `country` is what was said beside it."""

    contact: str = field(repr=False)
    contact_type: ContactType
    country: str | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """The contact with its country, if one was said: another country is another contact."""
        return (self.contact,) if self.country is None else (self.contact, self.country)


@dataclass(frozen=True, slots=True)
class Caller:
    """Client address and user agent of a request, for the auth service's limits and records."""

    address: Address | None
    user_agent: str


@dataclass(frozen=True, slots=True)
class CodeAsker:
    """The elements session that asks for a code, and the shop whose page the code is for."""

    session_id: str
    business_id: str
    business_name: str
    parent_origin: str


@dataclass(frozen=True, slots=True)
class SentCode:
    """What the auth service tells of a code: seconds, and channels; `None` where it does not."""

    expires_in_s: int | None
    ask_again_in_s: int | None
    channels: tuple[Channel, ...] | None


class AuthServiceState(StrEnum):
    """How a call of the auth service ended; a refusal that is for the customer is `OK`."""

    OK = "ok"
    CREDENTIAL_REFUSED = "credential_refused"
    NO_ANSWER = "no_answer"


class AuthService(Protocol):
    """The main auth service; its tokens never leave the bridge."""

    @property
    def state(self) -> AuthServiceState:
        """How the last call ended; `OK` before the first."""
        ...

    async def examine(self) -> AuthServiceState:
        """Show the credential, without a code being sent."""
        ...

    async def request_otp(
        self,
        claim: ContactClaim,
        *,
        channel: Channel | None,
        locale: str | None,
        asker: CodeAsker,
        caller: Caller,
    ) -> SentCode:
        """Have a code sent that sessions of the same business and parent origin may spend.

        `locale` is the language of its message as the page names it.
        """
        ...

    async def verify_otp(
        self, claim: ContactClaim, otp_code: str, *, asker: CodeAsker, key: str, caller: Caller
    ) -> str:
        """Return the `lnk_` token of the login; idempotent by `key`."""
        ...
