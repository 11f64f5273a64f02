"""Login by one-time code, refresh and logout of the Link API (docs/protocol.md#login)."""

from dataclasses import dataclass, field
from functools import partial
from typing import Final, assert_never

from link_api.auth.codes.countries import counted_country
from link_api.auth.codes.counts import counting_codes
from link_api.auth.codes.records import CodeSeed
from link_api.auth.codes.service import OneTimeCodes
from link_api.auth.notices import Notices
from link_api.auth.owners import tell_of_sign_in
from link_api.auth.records import (
    Caller,
    CodeAsker,
    NewLinkSession,
    OpenCodeOutcome,
    OpenLinkSession,
    PresentedRefresh,
    RotateLinkOutcome,
    SentCode,
)
from link_api.auth.refusals import refresh_refusal
from link_api.auth.storage import RedisLinkSessions
from link_api.auth.tokens import LinkTokens
from link_api.customers.sign_ins import SignIns
from link_api.customers.storage import SqlCustomers
from link_api.spelling.contacts import Contact, mask_contact
from link_kernel.auth.refresh_errors import RefreshTokenInvalid
from link_kernel.contract.wire import Channel, Locale
from link_kernel.errors import (
    ApiError,
    OriginNotAllowed,
    OtpExpired,
    SessionExpired,
    SessionRevoked,
    Unauthenticated,
)
from link_kernel.ids import sha256_hex
from link_kernel.observability.metrics import Metrics, OriginReason
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore

LINK_TOKEN_LIFE_MS: Final = 60 * 60_000


