"""Builds the services from the settings, the open resources and the keyring in use."""

from dataclasses import dataclass
from typing import Final

import orjson
from aiohttp import web

from elements_bridge.businesses.backup.presence import BusinessPresence
from elements_bridge.businesses.cache import CachedBusinesses
from elements_bridge.businesses.directory import Directory
from elements_bridge.businesses.rejected_origins import RejectedOriginCounter
from elements_bridge.keyring import Keyring, KeyringFile
from elements_bridge.service.auth_service import AuthService
from elements_bridge.service.authorize import Authorize, Introspect
from elements_bridge.service.bootstrap import Bootstrap
from elements_bridge.service.diagnose import Diagnose
from elements_bridge.service.grants import GrantWriter, SessionLifetimes
from elements_bridge.service.init import Init
from elements_bridge.service.limits import CallBounds, CallLimits, NetworkBound
from elements_bridge.service.logout import Logout
from elements_bridge.service.refresh import Refresh
from elements_bridge.service.sign_in import SignIn
from elements_bridge.service.violations import ReportedViolations
from elements_bridge.settings import ForwardAuthHeaders, Settings
from elements_bridge.tokens.access import AccessTokenSigner
from elements_bridge.tokens.bootstrap import BootstrapTokens
from elements_bridge.tokens.refresh import RefreshTokens
from link_kernel.auth.access_token import AccessTokenVerifier, CachingTokenVerifier
from link_kernel.auth.authenticator import RequestAuthenticator
from link_kernel.auth.dpop import DpopNonces, ProofVerifier
from link_kernel.auth.session_check import SessionCheck
from link_kernel.clock import Clock
from link_kernel.keys.keyring_file import read_keyring
from link_kernel.keys.reload import Built, Reloadable
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from link_kernel.web.client_address import ClientAddresses

_GUEST_IDLE_S: Final = 10 * 60
_LOGOUTS: Final = 30  # a minute of one session, which needs one logout and its retries


@dataclass(frozen=True, slots=True)
class Services:
    """The services that handlers call, built from one keyring."""

    bootstrap: Bootstrap
    diagnose: Diagnose
    violations: ReportedViolations
    init: Init
    refresh: Refresh
    sign_in: SignIn
    logout: Logout
    limits: CallLimits
    authenticator: RequestAuthenticator
    own_origins: tuple[str, ...]
    jwks: bytes  # the document of the public keys, made once
    addresses: ClientAddresses
    elements_origin: str
    authorize: Authorize
    forward_auth_headers: ForwardAuthHeaders
    introspect: Introspect
    issuer: str
    audience: str
    metrics: Metrics


# Each handler reads `current` once: a reload of the keyring meanwhile is for later requests.
SERVICES: Final = web.AppKey[Reloadable[Services]]("services", Reloadable)


@dataclass(frozen=True, slots=True)
class Resources:
    """Resources opened at the start; they stay open when the keyring changes."""

    clock: Clock
    businesses: CachedBusinesses
    presence: BusinessPresence
    sessions: SessionStore
    batched: BatchedCounts
    addresses: ClientAddresses
    rejected: RejectedOriginCounter
    unverified_rejected: RejectedOriginCounter
    auth_service: AuthService
    metrics: Metrics
    feed: RevocationFeed
    revoker: SessionRevoker


def services_of(settings: Settings, resources: Resources, path_or_json: str) -> Built[Services]:
    """Return the services built from the keyring at a path or in JSON; raises `KeyringError`."""
    keyring = Keyring.of(read_keyring(path_or_json, KeyringFile))
    return Built(
        _services(settings, resources, keyring),
        {"kid": keyring.signing_key.kid, "version": keyring.secrets.active},
    )


