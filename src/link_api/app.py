"""Puts the Link API together: opens what it needs, wires the services, mounts the routes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from link_api.auth.records import CodeBounds, OtpSender
from link_api.auth.routes import AuthSlice, add_routes
from link_api.auth.senders.chosen import open_sender
from link_api.auth.service import LinkAuth, OneTimeCodes
from link_api.auth.storage import RedisCodes, RedisLinkSessions
from link_api.auth.tokens import LinkTokens
from link_api.customer_data import CustomerData
from link_api.customers.routes import StatusSlice
from link_api.customers.service import LinkStatus
from link_api.customers.storage import SqlCustomers
from link_api.database.startup import open_database
from link_api.enrolment.businesses import RedisBusinesses
from link_api.http.authenticate import Admission, RefusedCredentials
from link_api.http.cors import ListedOrigins
from link_api.http.health import Internal
from link_api.idempotency import Writes
from link_api.mobile_money.paystack import open_paystack
from link_api.mobile_money.verification import AccountResolver, NoResolver
from link_api.routes import API
from link_api.sessions.service import CustomerSessions
from link_api.sessions.storage import RedisSessions
from link_api.settings import Settings
from link_kernel.auth.access_token import AccessTokenVerifier
from link_kernel.auth.dpop import DpopNonces, ProofVerifier
from link_kernel.auth.remote_authenticator import RemoteAuthenticator
from link_kernel.auth.session_check import SessionCheck
from link_kernel.clock import Clock
from link_kernel.keys.jwks import PublicKeys
from link_kernel.keys.jwks_cache import JwksCache
from link_kernel.keys.keyring_file import SecretKeyring, read_keyring, secret_ring
from link_kernel.keys.reload import Built, Reloadable
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.security_events import SecurityLog
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import ANNOUNCING_CONNECTIONS, RevocationPublisher
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from link_kernel.web.jwks_client import HttpJwksSource, open_jwks_client
from link_kernel.web.openapi_route import document_of

PREFIX: Final = "/v1/link"
AUTH_PREFIX: Final = f"{PREFIX}/auth"
_ELEMENTS_IDLE_S: Final = 30 * 60.0


@dataclass(frozen=True, slots=True)
class KeyedServices:
    """What is made of the keyring."""

    auth: AuthSlice
    guard: RemoteAuthenticator
    status: StatusSlice


@dataclass(frozen=True, slots=True)
class LinkApi:
    """The Link API, open: mount it on as many roots as there are hosts."""

    keyed: Reloadable[KeyedServices]
    customer_data: CustomerData
    origins: ListedOrigins
    metrics: Metrics
    internal: Internal

    def reload_keyring(self) -> bool:
        """Serve with the keyring as it is now, from the next request on; see `Reloadable`."""
        return self.keyed.reload()

    def mount(self, root: web.Application) -> None:
        """Add the routes to a root of `link_kernel.web.application.new_application`."""
        auth = web.Application()
        self.origins.add_to(auth)
        add_routes(auth, lambda: self.keyed.current.auth)
        root.add_subapp(AUTH_PREFIX, auth)
        data = web.Application()
        self.origins.add_to(data)
        self.customer_data.add_to(data)
        data.router.add_get("/openapi.json", document_of(API))
        root.add_subapp(PREFIX, data)

    def mount_internal(self, root: web.Application) -> None:
        """Add the internal listener's routes to a root of their own."""
        self.internal.add_to(root)


@asynccontextmanager
async def open_link_api(
    settings: Settings, *, clock: Clock, sender: OtpSender | None = None
) -> AsyncIterator[LinkApi]:
    """Open Redis and the database, migrate it, and give the API while the context lasts.

    `sender` takes the place of the one in the settings. Raises `KeyringError` and
    `DatabaseError`; Redis may be down and come later.
    """
    redis_url = settings.redis_url.get_secret_value()
    metrics = Metrics()
    async with (
        open_database(settings.database_url.get_secret_value()) as engine,
        connect(redis_url) as redis,
        connect(redis_url, connections=ANNOUNCING_CONNECTIONS) as announcing,
        RevocationFeed(
            redis_url, clock=clock, metrics=metrics, remembered_s=_ELEMENTS_IDLE_S
        ) as feed,
        open_sender(settings, clock) as chosen_sender,
        open_jwks_client() as http,
        JwksCache(HttpJwksSource(http, settings.elements_jwks_url), clock) as issuer_keys,
        Writes(engine, clock).sweeping() as writes,
        _open_accounts(settings) as accounts,
    ):
        resources = Resources(
            clock=clock,
            redis=redis,
            engine=engine,
            sender=sender or chosen_sender,
            metrics=metrics,
            code_bounds=_code_bounds(settings),
            issuer_keys=issuer_keys,
            feed=feed,
            revoker=SessionRevoker(
                SessionStore(redis),
                RevocationPublisher(announcing, metrics),
                feed,
                SecurityLog(metrics),
            ),
            refused=RefusedCredentials(RateLimiter(redis, clock, metrics), settings.limit_calls),
            rate_limiter=RateLimiter(redis, clock, metrics),
        )
        keyed = Reloadable(
            settings.keyring.get_secret_value(),
            partial(_made, settings, resources),
            SecurityLog(metrics),
        )
        yield LinkApi(
            keyed=keyed,
            customer_data=CustomerData(
                engine=engine,
                writes=writes,
                admission=_admission(settings, resources, lambda: keyed.current.guard),
                clock=clock,
                default_region=settings.default_region,
                accounts=accounts,
                sessions=CustomerSessions(
                    RedisSessions(redis), SessionStore(redis), resources.revoker
                ),
                businesses=RedisBusinesses(redis, settings.mode),
                status=lambda: keyed.current.status,
            ),
            origins=ListedOrigins({*settings.allowed_origins, settings.elements_origin}),
            metrics=metrics,
            internal=_internal(settings, resources),
        )


