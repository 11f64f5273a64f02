"""Puts the bridge together: opens what it needs, wires the services, mounts the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from elements_bridge.http import handlers
from elements_bridge.http.auth_service import HttpAuthService, open_auth_client
from elements_bridge.http.callers import Callers
from elements_bridge.http.frame_documents import FrameDocuments
from elements_bridge.http.handlers import SERVICES, Services
from elements_bridge.http.internal import Internal
from elements_bridge.http.presented import Presented
from elements_bridge.http.sdk_releases import load_sdk_releases
from elements_bridge.http.static_files import BrowserCode, static_root
from elements_bridge.keyring import Keyring, KeyringFile
from elements_bridge.refused_origins import noting_refusals
from elements_bridge.service.bootstrap import Bootstrap, Directory
from elements_bridge.service.diagnose import Diagnose
from elements_bridge.service.grants import GrantWriter
from elements_bridge.service.init import Init
from elements_bridge.service.limits import CallBounds, CallLimits
from elements_bridge.service.lives import SessionLives
from elements_bridge.service.logout import Logout
from elements_bridge.service.ports import (
    AuthService,
    Businesses,
    RateLimits,
    Refusals,
    Sessions,
)
from elements_bridge.service.refresh import Refresh
from elements_bridge.service.revocation import Revocation
from elements_bridge.service.sign_in import SignIn
from elements_bridge.settings import Settings
from elements_bridge.storage import CachedBusinesses, RedisBusinesses
from elements_bridge.tokens.access import AccessTokenSigner
from elements_bridge.tokens.bootstrap import BootstrapTokens
from elements_bridge.tokens.refresh import RefreshTokens
from link_kernel.access_token import AccessTokenVerifier
from link_kernel.clock import Clock
from link_kernel.dpop import ProofVerifier
from link_kernel.dpop_nonce import DpopNonces
from link_kernel.keyring_file import read_keyring
from link_kernel.limit import Limit
from link_kernel.metrics import Metrics
from link_kernel.rate_limits import MovingWindows
from link_kernel.redis_connection import connect
from link_kernel.reloading import FromKeyring, Made
from link_kernel.resource_guard import ResourceGuard
from link_kernel.revocation_feed import RevocationFeed
from link_kernel.revocations import RevocationLog
from link_kernel.security_events import SecurityLog
from link_kernel.session_record import Mode
from link_kernel.session_store import SessionBounds, SessionStore
from link_kernel.web.application import require_https

API_PREFIX: Final = "/v1/link/elements"
DOCUMENT_PREFIX: Final = "/elements"
_GUEST_IDLE_S: Final = 10 * 60


@dataclass(frozen=True, slots=True)
class Bridge:
    """The bridge, open: mount it on as many roots as there are hosts."""

    services: FromKeyring[Services]
    documents: FrameDocuments
    internal: Internal
    callers: Callers
    metrics: Metrics
    is_https: bool
    mode: Mode
    revocation: Revocation
    feed: RevocationFeed

    def mount_public(self, root: web.Application) -> None:
        """Add the API and the frame documents to a root of `link_kernel.web.application`."""
        if self.is_https:
            root.on_response_prepare.append(require_https)
        api = web.Application(middlewares=[self.callers.admit()])
        api.on_response_prepare.append(self.callers.show)
        api[SERVICES] = self.services
        api.router.add_get("/jwks.json", handlers.jwks)
        for handler in (
            handlers.bootstrap,
            handlers.init,
            handlers.refresh,
            handlers.request_otp,
            handlers.verify_otp,
            handlers.logout,
        ):
            api.router.add_post(f"/{handler.__name__.replace('_', '-')}", handler)
        if self.mode == "test":
            api.router.add_post("/diagnose", handlers.diagnose)
        root.add_subapp(API_PREFIX, api)
        documents = web.Application()
        self.documents.add_to(documents)
        root.add_subapp(DOCUMENT_PREFIX, documents)

    def reload_keyring(self) -> bool:
        """Serve with the keyring as it is now, from the next request on; see `FromKeyring`."""
        return self.services.reload()

    def mount_internal(self, root: web.Application) -> None:
        """Add the internal listener's routes to a root of their own."""
        self.internal.add_to(root)


