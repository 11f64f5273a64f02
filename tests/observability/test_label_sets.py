"""After calls of every kind both services say the metrics of docs/metrics.md, with its labels."""

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from aiohttp.test_utils import TestClient

from elements_bridge.keyring import KeyringFile
from link_api.auth.records import RotateLinkOutcome
from link_kernel.errors import ApiError
from link_kernel.metrics import OriginReason
from link_kernel.security_events import SecurityEvent
from link_kernel.sessions.outcomes import RotateOutcome
from link_kernel.sessions.records import Element
from tests.support.clients.bridge_client import BUSINESS, SHOP, granted, new_key, refusal
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.bridge_sign_in import sign_in
from tests.support.clients.internal_client import (
    INTERNAL_TOKEN,
    RunningBridge,
    running_both_listeners,
)
from tests.support.clients.link_client import UNLISTED, Asking, new_phone, settings_for, wrong
from tests.support.clients.running_api import RunningApi, running_api
from tests.support.figures import families, samples, scrape
from tests.support.metrics_page import documented_metrics, documented_series
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock

OUTCOMES: Final = {
    "link_request_seconds": {"ok", "refused", "limited", "unavailable", "failed"},
    "link_redis_seconds": {"ok", "error"},
    "link_sql_seconds": {"ok", "error"},
    "link_refreshes": {*RotateOutcome, *RotateLinkOutcome},
    "link_spent_token_seconds": {"replayed", "reused", "superseded", "key_reused"},
    "link_otp": {
        *("sent", "limited", "failed", "refused", "unavailable"),
        *("verified", "wrong", "expired", "exhausted"),
    },
}
ERROR_MODULES: Final = (
    "link_kernel.auth.refresh_errors",
    "elements_bridge.errors",
    "link_api.errors",
)
LIMITS: Final = {
    *("bootstrap", "init", "diagnose", "documents"),
    *("bootstrap_48", "init_48", "diagnose_48", "documents_48"),
    *("guests", "guests_network", "calls", "session_calls", "refused_calls", "logouts"),
    *("refresh", "rotations", "check_status", "check_status_all"),
    *("otp_minute", "otp_wait", "otp_daily", "otp_hourly", "otp_strangers", "otp_contacts"),
    *("otp_hourly_network", "otp_hourly_all"),
}


@dataclass(frozen=True)
class Services:
    """Both services, each with both listeners; the bridge signs in by the Link API."""

    bridge: RunningBridge
    link: RunningApi

    @property
    def internal(self) -> tuple[TestClient[Any, Any], ...]:
        """The internal listeners."""
        return self.bridge.http, self.link.http

    def routes(self) -> set[str]:
        """Return the pattern of every route."""
        clients = (*self.internal, self.bridge.public.http, self.link.link.http)
        apps = [client.server.app for client in clients]  # type: ignore[attr-defined]  # ours has one
        return {resource.canonical for app in apps for resource in app.router.resources()}


