"""The public classes of `link_dev.testing`: the stack, its customers and their elements sessions.

All methods block and need no event loop: call them from any test and any thread.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_api.auth.codes import redis_keys
from link_dev.stack import Stack
from link_dev.testkit.loopback_http import Answer, Json, call
from link_dev.testkit.proof_key import ProofKey
from link_dev.testkit.reserved import reserved_phone
from link_dev.testkit.stack_thread import StackThread
from link_kernel.ids import new_id, to_base64url
from link_kernel.redis.connection import connect

PREFIX: Final = "/v1/link"
DEMO_BUSINESS: Final = "bus_demo"

Element = Literal["auth", "address", "payment"]


@dataclass(frozen=True, slots=True)
class SignedInCustomer:
    """A signed-in customer: a new one, unless their contact is known already."""

    contact: str
    customer_id: str
    account_id: str
    session_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    stack: "LinkStack" = field(repr=False)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        confirmation: str | None = None,
    ) -> Answer:
        """Call a route below `/v1/link` as this customer.

        `key` is an `Idempotency-Key`, and `confirmation` what `contacts/verify-otp` answered.
        """
        headers = {"Authorization": f"Bearer {self.session_token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if confirmation is not None:
            headers["Link-Confirmation"] = confirmation
        return self.stack.call(method, path, body, headers=headers)

    def get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Return `data` of `GET /v1/link/<path>`; raises `Refused`."""
        return self.call("GET", path).data

    def post(self, path: str, body: object = None) -> Any:  # noqa: ANN401  # JSON
        """Return `data` of `POST /v1/link/<path>`; raises `Refused`."""
        return self.call("POST", path, {} if body is None else body).data

    def delete(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Return `data` of `DELETE /v1/link/<path>`; raises `Refused`."""
        return self.call("DELETE", path).data


@dataclass(slots=True)
class ElementsSession:
    """The session of one frame: its access token, its refresh token, and the key they are bound to.

    `grant` is the newest `TokenGrant`, `key` signs the proofs.
    """

    stack: "LinkStack" = field(repr=False)
    key: ProofKey = field(repr=False)
    grant: Json = field(repr=False)

    @property
    def id(self) -> str:
        """The session's id, `els_…`."""
        return str(self.grant["session"]["id"])

    @property
    def state(self) -> str:
        """`guest` or `authenticated`."""
        return str(self.grant["session"]["state"])

    @property
    def access_token(self) -> str:
        """The access token, a JWT valid for five minutes."""
        return str(self.grant["access_token"])

    def headers(self, method: str, url: str) -> dict[str, str]:
        """Return `Authorization` and `DPoP` for one call of `url`, which may be your own server's.

        A proof serves one call: ask for new headers each time.
        """
        proof = self.key.proof(method, url, token=self.access_token)
        return {"Authorization": f"DPoP {self.access_token}", "DPoP": proof}

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Call a route below `/v1/link` as the frame does, from its own origin."""
        url = f"{self.stack.elements_origin}{PREFIX}/{path}"
        own = {"Origin": self.stack.elements_origin, "Idempotency-Key": _new_key()}
        return call(method, url, body, {**own, **self.headers(method, url)})

    def refresh(self) -> None:
        """Spend the refresh token; the session goes on with its successor. Raises `Refused`."""
        body = {"refresh_token": self.grant["refresh_token"]}
        self.grant = self.stack.spend("refresh", body, self.key, body["refresh_token"])

    def prove(self, contact: str) -> None:
        """Verify a contact by a code inside the frame: the token then has `otp` in its `amr`.

        A guest becomes that contact's customer. Raises `Refused`.
        """
        asked = {"contact": contact, "contact_type": _type_of(contact)}
        self.stack.forget_codes()
        _ = self.call("POST", "elements/request-otp", asked).data
        body = {**asked, "otp_code": self.stack.code_sent_to(contact)}
        self.grant = self.call("POST", "elements/verify-otp", body).data


@dataclass(frozen=True, slots=True)
class LinkStack:
    """Bridge, Link API and Redis, running in this process on free ports of 127.0.0.1.

    `running` is the stack, `thread` the thread that it runs in.
    """

    running: Stack = field(repr=False)
    thread: StackThread = field(repr=False)

    @property
    def link_api_url(self) -> str:
        """The base URL of the Link API for your server: routes are below `/v1/link`."""
        return self.running.ports.link_url

    @property
    def bridge_url(self) -> str:
        """The base URL of the bridge for your server: routes are below `/v1/link/elements`."""
        return self.running.ports.loopback_url

    @property
    def internal_url(self) -> str:
        """The base URL of the bridge's internal listener: `/authorize`, `/readyz`, `/metrics`."""
        return self.running.ports.internal_url

    @property
    def jwks_url(self) -> str:
        """The URL of the keys that access tokens are verified with (JWKS)."""
        return f"{self.bridge_url}{PREFIX}/elements/jwks.json"

    @property
    def issuer(self) -> str:
        """`iss` of access tokens."""
        return self.running.origin("api")

    @property
    def audience(self) -> str:
        """`aud` of access tokens."""
        return f"{self.issuer}{PREFIX}"

    @property
    def elements_origin(self) -> str:
        """The origin of the frames, as browsers spell it; they resolve it to this machine."""
        return self.running.origin("link")

    @property
    def shop_origin(self) -> str:
        """The one origin that `bus_demo` lists."""
        return self.running.origin("shop")

    @property
    def redis_url(self) -> str:
        """The session store's Redis."""
        return self.running.redis_url

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call a route below `/v1/link` of the Link API as a server does."""
        return call(method, f"{self.link_api_url}{PREFIX}/{path}", body, headers)

    def sign_in(self, contact: str | None = None) -> SignedInCustomer:
        """Sign in a customer by a code, as a merchant's own page would; raises `Refused`.

        `contact` is a phone number (E.164) or an e-mail address; by default a new reserved number.
        """
        contact = contact or reserved_phone()
        asked = {"contact": contact, "contact_type": _type_of(contact)}
        self.forget_codes()
        _ = self.call("POST", "auth/request-otp", asked).data
        body = {**asked, "otp_code": self.code_sent_to(contact)}
        login = self.call("POST", "auth/verify-otp", body).data
        return SignedInCustomer(
            contact=contact,
            customer_id=login["customer_id"],
            account_id=login["account_id"],
            session_token=login["session_token"],
            refresh_token=login["refresh_token"],
            stack=self,
        )

    def code_sent_to(self, contact: str) -> str:
        """Return the newest code that was sent to a contact; raises `LookupError`."""
        for sent in self.running.outbox.sent:
            if sent.contact == contact:
                return sent.code
        raise LookupError("no code was sent to this contact")

    def forget_codes(self) -> None:
        """Reset the rate limits on codes, so that the next code can be sent at once.

        `sign_in` and `prove` call it: in tests one address asks for the codes of all customers.
        """
        self.thread.run(self._forget_codes())

    def elements_session(
        self,
        customer: SignedInCustomer | None = None,
        element: Element = "payment",
        *,
        business_id: str = DEMO_BUSINESS,
        parent_origin: str | None = None,
    ) -> ElementsSession:
        """Run the handshake between a page of `parent_origin` and a frame; raises `Refused`.

        Without a `customer` the session is a guest's. By default the page is the demo shop's.
        """
        page, verifier = parent_origin or self.shop_origin, to_base64url(secrets.token_bytes(32))
        headers = {"Origin": page}
        if customer is not None:
            headers["Authorization"] = f"Bearer {customer.session_token}"
        challenge = to_base64url(hashlib.sha256(verifier.encode()).digest())
        url = f"{self.elements_origin}{PREFIX}/elements/bootstrap?business_id={business_id}"
        asked = {"element": element, "code_challenge": challenge}
        token = call("POST", url, asked, headers).data["bootstrap_token"]
        body = {
            "bootstrap_token": token,
            "code_verifier": verifier,
            "business_id": business_id,
            "element": element,
            "parent_origin": page,
        }
        key = ProofKey()
        return ElementsSession(self, key, self.spend("init", body, key, token))

    def spend(self, route: str, body: Json, key: ProofKey, token: str) -> Json:
        """Spend a bootstrap or refresh token and return the `TokenGrant`; raises `Refused`."""
        url = f"{self.elements_origin}{PREFIX}/elements/{route}"
        headers = {
            "Origin": self.elements_origin,
            "Idempotency-Key": _new_key(),
            "DPoP": key.proof("POST", url, token=token),
        }
        grant: Json = call("POST", url, body, headers).data
        return grant

    def add_business(self, *origins: str, name: str = "Test shop") -> str:
        """Create a merchant whose pages of these origins may embed elements; return its id.

        An origin is spelled as browsers spell it: `https://shop.example`, no path.
        """
        business = StoredBusiness(new_id("bus"), name, "enabled", "test", origins, 0)
        self.thread.run(self._put(business))
        return business.id

    async def _forget_codes(self) -> None:
        async with connect(self.redis_url) as redis:
            for primary in await redis.primaries():
                for pattern in redis_keys.counts_of("*"):
                    async for found in primary.scan_iter(pattern):
                        await primary.delete(found)

    async def _put(self, business: StoredBusiness) -> None:
        async with connect(self.redis_url) as redis:
            await RedisBusinesses(redis).put(business)


def _new_key() -> str:
    return secrets.token_urlsafe(24)


def _type_of(contact: str) -> str:
    return "email" if "@" in contact else "phone"
