"""Wire types of the bridge: bodies of requests and responses (docs/protocol.md#http-surface)."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import ConfigDict, Field

from elements_bridge.service.auth_service import ContactClaim, SentCode
from elements_bridge.service.diagnose import Check, CheckName
from elements_bridge.service.grants import Grant
from elements_bridge.service.init import FrameClaim, Via
from link_kernel.contract.wire import (
    Channel,
    ContactBody,
    Instant,
    LocaleTag,
    Members,
    Wire,
    rfc3339,
)
from link_kernel.ids import BUSINESS_ID_PATTERN
from link_kernel.sessions.records import Element, SessionState
from link_kernel.sessions.records import ElementsSession as StoredSession

_S256 = r"^[A-Za-z0-9_-]{43}$"
_LONGEST_TOKEN = 4096
_LONGEST_ORIGIN = 300


class BootstrapRequest(Wire):
    """Body of `POST /bootstrap`; the challenge is RFC 7636 S256."""

    element: Element
    code_challenge: str = Field(pattern=_S256)


class BootstrapGrant(Wire):
    """Answer of `POST /bootstrap`; `expires_in` in seconds."""

    bootstrap_token: str
    expires_in: int


class DiagnoseRequest(Wire):
    """Body of `POST /diagnose`; `parent_origin` is what the iframe's address says."""

    element: Element
    parent_origin: str | None = Field(default=None, min_length=1, max_length=_LONGEST_ORIGIN)


class FailureReport(Wire):
    """Body of `POST /failures`: the code by which a frame told its shop of a failed handshake."""

    code: str = Field(pattern=r"^[a-z_]{1,40}$")


class CheckView(Wire):
    """One thing that must hold before an element shows; `message` is for a developer."""

    name: CheckName
    ok: bool
    message: str


class DiagnoseAnswer(Wire):
    """Answer of `POST /diagnose`: whether all checks passed, as far as they could go."""

    allowed: bool
    checks: tuple[CheckView, ...]

    @classmethod
    def of(cls, checks: Iterable[Check]) -> Self:
        """Return the wire model of what was found."""
        views = tuple(CheckView(name=c.name, ok=c.ok, message=c.message) for c in checks)
        return cls(allowed=all(view.ok for view in views), checks=views)


class InitRequest(Wire):
    """Body of `POST /init`."""

    bootstrap_token: str = Field(min_length=1, max_length=_LONGEST_TOKEN)
    code_verifier: str = Field(pattern=_S256)
    business_id: str = Field(pattern=f"^{BUSINESS_ID_PATTERN}$")
    element: Element
    parent_origin: str = Field(min_length=1, max_length=_LONGEST_ORIGIN)
    via: Via = "page"

    def frame(self) -> FrameClaim:
        """Return what the frame says of itself."""
        return FrameClaim(
            self.code_verifier, self.business_id, self.element, self.parent_origin, self.via
        )


class RefreshRequest(Wire):
    """Body of `POST /refresh`."""

    refresh_token: str = Field(min_length=1, max_length=_LONGEST_TOKEN)


class _ContactOfCode(ContactBody):
    def claim(self) -> ContactClaim:
        """Return the contact, unproved."""
        return ContactClaim(self.contact, self.contact_type, self.country)


class RequestOtpRequest(_ContactOfCode):
    """Body of `POST /request-otp`; `channel` is one that an answer named."""

    channel: Channel | None = None
    locale: LocaleTag = None


class OtpSent(Wire):
    """Answer of `POST /request-otp`; what an older auth service does not tell is left out.

    `expires_in` and `ask_again_in` are seconds; the channel just used comes first.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    expires_in: int | None = None
    ask_again_in: int | None = None
    channels: tuple[Channel, ...] | None = None

    @classmethod
    def of(cls, sent: SentCode) -> Self:
        """Return the wire model of what the auth service told."""
        return cls(
            expires_in=sent.expires_in_s,
            ask_again_in=sent.ask_again_in_s,
            channels=sent.channels,
        )


class VerifyOtpRequest(_ContactOfCode):
    """Body of `POST /verify-otp`."""

    otp_code: str = Field(pattern=r"^[0-9]{6}$")


class LogoutRequest(Wire):
    """Body of `POST /logout`."""

    scope: Literal["element", "customer"]


class LogoutAnswer(Wire):
    """Answer of `POST /logout`: how many sessions ended by this call."""

    revoked: int


class PinnedSdk(Wire):
    """Answer of `GET /elements/sdk/integrity.json`: module paths and their hashes (SRI)."""

    release: str
    entry: str
    integrity: dict[str, str]


class ElementsSession(Wire):
    """An elements session as its frame sees it; instants are RFC 3339 in UTC."""

    id: str
    state: SessionState
    business_id: str
    element: Element
    parent_origin: str
    customer_id: str | None
    account_id: str | None
    amr: tuple[str, ...]
    created_at: Instant
    expires_at: Instant

    @staticmethod
    def members(session: StoredSession) -> Members:
        """Return the JSON members that show a session."""
        identity = session.identity
        return {
            "id": session.id,
            "state": session.state,
            "business_id": session.business_id,
            "element": session.element,
            "parent_origin": session.parent_origin,
            "customer_id": identity.customer_id,
            "account_id": identity.account_id,
            "amr": identity.amr,
            "created_at": rfc3339(session.created_at),
            "expires_at": rfc3339(session.expires_at),
        }


class TokenGrant(Wire):
    """Answer of `init`, `refresh` and `verify-otp`; lives in seconds."""

    access_token: str
    token_type: Literal["DPoP", "Bearer"]
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    session: ElementsSession

    @staticmethod
    def members(grant: Grant) -> Members:
        """Return the JSON members that show a grant; see `Members`."""
        return {
            "access_token": grant.access_token,
            "token_type": "Bearer" if grant.session.jkt is None else "DPoP",
            "expires_in": grant.expires_in_s,
            "refresh_token": grant.refresh_token,
            "refresh_expires_in": grant.refresh_expires_in_s,
            "session": ElementsSession.members(grant.session),
        }
