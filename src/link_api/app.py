"""Opens the connections of the Link API, builds its services and mounts its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from link_api.auth.notices import Notices
from link_api.auth.records import OtpSender
from link_api.auth.senders.chosen import open_sender
from link_api.auth.senders.reserved import ReservedUnsent
from link_api.contract.operations import PREFIX
from link_api.customers.activity import Activity
from link_api.database.startup import DatabaseState, examine, open_database
from link_api.http.cors import ListedOrigins
from link_api.http.health import Internal
from link_api.idempotency import IdempotentWrites
from link_api.routes import mount
from link_api.services import (
    ELEMENTS_IDLE_S,
    Resources,
    Services,
    build_services,
    open_accounts,
)
from link_api.settings import Settings
from link_kernel.clock import Clock
from link_kernel.keys.jwks_cache import JwksCache
from link_kernel.limits.batched_counts import batching_counts
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.looks import Look, looking
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import StoreFault, redis_faults
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import ANNOUNCING_CONNECTIONS, RevocationPublisher
from link_kernel.tracing.requests import GOES_ON
from link_kernel.web.client_address import ClientAddresses
from link_kernel.web.health import OwnHosts
from link_kernel.web.jwks_client import HttpJwksSource, open_jwks_client


@dataclass(frozen=True, slots=True)
class LinkApi:
    """The open Link API: mount it on as many roots as there are hosts."""

    services: Services
    origins: ListedOrigins
    metrics: Metrics
    internal: Internal

    def reload_keyring(self) -> bool:
        """Use the keyring file as it is now, from the next request on; see `Reloadable`."""
        return self.services.keyed.reload()

    def mount(self, root: web.Application) -> None:
        """Add the public routes to a root of `link_kernel.web.application.new_application`."""
        mount(root, self.services, self.origins)
        root[GOES_ON] = self.services.bridge_token.is_in  # no page and no server

    def mount_internal(self, root: web.Application) -> None:
        """Add the internal listener's routes to a root of their own."""
        self.internal.add_to(root)
        root[GOES_ON] = lambda _request: True


@asynccontextmanager
async def open_link_api(
    settings: Settings, *, clock: Clock, sender: OtpSender | None = None
) -> AsyncIterator[LinkApi]:
    """Open Redis and the database, migrate it, and give the API while the context lasts.

    `sender` takes the place of the sender in the settings. Raises `KeyringError` and
    `DatabaseError`; Redis may be down at the start and come later.
    """
    redis_url, time_outs = settings.redis_url.get_secret_value(), settings.redis_time_outs
    metrics = Metrics()
    async with (
        open_database(
            settings.database_url.get_secret_value(),
            connect_ms=settings.database_connect_timeout,
            read_ms=settings.database_read_timeout,
            metrics=metrics,
        ) as database,
        looking(partial(examine, database)) as at_database,
        connect(redis_url, time_outs=time_outs, metrics=metrics) as redis,
        connect(
            redis_url,
            connections=ANNOUNCING_CONNECTIONS,
            time_outs=time_outs,
            metrics=metrics,
        ) as announcing,
        looking(partial(redis_faults, redis)) as at_redis,
        RevocationFeed(
            redis,
            publisher := RevocationPublisher(announcing, metrics),
            clock=clock,
            metrics=metrics,
            remembered_s=ELEMENTS_IDLE_S,
        ) as feed,
        batching_counts(RateLimiter(redis, clock, metrics)) as batched,
        open_sender(settings, clock, elements_origin=settings.elements_origin) as configured,
        Notices(
            usual := sender or ReservedUnsent(configured), settings.otp_locale
        ).sending() as notices,
        open_jwks_client() as http,
        JwksCache(
            HttpJwksSource(http, settings.elements_jwks_url),
            clock,
            setting="LINK_ELEMENTS_JWKS_URL",
        ) as issuer_keys,
        IdempotentWrites(database, clock).sweeping() as writes,
        Activity(database, clock).storing() as activity,
        open_accounts(settings) as accounts,
    ):
        resources = Resources(
            clock=clock,
            redis=redis,
            publisher=publisher,
            database=database,
            feed=feed,
            sender=usual,
            notices=notices,
            issuer_keys=issuer_keys,
            writes=writes,
            activity=activity,
            accounts=accounts,
            metrics=metrics,
            batched=batched,
            addresses=ClientAddresses(
                settings.trusted_proxies, "LINK_TRUSTED_PROXIES", clock, metrics
            ),
        )
        yield _link_api(settings, resources, at_redis, at_database)


def _link_api(
    settings: Settings,
    resources: Resources,
    at_redis: Look[list[StoreFault]],
    at_database: Look[DatabaseState],
) -> LinkApi:
    return LinkApi(
        services=build_services(settings, resources),
        origins=ListedOrigins(
            {*settings.allowed_origins, settings.elements_origin}, prefix=f"{PREFIX}/"
        ),
        metrics=resources.metrics,
        internal=Internal(
            hosts=OwnHosts(settings.internal_host, settings.internal_names, "LINK_INTERNAL_NAMES"),
            token=settings.internal_token,
            metrics=resources.metrics,
            redis=at_redis,
            database=at_database,
            feed=resources.feed,
            addresses=resources.addresses,
        ),
    )
