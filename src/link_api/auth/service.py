"""Login by one-time code, refresh and logout of the Link API (docs/protocol.md#login)."""

import secrets as random
from dataclasses import dataclass
from typing import Final, assert_never

from link_api.auth.records import (
    Caller,
    Full,
    NewCode,
    NewLinkSession,
    OpenCodeOutcome,
    OpenLinkSession,
    OtpSender,
    PresentedCode,
    PresentedRefresh,
    RotateLinkOutcome,
    VerifyCodeOutcome,
)
from link_api.auth.storage import RedisCodes, RedisLinkSessions
from link_api.auth.tokens import LinkTokens
from link_api.contacts import Contact, mask_contact
from link_api.customers.storage import SqlCustomers
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyReused,
    OriginNotAllowed,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionExpired,
    SessionRevoked,
    Unauthenticated,
)
from link_kernel.ids import sha256_hex
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore

LINK_TOKEN_LIFE_MS: Final = 60 * 60_000
_CODE_DIGITS: Final = 6
_ID_BYTES: Final = 16
_CONTACT_LABEL: Final = "link/contact/1"
_NETWORK_LABEL: Final = "link/network/1"
_CODE_LABEL: Final = "link/otp/1"


@dataclass(frozen=True, slots=True)
class Login:
    """A link session and the tokens of its generation."""

    session: OpenLinkSession
    link_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class RefreshInput:
    """An `rfr_` as it came, and from where."""

    unverified_token: str
    by_cookie: bool
    key: str


@dataclass(frozen=True, slots=True)
class SpentCode:
    """The id of a code that had its use, and the secret it was made under."""

    id: str
    secret_version: int


@dataclass(frozen=True, slots=True)
class OneTimeCodes:
    """Sends codes and takes them back.

    Contacts, networks and codes reach the store as MACs under the active secret. A change of that
    secret therefore starts the bounds anew; codes on their way stay good as long as it is there.
    """

    codes: RedisCodes
    sender: OtpSender
    secrets: SecretRing

    async def request(self, contact: Contact, binding: str, caller: Caller) -> None:
        """Send a code that verifies under `binding` alone; the same for whoever has the contact.

        Raises `RateLimited`, `StoreUnavailable`, and `UpstreamUnavailable` from the sender.
        """
        version = self.secrets.active
        contact_mac = self._contact_mac(contact, version)
        network_mac = self.secrets.mac(version, _NETWORK_LABEL, caller.network).hex()
        _require_room(await self.codes.admit_contact(network_mac, contact_mac))
        code = f"{random.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"
        opened = NewCode(
            id=random.token_hex(_ID_BYTES),
            contact_mac=contact_mac,
            binding=binding,
            code_mac=self._code_mac(contact_mac, binding, code, version),
            network_mac=network_mac,
        )
        _require_room(await self.codes.open(opened))
        await self.sender.send(contact, code)

    async def spend(self, contact: Contact, binding: str, code: str, *, key_hash: str) -> SpentCode:
        """Spend a code for the key; the same again gives the same, whichever secret is active now.

        Raises `OtpInvalid`, `OtpExpired`, `OtpAttemptsExceeded`, `IdempotencyKeyReused`,
        `StoreUnavailable`.
        """
        call, outcome, spent = (
            random.token_hex(_ID_BYTES),
            VerifyCodeOutcome.EXPIRED,
            SpentCode("", 0),
        )
        for version in self.secrets.versions:
            contact_mac = self._contact_mac(contact, version)
            code_mac = self._code_mac(contact_mac, binding, code, version)
            presented = PresentedCode(call, contact_mac, binding, code_mac, key_hash)
            outcome, code_id = await self.codes.spend(presented)
            spent = SpentCode(code_id, version)
            if outcome is not VerifyCodeOutcome.EXPIRED:
                break
        match outcome:
            case VerifyCodeOutcome.ACCEPTED:
                return spent
            case VerifyCodeOutcome.INVALID:
                raise OtpInvalid
            case VerifyCodeOutcome.EXPIRED:
                raise OtpExpired
            case VerifyCodeOutcome.EXHAUSTED:
                raise OtpAttemptsExceeded
            case VerifyCodeOutcome.KEY_REUSED:
                raise IdempotencyKeyReused("spent for another code")
            case _:
                assert_never(outcome)

    def _contact_mac(self, contact: Contact, version: int) -> str:
        said = (contact.contact_type, contact.address)
        return self.secrets.mac(version, _CONTACT_LABEL, *said).hex()

    def _code_mac(self, contact_mac: str, binding: str, code: str, version: int) -> str:
        return self.secrets.mac(version, _CODE_LABEL, contact_mac, binding, code).hex()


