"""The internal listener."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from redis.asyncio import Redis

from elements_bridge.app import open_bridge
from elements_bridge.keyring import KeyringFile
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import settings_for
from tests.support.clients.internal_client import RunningBridge
from tests.support.clients.limited_calls import bootstrap
from tests.support.clients.whole_response import WholeResponse
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered

Http = TestClient[Any, Any]


@pytest.fixture
async def internal(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[Http]:
    """The internal listener alone."""
    settings = settings_for(
        redis_url, keyring, internal_names="bridge, Bridge.Shop.SVC.cluster.local."
    )
    async with open_bridge(settings, clock=clock) as bridge:
        root = new_application()
        bridge.mount_internal(root)
        async with TestClient(ProductionTestServer(root), response_class=WholeResponse) as http:
            yield http


async def test_a_running_and_ready_bridge_says_so(internal: Http) -> None:
    async def has_looked_for_shops() -> bool:
        ready = await internal.get("/readyz")
        return bool((await ready.json())["businesses"] == "none_known")

    await until_answered(has_looked_for_shops)
    health = await internal.get("/healthz")
    ready = await internal.get("/readyz")
    assert (health.status, await health.json()) == (200, {"status": "ok"})
    everything = dict.fromkeys(
        ("serving", "redis", "keyring", "revocations", "auth_service", "forwarded_for"), "ok"
    )
    # This one has no shop yet.
    assert (ready.status, await ready.json()) == (200, {**everything, "businesses": "none_known"})


async def test_a_proxy_that_is_not_trusted_is_named_by_a_bridge_that_stays_ready(
    both_listeners: RunningBridge,
) -> None:
    """Without `ELEMENTS_TRUSTED_PROXIES` the whole site is one address to the limits."""
    await bootstrap(both_listeners.public, "198.51.100.1")

    ready = await both_listeners.http.get("/readyz")

    assert (ready.status, (await ready.json())["forwarded_for"]) == (200, "not_believed")
    figures = await (await both_listeners.http.get("/metrics")).text()
    assert "link_forwarded_for_not_believed_total 1.0" in figures


async def test_a_redis_that_evicts_is_not_ready(internal: Http, redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        ready = await internal.get("/readyz")
        assert (ready.status, (await ready.json())["redis"]) == (503, "evicts")
        assert (await internal.get("/healthz")).status == 200
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:8090", "localhost", "LOCALHOST:8090", "localhost:99999", "[::1]:8090"),
        *("bridge", "Bridge:8090", "bridge.", "bridge.shop.svc.cluster.local.:8090"),
        *("10.1.2.3:8090", "[2001:db8::1]:8090"),
    ],
)
async def test_it_answers_to_its_names_and_to_every_address(internal: Http, host: str) -> None:
    """A platform's probe asks a pod by its address, and services each other by a name."""
    assert (await internal.get("/healthz", headers={"Host": host})).status == 200


async def test_a_request_without_a_host_is_of_no_browser(internal: Http) -> None:
    """So are the probes of HTTP/1.0, such as HAProxy's."""
    assert await status_of(internal, "GET /healthz HTTP/1.0\r\n\r\n") == "200"


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("rebound.evil.example:8090", "rebound.evil.example"),
        ("localhost.evil.example", "localhost.evil.example"),
        ("bridge.evil.example", "bridge.evil.example"),
        ("bridge-2", "bridge-2"),
        ("a" * 300, "a" * 260),
        *((text, "a malformed name") for text in ("a:b:c", "[::1", "evil@localhost", "x\\y", "")),
    ],
)
async def test_a_web_page_cannot_reach_it_by_dns_rebinding(
    internal: Http, caplog: pytest.LogCaptureFixture, host: str, named: str
) -> None:
    """The refusal says which setting, and the log also which name."""
    caplog.set_level(logging.INFO)
    answer = await internal.get("/healthz", headers={"Host": host})
    refusal = (await answer.json())["error"]

    assert (answer.status, refusal["code"]) == (421, "HOST_NOT_ALLOWED")
    assert refusal["details"] == {"setting": "ELEMENTS_INTERNAL_NAMES"}
    assert not host or host not in await answer.text()
    (line,) = (record for record in caplog.records if record.msg == "refused")
    assert vars(line)["detail"] == f"{named} is not in ELEMENTS_INTERNAL_NAMES"


async def test_two_hosts_are_malformed_http(internal: Http) -> None:
    """As RFC 9112 demands; which one counts would depend on who reads them."""
    twice = "Host: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert await status_of(internal, f"GET /healthz HTTP/1.1\r\n{twice}") == "401"


async def status_of(internal: Http, raw: str) -> str:
    """Send a request as it stands; return the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", internal.port)
    writer.write(raw.encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return answer.split()[1].decode()


async def test_no_route_answers_a_foreign_host(internal: Http) -> None:
    server = internal.server
    assert isinstance(server, ProductionTestServer)
    routes = [
        (route.method, route.resource.canonical)
        for route in server.app.router.routes()
        if route.resource is not None and "{" not in route.resource.canonical
    ]
    assert {path for _, path in routes} >= {"/authorize", "/introspect", "/revoke", "/metrics"}
    for method, path in routes:
        called = "PUT" if method == "*" else method
        answer = await internal.request(called, path, headers={"Host": "rebound.evil.example"})
        assert answer.status == 421, (called, path)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_a_probe_may_ask_by_head(internal: Http, path: str) -> None:
    """As load balancers do; any other method is 405."""
    by_head, by_get = await internal.head(path), await internal.get(path)
    assert (by_head.status, await by_head.read()) == (200, b"")
    assert by_head.headers["Content-Type"] == by_get.headers["Content-Type"]
    assert (await internal.put(path)).status == 405


async def test_the_public_routes_are_not_there(internal: Http) -> None:
    for path in ("/v1/link/elements/jwks.json", "/elements/sdk/v1.js"):
        assert (await internal.get(path)).status == 404