@asynccontextmanager
async def open_bridge(settings: Settings, *, clock: Clock) -> AsyncIterator[Bridge]:
    """Open Redis and the auth service's client and give the bridge while the context lasts.

    Raises `KeyringRefused` and `BrowserCodeMissing`; Redis may be down and come later.
    """
    code, releases = BrowserCode.load(static_root()), load_sdk_releases(static_root())
    metrics = Metrics()
    redis_url = settings.redis_url.get_secret_value()
    async with (
        connect(redis_url) as redis,
        RevocationFeed(
            redis_url, clock=clock, metrics=metrics, remembered_s=settings.idle_ttl
        ) as feed,
        open_auth_client() as http,
        noting_refusals(redis) as refusals,
    ):
        stored = RedisBusinesses(redis)
        businesses = CachedBusinesses(stored, clock)
        sessions = SessionStore(
            redis, SessionBounds(settings.limit_sessions, settings.limit_rotations)
        )
        world = _World(
            clock=clock,
            businesses=businesses,
            sessions=sessions,
            rate_limits=MovingWindows(redis, clock, metrics),
            refusals=refusals,
            auth_service=HttpAuthService(http, settings.auth_service_url),
            metrics=metrics,
            revocation=Revocation(
                sessions, RevocationLog(redis, metrics), feed, SecurityLog(metrics)
            ),
        )
        yield Bridge(
            services=FromKeyring(
                settings.keyring.get_secret_value(), partial(_made, settings, world)
            ),
            documents=FrameDocuments(Directory(businesses, settings.mode), code, releases),
            internal=Internal(stored, settings.internal_host, metrics, feed),
            callers=Callers(
                elements_origin=settings.origin,
                api_host=urlsplit(settings.public_url).netloc,
                merchant_paths=_merchant_paths(settings.mode),
            ),
            metrics=metrics,
            mode=settings.mode,
            is_https=settings.public_url.startswith("https://"),
            revocation=world.revocation,
            feed=feed,
        )


@dataclass(frozen=True, slots=True)
class _World:
    """What the services stand on, whatever the keyring."""

    clock: Clock
    businesses: Businesses
    sessions: Sessions
    rate_limits: RateLimits
    refusals: Refusals
    auth_service: AuthService
    metrics: Metrics
    revocation: Revocation


def _merchant_paths(mode: Mode) -> frozenset[str]:
    routes = ("bootstrap", "diagnose") if mode == "test" else ("bootstrap",)
    return frozenset(f"{API_PREFIX}/{route}" for route in routes)


def _made(settings: Settings, world: _World, path_or_json: str) -> Made[Services]:
    keyring = Keyring.of(read_keyring(path_or_json, KeyringFile))
    return Made(
        _services(settings, world, keyring),
        {"kid": keyring.signing_key.kid, "version": keyring.secrets.active},
    )


def _services(settings: Settings, world: _World, keyring: Keyring) -> Services:
    sessions, clock, revocation = world.sessions, world.clock, world.revocation
    directory = Directory(world.businesses, settings.mode)
    bootstrap_tokens = BootstrapTokens(keyring.secrets)
    refresh_tokens = RefreshTokens(keyring.secrets)
    signer = AccessTokenSigner(
        key=keyring.signing_key,
        issuer=settings.issuer,
        audience=settings.audience,
        mode=settings.mode,
        ttl_s=settings.access_ttl,
    )
    grants = GrantWriter(signer, refresh_tokens)
    lives = SessionLives(
        guest_idle_s=min(_GUEST_IDLE_S, settings.idle_ttl),
        idle_s=settings.idle_ttl,
        absolute_s=settings.absolute_ttl,
    )
    limits = CallLimits(
        rate_limits=world.rate_limits,
        bounds=CallBounds(
            bootstrap=Limit("bootstrap", settings.limit_bootstrap),
            init=Limit("init", settings.limit_init),
            refresh=Limit("refresh", settings.limit_refresh),
            rotations=Limit("rotations", settings.limit_rotations),
        ),
        directory=directory,
        secrets=keyring.secrets,
    )
    return Services(
        bootstrap=Bootstrap(
            directory,
            sessions,
            bootstrap_tokens,
            world.rate_limits,
            Limit("guests", settings.limit_guests),
            clock,
            world.refusals,
        ),
        diagnose=Diagnose(directory, world.refusals),
        init=Init(directory, sessions, bootstrap_tokens, grants, lives, clock, revocation),
        refresh=Refresh(
            directory,
            sessions,
            refresh_tokens,
            grants,
            limits,
            world.metrics,
            SecurityLog(world.metrics),
            revocation,
        ),
        sign_in=SignIn(
            directory, sessions, world.auth_service, keyring.secrets, grants, lives, revocation
        ),
        logout=Logout(sessions, revocation),
        limits=limits,
        presented=Presented(
            ResourceGuard(
                AccessTokenVerifier(
                    keys=keyring.public_keys,
                    issuer=settings.issuer,
                    audience=settings.audience,
                    mode=settings.mode,
                    clock=clock,
                ),
                ProofVerifier(DpopNonces(keyring.secrets, clock), clock),
            ),
            own_origins=(settings.origin, settings.public_url),
        ),
        jwks=keyring.jwks(),
        trusted_proxies=settings.trusted_proxies,
        elements_origin=settings.origin,
    )
