"""Drives a real Link API over HTTP as a shop's server, a shop's page and the bridge would."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientResponse, DummyCookieJar
from aiohttp.test_utils import TestClient
from sqlalchemy import text

from link_api.app import open_link_api
from link_api.auth.records import CodeToSend, Notice
from link_api.database.session import reading
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.contract.wire import Channel
from link_kernel.ids import new_id
from link_kernel.keys.keyring_file import SecretKeyring
from link_kernel.web.application import new_application
from tests.support.clients.whole_response import WholeResponse
from tests.support.servers.production_server import ProductionTestServer

SHOP = "https://shop.example"
OTHER_SHOP = "https://other.example"
UNLISTED = "https://evil.example"
PREFIX = "/v1/link"
API = f"{PREFIX}/auth"
PHONE = "+233241234567"
COOKIE = "__Host-link_refresh"
BRIDGE_TOKEN = "what-bridge-and-link-api-share"

Json = dict[str, Any]


def new_key() -> str:
    """Return a fresh `Idempotency-Key`."""
    return secrets.token_urlsafe(24)


def new_phone() -> str:
    """Return one of ten million valid numbers."""
    return f"+23324{secrets.randbelow(10**7):07}"


def new_address() -> str:
    """Return a random client address, so that tests do not share rate limits."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


def new_binding() -> str:
    """Return a business and a parent origin, as the bridge sends them."""
    return f"{new_id('bus')} {SHOP}"


@dataclass
class Outbox:
    """A fake OTP sender that stores the codes and the notices."""

    sent: list[tuple[Contact, CodeToSend]] = field(default_factory=list)
    notices: list[tuple[Contact, Notice]] = field(default_factory=list)

    def channels(self, contact: Contact) -> tuple[Channel, ...]:
        """Return two channels for phones."""
        return ("email",) if contact.contact_type == "email" else ("sms", "whatsapp")

    async def send(self, contact: Contact, code: CodeToSend) -> None:
        """Keep the code."""
        self.sent.append((contact, code))

    async def notify(self, contact: Contact, notice: Notice) -> None:
        """Keep the notice."""
        self.notices.append((contact, notice))

    @property
    def code(self) -> str:
        """The newest code."""
        return self.sent[-1][1].code


@dataclass(frozen=True)
class Asking:
    """The client address and the credentials of a call.

    With a `binding` it is the bridge's, for the elements session `asker`.
    """

    origin: str | None = None
    key: str | None = None
    token: str | None = None
    cookie: str | None = None
    binding: str | None = None
    asker: str = "els_0123456789abcdefABCDEF"
    address: str | None = None
    confirmation: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_headers(self) -> dict[str, str]:
        """Return the request headers that carry these values."""
        token = self.token or (BRIDGE_TOKEN if self.binding is not None else None)
        said = {
            "Origin": self.origin,
            "Idempotency-Key": self.key,
            "Authorization": token and f"Bearer {token}",
            "Cookie": self.cookie and f"{COOKIE}={self.cookie}",
            "Link-Otp-Binding": self.binding,
            "Link-Otp-Asker": None if self.binding is None else self.asker,
            "X-Forwarded-For": self.address,
            "Link-Confirmation": self.confirmation,
        }
        return {name: value for name, value in said.items() if value is not None} | {**self.headers}


SERVER = Asking()


@dataclass
class LinkClient:
    """One Link API, and the calls made to it."""

    http: TestClient[Any, Any]
    outbox: Outbox

    async def post(self, route: str, body: object, asking: Asking = SERVER) -> ClientResponse:
        """Post JSON to a route below `/v1/link/auth`."""
        return await self.http.post(f"{API}/{route}", json=body, headers=asking.as_headers())

    async def request_otp(
        self, contact: str = PHONE, asking: Asking = SERVER, contact_type: str = "phone"
    ) -> ClientResponse:
        """Request a one-time code."""
        body = {"contact": contact, "contact_type": contact_type}
        return await self.post("request-otp", body, asking)

    async def code_for(
        self, contact: str = PHONE, asking: Asking = SERVER, contact_type: str = "phone"
    ) -> str:
        """Request a one-time code and read it from the outbox."""
        response = await self.request_otp(contact, asking, contact_type)
        assert response.status == 200, await response.text()
        return self.outbox.code

    async def verify_otp(
        self,
        code: str,
        contact: str = PHONE,
        asking: Asking = SERVER,
        contact_type: str = "phone",
    ) -> ClientResponse:
        """Verify a one-time code."""
        body = {"contact": contact, "contact_type": contact_type, "otp_code": code}
        return await self.post("verify-otp", body, asking)

    async def log_in(
        self, contact: str = PHONE, asking: Asking = SERVER, contact_type: str = "phone"
    ) -> Json:
        """Log in and return the response body."""
        code = await self.code_for(contact, asking, contact_type)
        return await granted(await self.verify_otp(code, contact, asking, contact_type))

    async def refresh(
        self, token: str | None, key: str | None = None, asking: Asking = SERVER
    ) -> ClientResponse:
        """Spend a refresh token from the body, or leave it to the cookie."""
        body = {} if token is None else {"refresh_token": token}
        return await self.post("refresh", body, replace(asking, key=key or new_key()))

    async def call(
        self, method: str, path: str, body: object = None, asking: Asking = SERVER
    ) -> ClientResponse:
        """Call a route below `/v1/link`; without a body none is sent."""
        url = f"{PREFIX}/{path}"
        return await self.http.request(method, url, json=body, headers=asking.as_headers())

    async def sign_in(self, contact: str | None = None) -> "Customer":
        """Log a customer in, a new one unless said; return who calls as them."""
        login = await self.log_in(contact or new_phone(), Asking(address=new_address()))
        return Customer(self, login["session_token"], login["customer_id"])

    async def logout(self, token: str | None, asking: Asking = SERVER) -> ClientResponse:
        """Log out with a token."""
        return await self.post("logout", {}, replace(asking, token=token))