@dataclass(frozen=True, slots=True)
class Login:
    """A link session and the tokens of its generation."""

    session: OpenLinkSession
    link_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A login that a code has just made, and every contact of its customer, masked."""

    login: Login
    contacts_masked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefreshInput:
    """An unverified refresh token and how it was presented."""

    unverified_token: str = field(repr=False)
    by_cookie: bool
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogoutInput:
    """The unverified credentials that came with a logout; `origin` goes with the cookie."""

    link_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    cookie: str | None = field(repr=False)
    origin: str

    @property
    def is_empty(self) -> bool:
        """Tell whether none came."""
        return self.link_token is None and self.refresh_token is None and self.cookie is None


@dataclass(frozen=True, slots=True)
class LinkAuth:
    """The four calls of `/v1/link/auth/*`."""

    one_time_codes: OneTimeCodes
    customers: SqlCustomers
    sign_ins: SignIns
    notices: Notices
    sessions: RedisLinkSessions
    shared: SessionStore
    tokens: LinkTokens
    revoker: SessionRevoker
    feed: RevocationFeed
    security_log: SecurityLog
    metrics: Metrics

    async def request_otp(
        self,
        contact: Contact,
        *,
        asker: CodeAsker,
        caller: Caller,
        channel: Channel | None = None,
        locale: Locale | None = None,
    ) -> SentCode:
        """Send a code. See `OneTimeCodes.request`."""
        with counting_codes(self.metrics, self._country_of(contact), "sent"):
            return await self.one_time_codes.request(contact, asker, caller, channel, locale)

    async def verify_otp(
        self, contact: Contact, otp_code: str, *, asker: CodeAsker, key: str, caller: Caller
    ) -> SignIn:
        """Exchange a code for a link session; a repeat within the code's life gives the same one.

        Each step is idempotent: after a crash between two steps, a retry with the same key resumes
        with the spent code. Raises what `OneTimeCodes.spend` raises.
        """
        with counting_codes(self.metrics, self._country_of(contact), "verified"):
            return await self._exchange_code(contact, otp_code, asker, sha256_hex(key), caller)

    async def enter_code(
        self, contact: Contact, otp_code: str, *, asker: CodeAsker, key_hash: str, caller: Caller
    ) -> CodeSeed:
        """Spend a code that confirms something, and return its seed; a repeat gives it again.

        A contact that is being removed goes all the same, and with it where it was proved. Raises
        what `OneTimeCodes.spend` raises.
        """
        with counting_codes(self.metrics, self._country_of(contact), "verified"):
            spent = await self.one_time_codes.spend(
                contact, asker, otp_code, caller=caller, key_hash=key_hash
            )
        left_ms = await self.customers.left_ms(contact)
        if left_ms is not None:
            await self.one_time_codes.forget_networks(contact, after_ms=left_ms)
        return spent

    async def _exchange_code(
        self, contact: Contact, otp_code: str, asker: CodeAsker, key_hash: str, caller: Caller
    ) -> SignIn:
        spent = await self.one_time_codes.spend(
            contact, asker, otp_code, caller=caller, key_hash=key_hash
        )
        signed_in = await self.sign_ins.customer_of(contact)
        tell_of_sign_in(self.notices, signed_in, contact)
        customer = signed_in.customer
        opening, session = await self.sessions.create(
            NewLinkSession(
                id=self.tokens.session_id(spent.secret_version, spent.nonce, key_hash),
                customer=customer.ids,
                contact_masked=mask_contact(contact),
                key_hash=key_hash,
                secret_version=self.tokens.active_version,
                caller=caller,
            )
        )
        match opening:
            case OpenCodeOutcome.CREATED | OpenCodeOutcome.REPEATED:
                if session is not None and not self.tokens.can_write_for(session):
                    raise OtpExpired("of a secret that is gone, or not here yet")
                await self._require_owner(session, contact)
                return SignIn(await self._login(session), customer.contacts_masked)
            case OpenCodeOutcome.MOVED_ON | OpenCodeOutcome.ENDED:
                # The session was refreshed or logged out since: the code is used up.
                raise OtpExpired(opening)
            case _:
                assert_never(opening)

    async def _require_owner(self, session: OpenLinkSession | None, contact: Contact) -> None:
        """End a session whose customer has left, or lost the contact, since the code was spent.

        A closing marks the customer and then ends the sessions: it ends this one, or is seen here.
        So does a former customer who comes back with the contact.
        """
        if session is not None and not await self.customers.is_owner(session.customer.id, contact):
            await self.revoker.end_link_session(session.customer.id, session.id)
            raise OtpExpired("no longer the customer's contact")

    async def refresh(self, refresh_input: RefreshInput, *, caller: Caller) -> Login:
        """Rotate a refresh token by docs/protocol.md#refresh-rule.

        Raises `RefreshTokenInvalid`, `RefreshTokenReused`, `RefreshTokenSuperseded`,
        `IdempotencyKeyReused`, `OriginNotAllowed` (a cookie from another page than logged in),
        `SessionExpired`, `SessionRevoked`, `StoreUnavailable`.
        """
        claims = self.tokens.read_refresh(refresh_input.unverified_token)
        outcome, session = await self.sessions.rotate(
            PresentedRefresh(
                link_session_id=claims.link_session_id,
                customer_id=claims.customer_id,
                generation=claims.generation,
                secret_version=claims.secret_version,
                key_hash=sha256_hex(refresh_input.key),
                by_cookie=refresh_input.by_cookie,
                caller=caller,
            )
        )
        self.metrics.refreshes.labels(outcome.value).inc()
        if outcome is RotateLinkOutcome.RECOVERED and not self.feed.failover_recently:
            self.security_log.report(
                SecurityEvent.REFRESH_TOKEN_RECOVERED, link_session_id=claims.link_session_id
            )
        if outcome is RotateLinkOutcome.REUSED:
            await self.revoker.publish_ended(claims.link_session_id)
        refusal = refresh_refusal(outcome, claims.link_session_id)
        if refusal is not None:
            raise refusal
        session_key = SessionKey(claims.link_session_id, claims.customer_id)
        if await self.revoker.is_revoked_login(session_key):
            raise SessionRevoked(claims.link_session_id)
        self.sign_ins.activity.note(claims.customer_id)
        return await self._login(session)

    async def logout(self, presented: LogoutInput) -> bool:
        """End the login of each genuine credential, by `rfr_` also one that has ended already.

        `presented` is not empty. Where none is genuine, raises what the first is refused with:
        `Unauthenticated` (also for the `lnk_` of a second logout), `RefreshTokenInvalid`, or
        `OriginNotAllowed` for a cookie from another page than logged in. A logout whose revocation
        could not be published may be repeated. Returns whether the cookie is of no use any more:
        that of another page's login, which shares the jar, is left.
        """
        refusals: list[ApiError] = []
        sent = 0
        for token, end in (
            (presented.link_token, self._end_by_link_token),
            (presented.refresh_token, self._end_by_refresh_token),
            (presented.cookie, partial(self._end_by_cookie, origin=presented.origin)),
        ):
            if token is None:
                continue
            sent += 1
            try:
                await end(token)
            except (Unauthenticated, RefreshTokenInvalid, OriginNotAllowed) as refusal:
                refusals.append(refusal)
        if len(refusals) == sent:
            raise refusals[0]
        return not any(isinstance(refusal, OriginNotAllowed) for refusal in refusals)

    async def _end_by_link_token(self, unverified_token: str) -> None:
        session_key = await self.shared.find_link_session_key(unverified_token)
        if session_key is None:
            raise Unauthenticated("lnk_ unknown or ended")
        await self.revoker.end_link_session(session_key.partition, session_key.session_id)
        await self.sessions.forget_token(unverified_token)

    async def _end_by_cookie(self, unverified_token: str, *, origin: str) -> None:
        if not origin:
            raise OriginNotAllowed(OriginReason.MISSING, "a cookie without an origin")
        await self._end_by_refresh_token(unverified_token, origin=origin)

    async def _end_by_refresh_token(
        self, unverified_token: str, *, origin: str | None = None
    ) -> None:
        """End the login of a genuine `rfr_` of any generation; `origin` is a cookie's page's."""
        claims = self.tokens.read_refresh(unverified_token)
        held = await self.sessions.find_login(claims.customer_id, claims.link_session_id)
        if held is not None:
            secret_version, login_origin = held
            if secret_version != claims.secret_version:
                raise RefreshTokenInvalid("secret version")
            if origin is not None and origin != login_origin:
                raise OriginNotAllowed(OriginReason.OTHER_LOGIN)
        await self.revoker.end_link_session(claims.customer_id, claims.link_session_id)

    def _country_of(self, contact: Contact) -> str:
        return counted_country(contact, self.one_time_codes.countries)

    async def _login(self, session: OpenLinkSession | None) -> Login:
        """Make the generation's `lnk_` valid for an hour, but not past the end of its session.

        The `lnk_` of the generation before stays valid for the rest of its hour, for calls in
        flight.
        """
        if session is None:
            raise SessionExpired("the script gave no session")
        link_token = self.tokens.link_token(session)
        life_ms = min(LINK_TOKEN_LIFE_MS, session.expires_at - session.now)
        await self.sessions.put_token(link_token, session, life_ms=life_ms)
        return Login(session, link_token, self.tokens.refresh_token(session))
