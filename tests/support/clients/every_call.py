"""Both services and calls of every kind to them, for what metrics and log say of calls."""

from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient

from tests.support.clients.bridge_client import BUSINESS, SHOP, granted, new_key, refusal
from tests.support.clients.bridge_sign_in import sign_in
from tests.support.clients.internal_client import RunningBridge
from tests.support.clients.link_client import UNLISTED, Asking, new_phone, wrong
from tests.support.clients.running_api import RunningApi


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


async def _call_the_bridge(services: Services) -> None:
    """Make calls of a frame, a page, a gateway, an operator and a stranger."""
    running, public = services.bridge, services.bridge.public
    document = f"/elements/auth?business_id={BUSINESS}&v=1&parent_origin="
    for path in (document + SHOP, document + UNLISTED, "/elements/auth", "/elements/sdk/v1.js"):
        await public.http.get(path)
    body = await public.init_body(element="auth")
    first = await granted(
        await public.post("init", body, key=new_key(), headers={"Open-Ms": "1200"})
    )
    for code in ("timeout", "strange"):
        await public.post("failures", {"code": code})
    key = new_key()
    for used in (key, key, new_key()):
        await public.refresh(first["refresh_token"], used)
    spent, key = await public.init(), new_key()
    newer = await granted(await public.refresh(spent["refresh_token"], key))
    await granted(await public.refresh(newer["refresh_token"]))
    await public.refresh(spent["refresh_token"], key)
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


async def _call_the_link_api(services: Services) -> None:
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


async def make_every_call(services: Services) -> None:
    """Make calls of every kind."""
    await _call_the_bridge(services)
    await _call_the_link_api(services)