@dataclass(frozen=True, slots=True)
class Resources:
    """What the services stand on, whatever the keyring."""

    clock: Clock
    redis: Redis
    engine: AsyncEngine
    sender: OtpSender
    metrics: Metrics
    code_bounds: CodeBounds
    issuer_keys: JwksCache
    feed: RevocationFeed
    revoker: SessionRevoker
    refused: RefusedCredentials
    rate_limiter: RateLimiter


@asynccontextmanager
async def _open_accounts(settings: Settings) -> AsyncIterator[AccountResolver]:
    """Give what asks whether a wallet's account exists, while the context lasts."""
    if settings.paystack_secret_key is None:
        yield NoResolver()
        return
    async with open_paystack(settings.paystack_url, settings.paystack_secret_key) as paystack:
        yield paystack


def _internal(settings: Settings, resources: Resources) -> Internal:
    return Internal(
        host=settings.internal_host,
        token=settings.internal_token,
        metrics=resources.metrics,
        redis=resources.redis,
        engine=resources.engine,
        feed=resources.feed,
    )


def _admission(
    settings: Settings, resources: Resources, guard: Callable[[], RemoteAuthenticator]
) -> Admission:
    sessions = SessionStore(resources.redis)
    return Admission(
        refused=resources.refused,
        trusted_proxies=settings.trusted_proxies,
        sessions=sessions,
        guard=guard,
        liveness=SessionCheck(sessions, resources.feed),
        clock=resources.clock,
        elements_origin=settings.elements_origin,
        own_origins=frozenset({settings.elements_origin, settings.public_url}),
    )


def _made(settings: Settings, resources: Resources, path_or_json: str) -> Built[KeyedServices]:
    secrets = secret_ring(read_keyring(path_or_json, SecretKeyring).secrets)
    auth = AuthSlice(
        service=_link_auth(resources, secrets),
        refused=resources.refused,
        default_region=settings.default_region,
        trusted_proxies=settings.trusted_proxies,
    )
    keyed = KeyedServices(
        auth, _guard(settings, resources, secrets), _status_slice(settings, resources, secrets)
    )
    return Built(keyed, {"version": secrets.active})


def _status_slice(settings: Settings, resources: Resources, secrets: SecretRing) -> StatusSlice:
    service = LinkStatus(
        contacts=SqlCustomers(resources.engine, resources.clock),
        rate_limiter=resources.rate_limiter,
        limit=Limit("check_status", settings.limit_check_status),
        secrets=secrets,
    )
    return StatusSlice(service, settings.default_region, settings.trusted_proxies)


def _guard(settings: Settings, resources: Resources, secrets: SecretRing) -> RemoteAuthenticator:
    clock = resources.clock

    def verifier_of(keys: PublicKeys) -> AccessTokenVerifier:
        return AccessTokenVerifier(
            keys=keys,
            issuer=settings.elements_issuer,
            audience=settings.elements_audience,
            mode=settings.mode,
            clock=clock,
        )

    proofs = ProofVerifier(DpopNonces(secrets, clock), clock)
    return RemoteAuthenticator(resources.issuer_keys, verifier_of, proofs)


def _link_auth(resources: Resources, secrets: SecretRing) -> LinkAuth:
    return LinkAuth(
        one_time_codes=OneTimeCodes(
            RedisCodes(resources.redis, resources.code_bounds), resources.sender, secrets
        ),
        customers=SqlCustomers(resources.engine, resources.clock),
        sessions=RedisLinkSessions(resources.redis),
        shared=SessionStore(resources.redis),
        tokens=LinkTokens(secrets),
        revoker=resources.revoker,
        feed=resources.feed,
        security_log=SecurityLog(resources.metrics),
    )


def _code_bounds(settings: Settings) -> CodeBounds:
    return CodeBounds(
        wrong_tries=settings.limit_otp_tries,
        network_hourly=settings.limit_otp_hourly,
        network_daily=settings.limit_otp_daily,
        all_daily=settings.limit_otp_daily_all,
        contacts_hourly=settings.limit_otp_contacts,
    )
