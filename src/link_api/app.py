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
from link_api.http.authenticate import Admission, Guard, RefusedCredentials
from link_api.http.cors import ListedOrigins
from link_api.http.health import Internal
from link_api.idempotency import Writes
from link_api.mobile_money.paystack import open_paystack
from link_api.mobile_money.verification import AccountResolver, NoResolver
from link_api.routes import SURFACE
from link_api.sessions.service import CustomerSessions
from link_api.sessions.storage import RedisSessions
from link_api.settings import Settings
from link_kernel.auth.access_token import AccessTokenVerifier
from link_kernel.auth.dpop import DpopNonces, ProofVerifier
from link_kernel.auth.remote_authenticator import RemoteGuard
from link_kernel.auth.session_check import Liveness
from link_kernel.clock import Clock
from link_kernel.keys.jwks import PublicKeys
from link_kernel.keys.jwks_cache import RemoteKeys
from link_kernel.keys.keyring_file import SecretKeyring, read_keyring, secret_ring
from link_kernel.keys.reload import FromKeyring, Made
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import MovingWindows
from link_kernel.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.security_events import SecurityLog
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import ANNOUNCING_CONNECTIONS, RevocationLog
from link_kernel.sessions.revoke import Revocation
from link_kernel.sessions.store import SessionStore
from link_kernel.web.jwks_client import HttpKeySet, open_jwks_client
from link_kernel.web.openapi_route import document_of

PREFIX: Final = "/v1/link"
AUTH_PREFIX: Final = f"{PREFIX}/auth"
_ELEMENTS_IDLE_S: Final = 30 * 60.0


@dataclass(frozen=True, slots=True)
class Keyed:
    """What is made of the keyring."""

    auth: AuthSlice
    guard: Guard
    status: StatusSlice


@dataclass(frozen=True, slots=True)
class LinkApi:
    """The Link API, open: mount it on as many roots as there are hosts."""

    keyed: FromKeyring[Keyed]
    customer_data: CustomerData
    origins: ListedOrigins
    metrics: Metrics
    internal: Internal

    def reload_keyring(self) -> bool:
        """Serve with the keyring as it is now, from the next request on; see `FromKeyring`."""
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
        data.router.add_get("/openapi.json", document_of(SURFACE))
        root.add_subapp(PREFIX, data)

    def mount_internal(self, root: web.Application) -> None:
        """Add the internal listener's routes to a root of their own."""
        self.internal.add_to(root)


@asynccontextmanager
async def open_link_api(
    settings: Settings, *, clock: Clock, sender: OtpSender | None = None
) -> AsyncIterator[LinkApi]:
    """Open Redis and the database, migrate it, and give the API while the context lasts.

    `sender` takes the place of the one in the settings. Raises `KeyringRefused` and
    `DatabaseRefused`; Redis may be down and come later.
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
        RemoteKeys(HttpKeySet(http, settings.elements_jwks_url), clock) as issuer_keys,
        Writes(engine, clock).sweeping() as writes,
        _open_accounts(settings) as accounts,
    ):
        world = _World(
            clock=clock,
            redis=redis,
            engine=engine,
            sender=sender or chosen_sender,
            metrics=metrics,
            code_bounds=_code_bounds(settings),
            issuer_keys=issuer_keys,
            feed=feed,
            revocation=Revocation(
                SessionStore(redis),
                RevocationLog(announcing, metrics),
                feed,
                SecurityLog(metrics),
            ),
            refused=RefusedCredentials(MovingWindows(redis, clock, metrics), settings.limit_calls),
            rate_limits=MovingWindows(redis, clock, metrics),
        )
        keyed = FromKeyring(
            settings.keyring.get_secret_value(),
            partial(_made, settings, world),
            SecurityLog(metrics),
        )
        yield LinkApi(
            keyed=keyed,
            customer_data=CustomerData(
                engine=engine,
                writes=writes,
                admission=_admission(settings, world, lambda: keyed.current.guard),
                clock=clock,
                default_region=settings.default_region,
                accounts=accounts,
                sessions=CustomerSessions(
                    RedisSessions(redis), SessionStore(redis), world.revocation
                ),
                businesses=RedisBusinesses(redis, settings.mode),
                status=lambda: keyed.current.status,
            ),
            origins=ListedOrigins({*settings.allowed_origins, settings.elements_origin}),
            metrics=metrics,
            internal=_internal(settings, world),
        )


@dataclass(frozen=True, slots=True)
class _World:
    """What the services stand on, whatever the keyring."""

    clock: Clock
    redis: Redis
    engine: AsyncEngine
    sender: OtpSender
    metrics: Metrics
    code_bounds: CodeBounds
    issuer_keys: RemoteKeys
    feed: RevocationFeed
    revocation: Revocation
    refused: RefusedCredentials
    rate_limits: MovingWindows


@asynccontextmanager
async def _open_accounts(settings: Settings) -> AsyncIterator[AccountResolver]:
    """Give what asks whether a wallet's account exists, while the context lasts."""
    if settings.paystack_secret_key is None:
        yield NoResolver()
        return
    async with open_paystack(settings.paystack_url, settings.paystack_secret_key) as paystack:
        yield paystack