@pytest.fixture
async def services(
    redis_url: str, tmp_path: Path, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[Services]:
    """Both services on one Redis."""
    settings = settings_for(redis_url, sqlite_in(tmp_path), limit_check_status=2)
    async with running_api(settings, clock) as link:
        url = str(link.link.http.make_url(""))
        asked = bridge_settings_for(
            redis_url, keyring, mode="test", auth_service_url=url, internal_token=INTERNAL_TOKEN
        )
        async with running_both_listeners(asked, clock) as bridge:
            yield Services(bridge, link)


def codes(base: type[ApiError] = ApiError) -> set[str]:
    """Return the code of every refusal."""
    for module in ERROR_MODULES:
        import_module(module)  # `__subclasses__` knows what was imported
    own = {base.code} if hasattr(base, "code") else set()
    return own.union(*(codes(refusal) for refusal in base.__subclasses__()))


async def call_the_bridge(services: Services) -> None:
    """Make calls of a frame, a page, a gateway, an operator and a stranger."""
    running, public = services.bridge, services.bridge.public
    document = f"/elements/auth?business_id={BUSINESS}&v=1&parent_origin="
    for path in (document + SHOP, document + UNLISTED, "/elements/auth", "/elements/sdk/v1.js"):
        await public.http.get(path)
    body = await public.init_body(element="auth")
    first = await granted(
        await public.post("init", body, key=new_key(), headers={"Open-Ms": "1200"})
    )
    key = new_key()
    for used in (key, key, new_key()):
        await public.refresh(first["refresh_token"], used)
    grant = await sign_in(public, services.link.link.outbox, await public.init())
    for _ in range(11):
        answer = await public.refresh(grant["refresh_token"])
        grant = await granted(answer) if answer.status == 200 else grant
    for token in (grant["access_token"], first["access_token"], "no.token.this", None):
        await running.authorize(token)
    await public.post("logout", {"scope": "element"}, token=grant["access_token"])
    for origin in (None, "null", UNLISTED, "https://Shop.example"):
        url = f"bootstrap?business_id={BUSINESS}"
        await public.post(url, {"element": "auth", "code_challenge": "a" * 43}, origin=origin)
    await running.introspect(grant["access_token"])
    await running.revoke({"session_id": grant["session"]["id"]})
    await running.revoke({}, Authorization="Bearer wrong")
    for method in ("BREW", "PATCH", "POST"):
        await public.http.request(method, f"/{new_key()}")
    await running.http.get("/readyz")


async def call_the_link_api(services: Services) -> None:
    """Make calls of a customer, a shop's server and a stranger."""
    link, phone = services.link.link, new_phone()
    code = await link.code_for(phone)
    await link.request_otp(phone)
    await link.verify_otp(wrong(code), phone)
    await link.request_otp("+12025550177")
    await link.code_for("labelled@example.com", contact_type="email")
    ama = await link.sign_in()
    await ama.get("data")
    await refusal(await ama.call("DELETE", "addresses/addr_0123456789abcdef"))
    await link.call("GET", "addresses", None, Asking(origin=UNLISTED))
    await link.call("GET", new_key())
    for _ in range(3):
        await link.call("POST", "check-status", {"contact": "labelled@example.com"})
    await services.link.http.get("/readyz")


def closed_sets(services: Services) -> dict[str, Collection[str]]:
    """Return the values that a label may have, those of `outcome` by metric."""
    return OUTCOMES | {
        "route": services.routes() | {"unknown"},
        "method": {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"},
        "kind": {"read", "transaction"},
        "code": codes(),
        "event": set(SecurityEvent),
        "reason": set(OriginReason),
        "country": {*services.link.api.services.countries.others, "other", "email"},
        "element": get_args(Element),
        "status": {"200", "401", "403", "503"},
        "limit": LIMITS,
    }


def check(name: str, labels: dict[str, str], closed: dict[str, Collection[str]]) -> None:
    """Compare the labels of a series with the page, and their values with the closed sets."""
    assert labels.keys() == documented_series()[name], name
    family = re.sub("_(total|bucket|count|sum)$", "", name)
    for label in labels.keys() - {"le", "version", "python"}:
        assert labels[label] in closed[family if label == "outcome" else label], (name, labels)


async def test_both_services_say_what_the_page_says_with_closed_sets_of_labels(
    services: Services,
) -> None:
    await call_the_bridge(services)
    await call_the_link_api(services)
    closed, counted = closed_sets(services), set[str]()
    for http in services.internal:
        text = await scrape(http)
        kinds = {
            family.name + ("_total" if family.type == "counter" else ""): family.type
            for family in families(text).values()
            if not family.name.endswith("_created")
        }
        assert kinds == {name: metric.kind for name, metric in documented_metrics().items()}
        for name, labels, _ in samples(text):
            if not name.endswith("_created"):
                check(name, labels, closed)
                counted.add(name)
    assert counted == documented_series().keys()
