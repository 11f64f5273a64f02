"""Runs the whole stack in one process: both services, Redis and the harness (`make dev`, tests)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from elements_bridge.app import Bridge, open_bridge
from elements_bridge.keyring import KeyringFile, new_keyring_file
from elements_bridge.settings import Settings
from link_api.app import LinkApi, open_link_api
from link_api.contract.operations import PREFIX
from link_api.settings import Settings as LinkSettings
from link_dev.embedded.free_port import held
from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.redis_failover import failing_over
from link_dev.gateway import Gateway, handling
from link_dev.harness import paystack
from link_dev.harness.addresses import LOOPBACK, Ports, host
from link_dev.harness.cookies import own_cookies
from link_dev.harness.demo import PageBusinesses, write_demo_businesses
from link_dev.harness.faults import Faults
from link_dev.harness.hosts import by_host, host_name
from link_dev.harness.later import Later
from link_dev.harness.others import Others
from link_dev.harness.outages import Breaking, Outages
from link_dev.harness.outbox import Outbox
from link_dev.harness.pages import add_diagnose, add_embed, add_harness, add_tab, merchant_csp
from link_dev.harness.trace import Trace
from link_dev.harness.whose import Whose
from link_kernel.clock import Clock, SystemClock
from link_kernel.keys.keyring_file import SecretKeyring, read_keyring
from link_kernel.redis.connection import connect
from link_kernel.web.application import new_application
from link_kernel.web.listen import Listener, listening
from link_kernel.web.server import WRAPPERS

_STOP_S: Final = 2.0
_TOKEN_BYTES: Final = 24
_OUTBOX: Final = "/dev/outbox"
_OF_SERVICES: Final = ("link", "api")
# All callers of a test's stack share one address, and a suite makes more calls than a network does.
_HIGH_LIMIT: Final = 100_000
_RAISED: Final = (
    *("limit_bootstrap", "limit_init", "limit_guests", "limit_guests_crowd"),
    *("limit_refresh", "limit_calls", "limit_session_calls", "limit_refused_calls"),
)
_RAISED_API: Final = {
    "limit_check_status": 1_000,
    "limit_check_status_all": _HIGH_LIMIT,
    "limit_refused_calls": _HIGH_LIMIT,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start: the ports, the Redis, and changed settings.

    Without a `redis_url` an embedded Redis is started. `bridge` and `link` override fields of each
    service's `Settings`. With `deployed_limits` calls are bounded as in production.
    """

    ports: Ports
    redis_url: str | None = None
    keyring: KeyringFile | str | None = field(default=None, repr=False)
    clock: Clock = field(default_factory=SystemClock)
    deployed_limits: bool = False
    bridge: Mapping[str, Any] = field(default_factory=dict)
    link: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stack:
    """The running stack; `origin` gives the URL of a host."""

    ports: Ports
    redis_url: str
    redis_origin: str
    keyring: str = field(repr=False)
    bridge_token: str = field(repr=False)
    outbox: Outbox
    faults: Faults
    trace: Trace

    def origin(self, name: str) -> str:
        """Return the origin of `shop`, `link`, `api`, `other` or `evil`."""
        return self.ports.origin(name)


@asynccontextmanager
async def open_stack(plan: Plan, *, outbox: Outbox | None = None) -> AsyncIterator[Stack]:
    """Start the stack and stop it when the context ends; no process or file is left behind.

    Raises `PortTaken`, `RedisBinaryMissing`, `RedisNotStarted`, `StoreUnavailable`,
    `KeyringError`, `DatabaseError` and `BrowserCodeMissing`.
    """
    async with AsyncExitStack() as opened:
        redis_url, redis_origin, folder, failovers = await _redis(plan, opened)
        async with connect(redis_url) as redis:
            await write_demo_businesses(redis, plan.ports)
        outbox = outbox or Outbox(plan.clock, plan.ports.origin("link"))
        whose = Whose()
        stack = Stack(
            ports=plan.ports,
            redis_url=redis_url,
            redis_origin=redis_origin,
            keyring=_keyring(plan),
            bridge_token=token_urlsafe(_TOKEN_BYTES),
            outbox=outbox,
            faults=Faults(whose),
            trace=Trace(outbox.sent_with, whose),
        )
        gateway = Gateway(lambda: _services(plan, stack, folder))
        await opened.enter_async_context(gateway.running())
        outages = Outages({"services": lambda: _deploying(gateway, plan.ports), **failovers})
        public = Listener(_public(stack, gateway, outages), LOOPBACK, plan.ports.public)
        await opened.enter_async_context(listening(public, shutdown_s=_STOP_S))
        await opened.enter_async_context(outages.running())
        yield stack


async def _redis(
    plan: Plan, opened: AsyncExitStack
) -> tuple[str, str, Path, Mapping[str, Breaking]]:
    """Return the Redis's URL, a description, a folder for the database, and what may break.

    A Redis that is not ours is never broken.
    """
    if plan.redis_url:
        folder = opened.enter_context(TemporaryDirectory(prefix="link-dev-"))
        return plan.redis_url, "the Redis of REDIS_URL", Path(folder), {}
    embedded = await opened.enter_async_context(EmbeddedRedis())
    failovers = {"redis": lambda: failing_over(embedded)}
    return embedded.url, embedded.origin, embedded.folder, failovers


def _keyring(plan: Plan) -> str:
    if isinstance(plan.keyring, str):
        return plan.keyring
    return (plan.keyring or new_keyring_file()).model_dump_json()