def _services(settings: Settings, resources: Resources, keyring: Keyring) -> Services:
    sessions, clock, revoker = resources.sessions, resources.clock, resources.revoker
    directory = Directory(resources.businesses, settings.mode)
    bootstrap_tokens = BootstrapTokens(keyring.secrets)
    refresh_tokens = RefreshTokens(keyring.secrets)
    grants = GrantWriter(_signer(settings, keyring), refresh_tokens)
    lifetimes = _lifetimes(settings)
    limits = _limits(settings, resources, keyring, directory)
    verifier = _verifier(settings, resources, keyring)
    proofs = ProofVerifier(DpopNonces(keyring.secrets, clock), clock)
    caching_verifier = CachingTokenVerifier(verifier)
    session_check = SessionCheck(sessions, resources.feed)
    return Services(
        bootstrap=Bootstrap(sessions, bootstrap_tokens, limits, clock, resources.rejected, revoker),
        diagnose=Diagnose(resources.rejected),
        violations=ReportedViolations(
            resources.unverified_rejected, SecurityLog(resources.metrics)
        ),
        init=Init(sessions, bootstrap_tokens, grants, lifetimes, proofs, clock, revoker),
        refresh=Refresh(
            directory,
            sessions,
            refresh_tokens,
            proofs,
            grants,
            limits,
            resources.metrics,
            SecurityLog(resources.metrics),
            revoker,
            resources.feed,
        ),
        sign_in=SignIn(
            directory, sessions, resources.auth_service, keyring.secrets, grants, lifetimes, revoker
        ),
        logout=Logout(sessions, revoker),
        limits=limits,
        authenticator=RequestAuthenticator(verifier, proofs),
        own_origins=(settings.origin, settings.public_url),
        authorize=Authorize(RequestAuthenticator(caching_verifier, proofs), session_check, clock),
        forward_auth_headers=settings.forward_auth_headers,
        introspect=Introspect(caching_verifier, session_check),
        issuer=settings.issuer,
        audience=settings.audience,
        metrics=resources.metrics,
        jwks=orjson.dumps(keyring.jwks()),
        addresses=resources.addresses,
        elements_origin=settings.origin,
    )


def _signer(settings: Settings, keyring: Keyring) -> AccessTokenSigner:
    return AccessTokenSigner(
        key=keyring.signing_key,
        issuer=settings.issuer,
        audience=settings.audience,
        mode=settings.mode,
        ttl_s=settings.access_ttl,
    )


def _lifetimes(settings: Settings) -> SessionLifetimes:
    return SessionLifetimes(
        guest_idle_s=min(_GUEST_IDLE_S, settings.idle_ttl),
        idle_s=settings.idle_ttl,
        absolute_s=settings.absolute_ttl,
    )


def _limits(
    settings: Settings, resources: Resources, keyring: Keyring, directory: Directory
) -> CallLimits:
    return CallLimits(
        batched=resources.batched,
        bounds=_bounds(settings),
        directory=directory,
        secrets=keyring.secrets,
    )


def _bounds(settings: Settings) -> CallBounds:
    event = SecurityEvent.GUESTS_LIMITED
    return CallBounds(
        bootstrap=NetworkBound.of("bootstrap", settings.limit_bootstrap),
        init=NetworkBound.of("init", settings.limit_init),
        diagnose=NetworkBound.of("diagnose", settings.limit_bootstrap),
        documents=NetworkBound.of("documents", settings.limit_bootstrap),
        reports=NetworkBound.of("reports", settings.limit_bootstrap),
        guests=Limit(
            "guests", settings.limit_guests, crowd=settings.limit_guests_crowd, event=event
        ),
        guests_network=Limit("guests_network", settings.limit_guests_network, event=event),
        calls=Limit("calls", settings.limit_calls),
        session_calls=Limit("session_calls", settings.limit_session_calls),
        refused_calls=Limit("refused_calls", settings.limit_refused_calls),
        logouts=Limit("logouts", _LOGOUTS),
        refresh=Limit("refresh", settings.limit_refresh),
        rotations=Limit("rotations", settings.limit_rotations),
    )


def _verifier(settings: Settings, resources: Resources, keyring: Keyring) -> AccessTokenVerifier:
    return AccessTokenVerifier(
        keys=keyring.public_keys,
        issuer=settings.issuer,
        audience=settings.audience,
        mode=settings.mode,
        clock=resources.clock,
    )