def _internal(settings: Settings, world: _World) -> Internal:
    return Internal(
        host=settings.internal_host,
        token=settings.internal_token,
        metrics=world.metrics,
        redis=world.redis,
        engine=world.engine,
        feed=world.feed,
    )


def _admission(settings: Settings, world: _World, guard: Callable[[], Guard]) -> Admission:
    sessions = SessionStore(world.redis)
    return Admission(
        refused=world.refused,
        trusted_proxies=settings.trusted_proxies,
        sessions=sessions,
        guard=guard,
        liveness=Liveness(sessions, world.feed),
        clock=world.clock,
        elements_origin=settings.elements_origin,
        own_origins=frozenset({settings.elements_origin, settings.public_url}),
    )


def _made(settings: Settings, world: _World, path_or_json: str) -> Made[Keyed]:
    secrets = secret_ring(read_keyring(path_or_json, SecretKeyring).secrets)
    auth = AuthSlice(
        service=_link_auth(world, secrets),
        refused=world.refused,
        default_region=settings.default_region,
        trusted_proxies=settings.trusted_proxies,
    )
    keyed = Keyed(auth, _guard(settings, world, secrets), _status_slice(settings, world, secrets))
    return Made(keyed, {"version": secrets.active})


def _status_slice(settings: Settings, world: _World, secrets: SecretRing) -> StatusSlice:
    service = LinkStatus(
        contacts=SqlCustomers(world.engine, world.clock),
        rate_limits=world.rate_limits,
        limit=Limit("check_status", settings.limit_check_status),
        secrets=secrets,
    )
    return StatusSlice(service, settings.default_region, settings.trusted_proxies)


def _guard(settings: Settings, world: _World, secrets: SecretRing) -> RemoteGuard:
    clock = world.clock

    def verifier_of(keys: PublicKeys) -> AccessTokenVerifier:
        return AccessTokenVerifier(
            keys=keys,
            issuer=settings.elements_issuer,
            audience=settings.elements_audience,
            mode=settings.mode,
            clock=clock,
        )

    proofs = ProofVerifier(DpopNonces(secrets, clock), clock)
    return RemoteGuard(world.issuer_keys, verifier_of, proofs)


def _link_auth(world: _World, secrets: SecretRing) -> LinkAuth:
    return LinkAuth(
        one_time_codes=OneTimeCodes(
            RedisCodes(world.redis, world.code_bounds), world.sender, secrets
        ),
        customers=SqlCustomers(world.engine, world.clock),
        sessions=RedisLinkSessions(world.redis),
        shared=SessionStore(world.redis),
        tokens=LinkTokens(secrets),
        revocation=world.revocation,
        feed=world.feed,
        security_log=SecurityLog(world.metrics),
    )


def _code_bounds(settings: Settings) -> CodeBounds:
    return CodeBounds(
        wrong_tries=settings.limit_otp_tries,
        network_hourly=settings.limit_otp_hourly,
        network_daily=settings.limit_otp_daily,
        all_daily=settings.limit_otp_daily_all,
        contacts_hourly=settings.limit_otp_contacts,
    )
