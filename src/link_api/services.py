"""Builds the services of the Link API from its settings and its open connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from redis.asyncio import Redis

from link_api.account.export import AccountExport
from link_api.account.service import AccountClosing
from link_api.auth.asker import BRIDGE_TOKEN
from link_api.auth.codes.marks import ContactMarks
from link_api.auth.codes.records import CodeBounds
from link_api.auth.codes.service import OneTimeCodes
from link_api.auth.codes.storage import RedisCodes
from link_api.auth.codes.unproved import RedisUnproved
from link_api.auth.confirmations import Confirmations
from link_api.auth.notices import Notices
from link_api.auth.records import OtpSender
from link_api.auth.service import LinkAuth
from link_api.auth.storage import RedisLinkSessions
from link_api.auth.tokens import LinkTokens
from link_api.customers.activity import Activity
from link_api.customers.scope import CustomerScope
from link_api.customers.service import LinkStatus
from link_api.customers.sign_ins import sign_ins_of
from link_api.customers.storage import SqlCustomers
from link_api.customers.way_back import WayBack
from link_api.database.locks import KeyedLocks
from link_api.database.session import Database, Session
from link_api.enrolment.businesses import RedisBusinesses
from link_api.http.authenticate import Authenticator
from link_api.http.invalid_credentials import InvalidCredentialLimit
from link_api.idempotency import IdempotentWrites
from link_api.mobile_money.paystack import open_paystack
from link_api.mobile_money.verification import AccountResolver, NoResolver, ReservedAccounts
from link_api.reserved.contacts import ReservedContacts
from link_api.sessions.service import CustomerSessions
from link_api.sessions.storage import RedisSessions
from link_api.settings import Settings
from link_api.spelling.phone_numbers import Countries
from link_kernel.auth.access_token import AccessTokenVerifier
from link_kernel.auth.dpop import DpopNonces, ProofVerifier
from link_kernel.auth.remote_authenticator import RemoteAuthenticator
from link_kernel.auth.session_check import SessionCheck
from link_kernel.clock import Clock
from link_kernel.keys.jwks_cache import JwksCache
from link_kernel.keys.keyring_file import SecretKeyring, read_keyring
from link_kernel.keys.reload import Built, Reloadable
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from link_kernel.web.client_address import ClientAddresses
from link_kernel.web.health import InternalToken

ELEMENTS_IDLE_S: Final = 30 * 60.0


@dataclass(frozen=True, slots=True)
class KeyedServices:
    """The services built from the keyring; a reload of the keyring replaces all of them.

    A request reads `Services.keyed.current` once, so that it ends with the keyring it began with.
    """

    auth: LinkAuth
    marks: ContactMarks
    closing: AccountClosing
    way_back: WayBack
    export: AccountExport
    authenticator: Authenticator
    status: LinkStatus


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the handlers use."""

    keyed: Reloadable[KeyedServices]
    database: Database
    clock: Clock
    countries: Countries
    addresses: ClientAddresses
    invalid_credentials: InvalidCredentialLimit
    bridge_token: InternalToken
    writes: IdempotentWrites
    confirmations: Confirmations
    sessions: CustomerSessions
    businesses: RedisBusinesses
    accounts: AccountResolver
    wallet_locks: KeyedLocks
    reserved: ReservedContacts
    activity: Activity

    def scope(self, session: Session, customer_id: str) -> CustomerScope:
        """Return the scope of one customer's rows within a SQL session."""
        return CustomerScope(session, customer_id, self.clock, self.countries.home, self.reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The open connections and the clock, which no reload of the keyring replaces."""

    clock: Clock
    redis: Redis
    publisher: RevocationPublisher
    database: Database
    feed: RevocationFeed
    sender: OtpSender
    notices: Notices
    issuer_keys: JwksCache
    writes: IdempotentWrites
    activity: Activity
    accounts: AccountResolver
    metrics: Metrics
    batched: BatchedCounts
    addresses: ClientAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """Settings, resources, and the services that `Services` and `KeyedServices` have in common."""

    settings: Settings
    resources: Resources
    invalid_credentials: InvalidCredentialLimit
    revoker: SessionRevoker
    sessions: CustomerSessions


@asynccontextmanager
async def open_accounts(settings: Settings) -> AsyncIterator[AccountResolver]:
    """Give the resolver that verifies the accounts of wallets, while the context lasts."""
    reserved = ReservedContacts(settings.mode)
    if settings.paystack_secret_key is None:
        yield ReservedAccounts(NoResolver(), reserved)
        return
    async with open_paystack(settings.paystack_url, settings.paystack_secret_key) as paystack:
        yield ReservedAccounts(paystack, reserved)


def build_services(settings: Settings, resources: Resources) -> Services:
    """Return the services; raises `KeyringError`."""
    shared = _shared(settings, resources)
    return Services(
        keyed=Reloadable(
            "LINK_KEYRING",
            settings.keyring.get_secret_value(),
            partial(_keyed_services, shared),
            SecurityLog(resources.metrics),
        ),
        database=resources.database,
        clock=resources.clock,
        countries=Countries(settings.default_region, settings.otp_countries),
        addresses=resources.addresses,
        invalid_credentials=shared.invalid_credentials,
        bridge_token=InternalToken(
            settings.bridge_token, BRIDGE_TOKEN, SecurityEvent.BRIDGE_CREDENTIAL_REFUSED
        ),
        writes=resources.writes,
        confirmations=Confirmations(resources.redis),
        sessions=shared.sessions,
        businesses=RedisBusinesses(resources.redis, settings.mode),
        accounts=resources.accounts,
        wallet_locks=KeyedLocks(),
        reserved=ReservedContacts(settings.mode),
        activity=resources.activity,
    )


def _shared(settings: Settings, resources: Resources) -> _Shared:
    metrics = resources.metrics
    store = SessionStore(resources.redis)
    revoker = SessionRevoker(store, resources.publisher, resources.feed, SecurityLog(metrics))
    return _Shared(
        settings=settings,
        resources=resources,
        invalid_credentials=InvalidCredentialLimit(
            resources.batched.limiter, Limit("refused_calls", settings.limit_refused_calls)
        ),
        revoker=revoker,
        sessions=CustomerSessions(RedisSessions(resources.redis), store, revoker),
    )


def _keyed_services(shared: _Shared, path_or_json: str) -> Built[KeyedServices]:
    secrets = read_keyring(path_or_json, SecretKeyring).ring()
    marks = ContactMarks(shared.resources.redis, _code_bounds(shared.settings), secrets)
    keyed = KeyedServices(
        _auth(shared, secrets),
        marks,
        *_account(shared, marks),
        _authenticator(shared, secrets),
        _status(shared, secrets),
    )
    return Built(keyed, {"version": secrets.active})


def _auth(shared: _Shared, secrets: SecretRing) -> LinkAuth:
    resources = shared.resources
    security_log = SecurityLog(resources.metrics)
    bounds = _code_bounds(shared.settings)
    return LinkAuth(
        one_time_codes=OneTimeCodes(
            RedisCodes(resources.redis, bounds),
            RedisUnproved(resources.redis, bounds, security_log),
            resources.sender,
            secrets,
            shared.settings.otp_countries,
            ReservedContacts(shared.settings.mode),
            shared.settings.otp_locale,
        ),
        customers=SqlCustomers(resources.database, resources.clock),
        sign_ins=sign_ins_of(
            shared.settings.dormant_days, resources.database, resources.activity, shared.revoker
        ),
        notices=resources.notices,
        sessions=RedisLinkSessions(resources.redis),
        shared=SessionStore(resources.redis),
        tokens=LinkTokens(secrets),
        revoker=shared.revoker,
        feed=resources.feed,
        security_log=security_log,
        metrics=resources.metrics,
    )


def _account(shared: _Shared, marks: ContactMarks) -> tuple[AccountClosing, WayBack, AccountExport]:
    resources = shared.resources
    database, clock = resources.database, resources.clock
    closing = AccountClosing(database, clock, marks, shared.revoker, resources.notices)
    return (
        closing,
        WayBack(database, clock, shared.revoker, closing),
        AccountExport(database, clock, marks, shared.sessions),
    )


def _code_bounds(settings: Settings) -> CodeBounds:
    return CodeBounds(
        tries=settings.limit_otp_tries,
        known_daily=settings.limit_otp_daily,
        stranger_hourly=settings.limit_otp_hourly,
        strangers_at_once=settings.limit_otp_strangers,
        contacts_hourly=settings.limit_otp_contacts,
        messages_hourly=settings.limit_otp_hourly_all,
    )


def _authenticator(shared: _Shared, secrets: SecretRing) -> Authenticator:
    settings, resources = shared.settings, shared.resources
    sessions = SessionStore(resources.redis)
    return Authenticator(
        invalid_credentials=shared.invalid_credentials,
        addresses=resources.addresses,
        sessions=sessions,
        revoker=shared.revoker,
        elements_tokens=_elements_tokens(settings, resources, secrets),
        session_check=SessionCheck(sessions, resources.feed),
        clock=resources.clock,
        elements_origin=settings.elements_origin,
        own_origins=frozenset({settings.elements_origin, settings.public_url}),
    )


def _elements_tokens(
    settings: Settings, resources: Resources, secrets: SecretRing
) -> RemoteAuthenticator:
    clock = resources.clock
    verifier = AccessTokenVerifier(
        keys={},  # those of `issuer_keys`, as they stand at each call
        issuer=settings.elements_issuer,
        audience=settings.elements_audience,
        mode=settings.mode,
        clock=clock,
    )
    proofs = ProofVerifier(DpopNonces(secrets, clock), clock)
    return RemoteAuthenticator(resources.issuer_keys, verifier, proofs)


def _status(shared: _Shared, secrets: SecretRing) -> LinkStatus:
    return LinkStatus(
        contacts=SqlCustomers(shared.resources.database, shared.resources.clock),
        batched=shared.resources.batched,
        limit=Limit("check_status", shared.settings.limit_check_status),
        limit_of_all=Limit(
            "check_status_all",
            shared.settings.limit_check_status_all,
            event=SecurityEvent.CHECK_STATUS_LIMITED,
        ),
        secrets=secrets,
    )