@dataclass(frozen=True, slots=True)
class LinkAuth:
    """The four calls of `/v1/link/auth/*`."""

    one_time_codes: OneTimeCodes
    customers: SqlCustomers
    sessions: RedisLinkSessions
    shared: SessionStore
    tokens: LinkTokens
    revoker: SessionRevoker
    feed: RevocationFeed
    security_log: SecurityLog

    async def request_otp(self, contact: Contact, *, binding: str, caller: Caller) -> None:
        """Send a code. See `OneTimeCodes.request`."""
        await self.one_time_codes.request(contact, binding, caller)

    async def verify_otp(
        self, contact: Contact, otp_code: str, *, binding: str, key: str, caller: Caller
    ) -> Login:
        """Turn a code into a link session; within the code's life the same call gives the same.

        Each step may run twice: a crash between two of them leaves a spent code whose key goes on
        from there. Raises what `OneTimeCodes.spend` raises.
        """
        key_hash = sha256_hex(key)
        spent = await self.one_time_codes.spend(contact, binding, otp_code, key_hash=key_hash)
        customer = await self.customers.of_contact(contact)
        opening, session = await self.sessions.create(
            NewLinkSession(
                id=self.tokens.session_id(spent.secret_version, spent.id, key_hash),
                customer=customer,
                contact_masked=mask_contact(contact),
                key_hash=key_hash,
                secret_version=self.tokens.active_version,
                caller=caller,
            )
        )
        match opening:
            case OpenCodeOutcome.CREATED | OpenCodeOutcome.REPEATED:
                return await self._login(session)
            case OpenCodeOutcome.MOVED_ON | OpenCodeOutcome.ENDED:
                # Its session was refreshed or logged out since: the code has had its use.
                raise OtpExpired(opening)
            case _:
                assert_never(opening)

    async def refresh(self, asked: RefreshInput, *, caller: Caller) -> Login:
        """Rotate a refresh token by docs/protocol.md#refresh-rule.

        Raises `RefreshTokenInvalid`, `RefreshTokenReused`, `IdempotencyKeyReused`,
        `OriginNotAllowed` (a cookie from another page than logged in), `SessionExpired`,
        `SessionRevoked`, `StoreUnavailable`.
        """
        said = self.tokens.read_refresh(asked.unverified_token)
        outcome, session = await self.sessions.rotate(
            PresentedRefresh(
                link_session_id=said.link_session_id,
                customer_id=said.customer_id,
                generation=said.generation,
                secret_version=said.secret_version,
                key_hash=sha256_hex(asked.key),
                by_cookie=asked.by_cookie,
                origin=caller.origin,
            )
        )
        if outcome is RotateLinkOutcome.RECOVERED and not self.feed.failover_recently:
            self.security_log.report(
                SecurityEvent.REFRESH_TOKEN_RECOVERED, link_session_id=said.link_session_id
            )
        if outcome is RotateLinkOutcome.REUSED:
            await self.revoker.publish_ended(said.link_session_id)
        refusal = _refusal(outcome, said.link_session_id)
        if refusal is not None:
            raise refusal
        return await self._login(session)

    async def logout(self, unverified_link_token: str) -> None:
        """End the session a `lnk_` stands for.

        Raises `Unauthenticated` where it stands for none, a second logout included; one that could
        not be announced may be repeated.
        """
        address = await self.shared.find_link_address(unverified_link_token)
        if address is None:
            raise Unauthenticated("lnk_ unknown or ended")
        await self.revoker.end_link_session(address.partition, address.session_id)
        await self.sessions.forget_token(unverified_link_token)

    async def _login(self, session: OpenLinkSession | None) -> Login:
        """Let the generation's `lnk_` live for an hour from now, never past its session.

        The `lnk_` of the generation before keeps the rest of its own hour, for calls under way.
        """
        if session is None:
            raise SessionExpired("the script gave no session")
        link_token = self.tokens.link_token(session)
        life_ms = min(LINK_TOKEN_LIFE_MS, session.expires_at - session.now)
        await self.sessions.put_token(link_token, session, life_ms=life_ms)
        return Login(session, link_token, self.tokens.refresh_token(session))


def _require_room(full: Full | None) -> None:
    if full is not None:
        raise full.limit.refusal(full.wait_ms / 1000, event=SecurityEvent.OTP_LIMITED)


def _refusal(outcome: RotateLinkOutcome, link_session_id: str) -> ApiError | None:
    """Return what a refresh that rotated nothing is answered with."""
    refusal: ApiError | None
    match outcome:
        case RotateLinkOutcome.ROTATED | RotateLinkOutcome.REPLAYED | RotateLinkOutcome.RECOVERED:
            refusal = None
        case RotateLinkOutcome.KEY_REUSED:
            refusal = IdempotencyKeyReused(link_session_id)
        case RotateLinkOutcome.REUSED:
            refusal = RefreshTokenReused(link_session_id)
        case RotateLinkOutcome.FOREIGN_SECRET:
            refusal = RefreshTokenInvalid("secret version")
        case RotateLinkOutcome.FOREIGN_ORIGIN:
            refusal = OriginNotAllowed("not the origin of the login")
        case RotateLinkOutcome.ENDED:
            refusal = SessionRevoked(link_session_id)
        case RotateLinkOutcome.EXPIRED:
            refusal = SessionExpired(link_session_id)
        case _:
            assert_never(outcome)
    return refusal
