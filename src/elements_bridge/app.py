"""Assembles the bridge: opens Redis and the clients, builds the services, mounts the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web

from elements_bridge.businesses.backup.presence import watching_presence
from elements_bridge.businesses.cache import CachedBusinesses
from elements_bridge.businesses.rejected_origins import counting_rejected_origins
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.http import forward_auth
from elements_bridge.http.auth_service_client import HttpAuthService, open_auth_client
from elements_bridge.http.cors import CorsPolicy
from elements_bridge.http.frame_document import FrameDocument
from elements_bridge.http.frame_pages import FrameDocuments
from elements_bridge.http.internal_api import HealthRoutes, InternalApi, StoreLooks
from elements_bridge.http.routes import API_PREFIX, mount_routes, routes_of
from elements_bridge.http.sdk_releases import SdkRelease, load_sdk_releases
from elements_bridge.http.static_files import BrowserCode, static_root
from elements_bridge.service.auth_service import AuthService
from elements_bridge.services import SERVICES, Resources, Services, services_of
from elements_bridge.settings import Settings
from link_kernel.clock import Clock
from link_kernel.keys.reload import Reloadable
from link_kernel.limits.batched_counts import batching_counts
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.looks import looking
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog
from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import redis_faults
from link_kernel.sessions.records import Mode
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import ANNOUNCING_CONNECTIONS, RevocationPublisher
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionBounds, SessionStore
from link_kernel.tracing.requests import GOES_ON
from link_kernel.web.application import ALWAYS_SENT, FAULT_REFUSAL, HTTPS_ONLY
from link_kernel.web.client_address import ClientAddresses
from link_kernel.web.health import InternalToken, OwnHosts
from link_kernel.web.server import LONGEST_FIELD_BYTES


@dataclass(frozen=True, slots=True)
class Bridge:
    """The open bridge; it may be mounted on several root applications, one for each host."""

    services: Reloadable[Services]
    documents: FrameDocuments
    internal: HealthRoutes
    cors: CorsPolicy
    metrics: Metrics
    is_https: bool
    mode: Mode
    revoker: SessionRevoker
    feed: RevocationFeed
    internal_api: InternalApi
    auth_service: AuthService

    def mount_public(self, root: web.Application) -> None:
        """Add the API and the frame documents to a root of `link_kernel.web.application`."""
        if self.is_https:
            root[ALWAYS_SENT].update(HTTPS_ONLY)
        root[SERVICES] = self.services
        mount_routes(root, self.mode, self.cors)
        self.documents.add_to(root)

    def reload_keyring(self) -> bool:
        """Use the keyring file as it is now, from the next request on; see `Reloadable`."""
        return self.services.reload()

    def mount_internal(self, root: web.Application, *others: web.RouteDef) -> None:
        """Add the internal listener's routes, and `others`, to a root application of their own."""
        root[SERVICES] = self.services
        root[LONGEST_FIELD_BYTES] = forward_auth.LONGEST_FIELD_BYTES
        root[FAULT_REFUSAL] = forward_auth.fault_refusal
        root[forward_auth.MISCONFIGURED] = forward_auth.misconfigured_gateways()
        root.on_response_prepare.append(forward_auth.copy_refusal_to_header)
        root[GOES_ON] = lambda _request: True  # a gateway or a service, inside
        self.internal.add_to(root, *forward_auth.ROUTES, *self.internal_api.routes(), *others)


@asynccontextmanager
async def open_bridge(settings: Settings, *, clock: Clock) -> AsyncIterator[Bridge]:
    """Open Redis and the auth service's client, and yield the bridge.

    Raises `KeyringError`, `BusinessFileError` and `BrowserCodeMissing`; Redis may be down at the
    start.
    """
    code, releases = BrowserCode.load(static_root()), load_sdk_releases(static_root())
    metrics = Metrics()
    redis_url, time_outs = settings.redis_url.get_secret_value(), settings.redis_time_outs
    async with (
        connect(redis_url, time_outs=time_outs, metrics=metrics) as redis,
        connect(
            redis_url,
            connections=ANNOUNCING_CONNECTIONS,
            time_outs=time_outs,
            metrics=metrics,
        ) as announcing,
        RevocationFeed(
            redis,
            publisher := RevocationPublisher(announcing, metrics),
            clock=clock,
            metrics=metrics,
            remembered_s=settings.idle_ttl,
        ) as feed,
        open_auth_client() as http,
        counting_rejected_origins(redis) as rejected,
        counting_rejected_origins(redis, unverified=True) as unverified_rejected,
        batching_counts(RateLimiter(redis, clock, metrics)) as batched,
        watching_presence(RedisBusinesses(redis), clock, settings.businesses) as presence,
        looking(partial(redis_faults, redis)) as at_redis,
        looking(presence.state) as at_businesses,
    ):
        stored = RedisBusinesses(redis)
        sessions = SessionStore(
            redis, SessionBounds(settings.limit_sessions, settings.limit_rotations)
        )
        resources = Resources(
            clock=clock,
            businesses=CachedBusinesses(stored, presence, clock),
            presence=presence,
            sessions=sessions,
            batched=batched,
            addresses=ClientAddresses(
                settings.trusted_proxies, "ELEMENTS_TRUSTED_PROXIES", clock, metrics
            ),
            rejected=rejected,
            unverified_rejected=unverified_rejected,
            auth_service=HttpAuthService(
                http, settings.auth_service_url, settings.auth_service_token
            ),
            metrics=metrics,
            feed=feed,
            revoker=SessionRevoker(sessions, publisher, feed, SecurityLog(metrics)),
        )
        internal = HealthRoutes(
            stored,
            StoreLooks(at_redis, at_businesses),
            OwnHosts(settings.internal_host, settings.internal_names, "ELEMENTS_INTERNAL_NAMES"),
            metrics,
            feed,
            resources.addresses,
            resources.auth_service,
            presence,
        )
        bridge = _bridge(settings, resources, internal, code, releases)
        await presence.begin()  # before the first request, which would be told of no shop
        yield bridge


def _bridge(
    settings: Settings,
    resources: Resources,
    internal: HealthRoutes,
    code: BrowserCode,
    releases: tuple[SdkRelease, ...],
) -> Bridge:
    """Build the services and what serves them; raises `KeyringError`."""
    metrics, mode = resources.metrics, settings.mode
    services = Reloadable(
        "ELEMENTS_KEYRING",
        settings.keyring.get_secret_value(),
        partial(services_of, settings, resources),
        SecurityLog(metrics),
    )
    token = InternalToken(settings.internal_token, "ELEMENTS_INTERNAL_TOKEN")
    for_merchants = (route.path for route in routes_of(mode) if route.for_merchant_pages)
    return Bridge(
        services=services,
        documents=FrameDocuments(
            mode,
            code,
            releases,
            services,
            FrameDocument(code.document),
            settings.default_country or "",
            f"{API_PREFIX}/reports",
            is_https=settings.origin.startswith("https://"),
        ),
        internal=internal,
        cors=CorsPolicy(
            elements_origin=settings.origin,
            api_host=urlsplit(settings.public_url).netloc,
            prefix=f"{API_PREFIX}/",
            merchant_paths=frozenset(for_merchants),
        ),
        metrics=metrics,
        mode=mode,
        is_https=settings.public_url.startswith("https://"),
        revoker=resources.revoker,
        feed=resources.feed,
        internal_api=InternalApi(services, token, resources.revoker, SecurityLog(metrics)),
        auth_service=resources.auth_service,
    )
