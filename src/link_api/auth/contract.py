"""Wire models of `/v1/link/auth/*`: requests and flat responses (docs/protocol.md#login)."""

from typing import Final, Literal, Self

from pydantic import Field

from link_api.auth.records import SentCode
from link_api.auth.service import Login, SignIn
from link_api.contract.models import LinkWire
from link_api.spelling.contacts import Contact, parse_contact
from link_api.spelling.phone_numbers import Countries
from link_kernel.contract.wire import Channel, ContactBody, LocaleTag

_LONGEST_TOKEN: Final = 4096


class _ContactOfCode(ContactBody):
    def parsed(self, countries: Countries) -> Contact:
        """Return the contact in its one spelling; raises `ValidationFailed`."""
        return parse_contact(
            self.contact, self.contact_type, country=self.country, countries=countries
        )


class RequestOtpRequest(_ContactOfCode):
    """Body of `POST request-otp`; `channel` is one that an answer named."""

    channel: Channel | None = None
    locale: LocaleTag = None


class VerifyOtpRequest(_ContactOfCode):
    """Body of `POST verify-otp`."""

    otp_code: str = Field(pattern=r"^[0-9]{6}$")


class RefreshRequest(LinkWire):
    """Body of `POST refresh`; without a token the cookie's is taken."""

    refresh_token: str | None = Field(default=None, min_length=1, max_length=_LONGEST_TOKEN)


class LogoutRequest(LinkWire):
    """Body of `POST logout`, which may be left out; a `lnk_` in the header ends its login too."""

    refresh_token: str | None = Field(default=None, min_length=1, max_length=_LONGEST_TOKEN)


class OtpSent(LinkWire):
    """Flat answer of `request-otp`; the channel just used comes first."""

    success: Literal[True] = True
    message: str
    expires_in: int
    ask_again_in: int
    channels: tuple[Channel, ...]

    @classmethod
    def of(cls, sent: SentCode, message: str) -> Self:
        """Return the wire model of a code that was sent."""
        return cls(
            message=message,
            expires_in=sent.expires_in_s,
            ask_again_in=sent.ask_again_in_s,
            channels=sent.channels,
        )


class LinkMessage(LinkWire):
    """Flat answer of `logout`."""

    success: Literal[True] = True
    message: str


class LinkAuthResponse(LinkWire):
    """Flat answer of `refresh`."""

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


class LinkSignIn(LinkAuthResponse):
    """Flat answer of `verify-otp`, with every contact of the customer, masked."""

    contacts_masked: list[str]

    @classmethod
    def of_sign_in(cls, sign_in: SignIn, message: str) -> Self:
        """Return the wire model of a login that a code has just made."""
        answer = LinkAuthResponse.of(sign_in.login, message)
        return cls(**answer.model_dump(), contacts_masked=list(sign_in.contacts_masked))
