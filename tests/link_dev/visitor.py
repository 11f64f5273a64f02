"""Calls the stack's hosts as a browser would, since Python does not resolve `*.localhost`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import ClientResponse, ClientSession

from link_dev.stack import Stack
from tests.support.clients.bridge_client import Json, Verifier, granted, new_key

API = "/v1/link/elements"
EMAIL = {"contact": "ama@shop.example", "contact_type": "email"}


@dataclass
class Visitor:
    """A browser with one frame of a business, `bus_demo` unless it is told, on the shop's page."""

    http: ClientSession
    stack: Stack
    business_id: str = "bus_demo"
    issued: list[str] = field(default_factory=list)

    async def call(
        self,
        host: str,
        path: str,
        body: object = None,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ClientResponse:
        """Call a host by its name on loopback; a body makes it a POST of JSON."""
        url = f"http://127.0.0.1:{self.stack.ports.public}{path}"
        named = {"Host": self.stack.origin(host).removeprefix("http://"), **(headers or {})}
        method = method or ("GET" if body is None else "POST")
        response = await self.http.request(method, url, json=body, headers=named)
        await response.read()
        return response

    async def post(
        self, route: str, body: object, *, key: str | None = None, token: str | None = None
    ) -> ClientResponse:
        """Post as the frame does."""
        headers = {"Origin": self.stack.origin("link"), "Idempotency-Key": key or new_key()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return await self.call("link", f"{API}/{route}", body, headers=headers)

    async def bootstrap(self, challenge: str, *, origin: str = "shop") -> ClientResponse:
        """Ask for a bootstrap token as a page of `origin` does."""
        return await self.call(
            "link",
            f"{API}/bootstrap?business_id={self.business_id}",
            {"element": "payment", "code_challenge": challenge},
            headers={"Origin": self.stack.origin(origin)},
        )

    async def handshake(self) -> Json:
        """Return the guest's `TokenGrant`."""
        verifier = Verifier.new()
        token = (await granted(await self.bootstrap(verifier.challenge)))["bootstrap_token"]
        body = {
            "bootstrap_token": token,
            "code_verifier": verifier.text,
            "business_id": self.business_id,
            "element": "payment",
            "parent_origin": self.stack.origin("shop"),
        }
        self.issued += [token, verifier.text]
        return self._kept(await granted(await self.post("init", body)))

    async def sign_in(self, guest: Json) -> Json:
        """Return the customer's `TokenGrant`, by a code from the outbox."""
        access_token = guest["access_token"]
        await granted(await self.post("request-otp", EMAIL, token=access_token))
        body = {**EMAIL, "otp_code": self.stack.outbox.sent[0].code}
        self.issued += [body["otp_code"], EMAIL["contact"]]
        return self._kept(await granted(await self.post("verify-otp", body, token=access_token)))

    async def refresh(self, grant: Json, *, key: str | None = None) -> ClientResponse:
        """Spend the grant's refresh token."""
        return await self.post("refresh", {"refresh_token": grant["refresh_token"]}, key=key)

    def _kept(self, grant: Json) -> Json:
        self.issued += [grant["access_token"], grant["refresh_token"]]
        return grant