@dataclass(frozen=True)
class Customer:
    """A signed-in customer's own calls; each presents the newest of their `confirmations`."""

    link: LinkClient
    token: str
    id: str
    confirmations: list[str] = field(default_factory=list, compare=False)

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> ClientResponse:
        """Call a route below `/v1/link` with the customer's `lnk_`."""
        confirmation = self.confirmations[-1] if self.confirmations else None
        asking = Asking(token=self.token, key=key, confirmation=confirmation)
        return await self.link.call(method, path, body, asking)

    async def get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Return the `data` of a read."""
        return await data_of(await self.call("GET", path))

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Any:  # noqa: ANN401  # JSON
        """Return the `data` of a write that succeeds."""
        return await data_of(await self.call("POST", path, body, key=key))

    async def delete(self, path: str, *, key: str | None = None) -> Any:  # noqa: ANN401  # JSON
        """Return the `data` of a deletion."""
        return await data_of(await self.call("DELETE", path, key=key))


async def data_of(response: ClientResponse) -> Any:  # noqa: ANN401  # JSON
    """Return `data` of a success in the envelope; fail with the body for anything else."""
    body = await response.json()
    assert response.status in {200, 201}, body
    assert set(body) == {"success", "data"}
    assert response.headers["Cache-Control"] == "no-store"
    return body["data"]


def wrong(code: str) -> str:
    """Return a code that differs from this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def cookie_of(response: ClientResponse) -> str | None:
    """Return the value the refresh cookie is set to, if it is set."""
    found = [
        re.fullmatch(rf"{COOKIE}=([^;]*);.*", header)
        for header in response.headers.getall("Set-Cookie", [])
    ]
    return found[0][1] if found and found[0] else None


async def customers_in(database_url: str) -> list[tuple[str | None, ...]]:
    """Return id, phone and e-mail of every customer."""
    async with open_database(database_url) as engine, reading(engine) as session:
        rows = await session.fetch(Statement(text("SELECT id, phone, email FROM customers")))
        return [tuple(row) for row in rows]


async def granted(response: ClientResponse) -> Json:
    """Return the body of a success without envelope; fail with the body otherwise."""
    body: Json = await response.json()
    assert response.status == 200, body
    assert body["success"] is True
    return body


async def refusal(response: ClientResponse) -> tuple[int, str]:
    """Return status and code of an error, after checking the envelope."""
    body = await response.json()
    assert set(body) == {"success", "error"}, body
    assert body["success"] is False
    assert {"code", "message", "retryable"} <= set(body["error"])
    assert response.headers["X-Request-Id"]
    assert response.headers["Vary"] == "Origin"
    return response.status, body["error"]["code"]


def settings_for(redis_url: str, database_url: str, **overrides: object) -> Settings:
    """Return settings of a test deployment with a keyring of its own."""
    values: dict[str, object] = {
        "redis_url": redis_url,
        "keyring": SecretKeyring.new().model_dump_json(),
        "database_url": database_url,
        "mode": "test",
        "bridge_token": BRIDGE_TOKEN,
        "allowed_origins": f"{SHOP} {OTHER_SHOP}",
        **overrides,
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def running_link_api(settings: Settings, clock: Clock) -> AsyncIterator[LinkClient]:
    """Serve a Link API on a free port."""
    outbox = Outbox()
    async with open_link_api(settings, clock=clock, sender=outbox) as api:
        root = new_application()
        api.mount(root)
        # Cookies are set by hand: a jar would keep no `Secure` one for plain http.
        async with TestClient(
            ProductionTestServer(root), response_class=WholeResponse, cookie_jar=DummyCookieJar()
        ) as http:
            yield LinkClient(http, outbox)