def _bridge_settings(plan: Plan, stack: Stack) -> Settings:
    api = stack.origin("api")
    return Settings.model_validate(
        {
            "redis_url": stack.redis_url,
            "keyring": stack.keyring,
            "public_url": api,
            "origin": stack.origin("link"),
            "auth_service_url": plan.ports.link_url,
            "auth_service_token": stack.bridge_token,
            "issuer": api,
            "audience": f"{api}{PREFIX}",
            "mode": "test",
            "host": LOOPBACK,
            "port": plan.ports.public,
            "internal_host": LOOPBACK,
            "internal_port": plan.ports.internal,
            "trusted_proxies": "127.0.0.0/8",  # the harness's crowds say whose calls they are
            **({} if plan.deployed_limits else dict.fromkeys(_RAISED, _HIGH_LIMIT)),
            **plan.bridge,
        }
    )


def _link_settings(plan: Plan, stack: Stack, folder: Path) -> LinkSettings:
    secrets = read_keyring(stack.keyring, KeyringFile).secrets
    return LinkSettings.model_validate(
        {
            "redis_url": stack.redis_url,
            "keyring": SecretKeyring(secrets=secrets).model_dump_json(),
            "database_url": f"sqlite+aiosqlite:///{folder / 'link.db'}",
            "mode": "test",
            "bridge_token": stack.bridge_token,
            "host": LOOPBACK,
            "port": plan.ports.link,
            "public_url": stack.origin("api"),
            "elements_origin": stack.origin("link"),
            "elements_jwks_url": f"{plan.ports.loopback_url}/v1/link/elements/jwks.json",
            "elements_issuer": stack.origin("api"),
            "elements_audience": f"{stack.origin('api')}{PREFIX}",
            "paystack_url": f"{plan.ports.internal_url}{paystack.MOUNTED_AT}",
            "paystack_secret_key": paystack.SECRET_KEY,
            **({} if plan.deployed_limits else _RAISED_API),
            "allowed_origins": frozenset({stack.origin("shop"), stack.origin("link")}),
            **plan.link,
        }
    )


@asynccontextmanager
async def _services(plan: Plan, stack: Stack, folder: Path) -> AsyncIterator[Handler]:
    """Run both services, and give what handles the calls of their public hosts."""
    async with (
        open_bridge(_bridge_settings(plan, stack), clock=plan.clock) as bridge,
        open_link_api(
            _link_settings(plan, stack, folder), clock=plan.clock, sender=stack.outbox
        ) as link_api,
        listening(*_listeners(stack, bridge, link_api), shutdown_s=_STOP_S),
        handling(_public_services(stack, bridge, link_api)) as handle,
    ):
        yield handle


@asynccontextmanager
async def _deploying(gateway: Gateway, ports: Ports) -> AsyncIterator[None]:
    """Restart both services; meanwhile nothing listens on the ports of their own."""
    async with gateway.restarting():
        with held(ports.internal), held(ports.link):
            yield


def _listeners(stack: Stack, bridge: Bridge, link_api: LinkApi) -> list[Listener]:
    internal = new_application(bridge.metrics)
    bridge.mount_internal(
        internal,
        web.get(_OUTBOX, stack.outbox.show),
        web.get(f"{paystack.MOUNTED_AT}/bank/resolve", paystack.resolve),
    )
    auth_service = new_application(link_api.metrics)
    link_api.mount(auth_service)
    auth_service[WRAPPERS].append(stack.trace.recording(lambda _request: "auth-service"))
    return [
        Listener(internal, LOOPBACK, stack.ports.internal, "INTERNAL_"),
        Listener(auth_service, LOOPBACK, stack.ports.link, "LINK_"),
    ]


def _public_services(stack: Stack, bridge: Bridge, link_api: LinkApi) -> web.Application:
    """Return both services on the hosts that browsers call, and on 127.0.0.1 for programs."""
    roots = {LOOPBACK: new_application(bridge.metrics)}
    bridge.mount_public(roots[LOOPBACK])
    for name in _OF_SERVICES:
        root = roots[host(name)] = new_application(bridge.metrics)
        bridge.mount_public(root)
        link_api.mount(root)
        root.middlewares.append(stack.faults.middleware())
    return by_host(roots, bridge.metrics)


def _public(stack: Stack, gateway: Gateway, outages: Outages) -> web.Application:
    roots = {host("shop"): _shop(stack, outages)}
    for name in ("other", "evil"):
        root = roots[host(name)] = new_application()
        add_embed(root)
        add_diagnose(root, stack.origin("link"))
    services = {LOOPBACK, *map(host, _OF_SERVICES)}
    public = by_host(roots, also=services)
    # The shop's pages and the harness's own calls would crowd the trace.
    traced = {host(name): name for name in (*_OF_SERVICES, "other", "evil")}
    public[WRAPPERS] += [
        gateway.before(services),
        stack.trace.recording(lambda call: traced.get(host_name(call))),
        own_cookies,
    ]
    return public


def _shop(stack: Stack, outages: Outages) -> web.Application:
    root = new_application()
    csp = merchant_csp(stack.origin("link"), api=stack.origin("api"), evil=stack.origin("evil"))
    add_harness(root, csp)
    add_embed(root)
    add_tab(root, stack.origin("api"))
    add_diagnose(root, stack.origin("link"))
    root.router.add_get(_OUTBOX, stack.outbox.show)
    root.router.add_get("/dev/trace", stack.trace.stream)
    others = Others(stack.ports, stack.outbox)
    root.router.add_post("/dev/crowd", others.crowd)
    root.router.add_post("/dev/strangers", others.strangers)
    later = Later(stack.redis_url, stack.keyring, stack.outbox)
    root.router.add_post("/dev/later", later.pass_minutes)
    root.router.add_post("/dev/businesses", PageBusinesses(stack.redis_url, stack.ports).add)
    stack.faults.add_to(root, "/dev/faults")
    outages.add_to(root, "/dev/outages")
    root.on_shutdown.append(stack.trace.close)
    return root
