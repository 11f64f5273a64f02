"""Wire models of `/v1/link/auth/*`: requests and flat responses (docs/protocol.md#login)."""

from typing import Final, Literal, Self

from pydantic import Field

from link_api.auth.service import Login
from link_api.contacts import Contact, parse_contact
from link_api.contract.models import LinkWire
from link_kernel.contract.wire import ContactBody

_LONGEST_TOKEN: Final = 4096


class RequestOtpRequest(ContactBody):
    """Body of `POST request-otp`."""

    def parsed(self, default_region: str) -> Contact:
        """Return the contact in its one spelling; raises `ValidationFailed`."""
        return parse_contact(self.contact, self.contact_type, default_region=default_region)


class VerifyOtpRequest(RequestOtpRequest):
    """Body of `POST verify-otp`."""

    otp_code: str = Field(pattern=r"^[0-9]{6}$")


class RefreshRequest(LinkWire):
    """Body of `POST refresh`; without a token the cookie's is taken."""

    refresh_token: str | None = Field(default=None, min_length=1, max_length=_LONGEST_TOKEN)


class LogoutRequest(LinkWire):
    """Body of `POST logout`, which may be left out; a `lnk_` in the header goes first."""

    refresh_token: str | None = Field(default=None, min_length=1, max_length=_LONGEST_TOKEN)


class LinkMessage(LinkWire):
    """Flat answer of `request-otp` and `logout`."""

    success: Literal[True] = True
    message: str


class LinkAuthResponse(LinkWire):
    """Flat answer of `verify-otp` and `refresh`."""

    success: Literal[True] = True
    session_token: str
    refresh_token: str
    account_id: str
    customer_id: str
    message: str

    @classmethod
    def of(cls, login: Login, message: str) -> Self:
        """Return the wire model of a login."""
        return cls(
            session_token=login.link_token,
            refresh_token=login.refresh_token,
            account_id=login.session.customer.account_id,
            customer_id=login.session.customer.id,
            message=message,
        )
