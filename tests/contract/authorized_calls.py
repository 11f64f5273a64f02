"""Gives generated calls valid credentials and bodies, so that they reach more than refusals."""

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from schemathesis import Case

from link_api.auth.records import CodePurpose
from link_dev.testkit.link_stack import DEMO_BUSINESS, LinkStack, SignedInCustomer
from link_dev.testkit.loopback_http import call
from link_dev.testkit.reserved import reserved_phone
from link_kernel.ids import to_base64url
from link_kernel.redis.connection import connect
from tests.support.clients.confirming import confirm_by_token

Json = dict[str, Any]
ValidCall = tuple[Json, dict[str, str]]

ELEMENTS: Final = "/v1/link/elements"
AUTH: Final = "/v1/link/auth"
HOME: Final = {"label": "Home", "street_address": "1 Ring Road", "city": "Accra", "region": "GA"}
SESSIONS: Final = "/v1/link/sessions"
# These calls end a login, so each gets a login of its own.
_ENDING: Final = {
    ("POST", f"{AUTH}/logout"),
    ("DELETE", SESSIONS),
    ("DELETE", f"{SESSIONS}/{{id}}"),
    ("DELETE", "/v1/link/account"),
}
# And these need a code for their purpose.
_CONFIRMED: Final = {
    ("GET", "/v1/link/account/export"): CodePurpose.EXPORT_ACCOUNT,
    ("DELETE", "/v1/link/account"): CodePurpose.CLOSE_ACCOUNT,
}


def new_wallet() -> Json:
    """Return the body of a wallet that can be saved."""
    return {"provider": "mtn", "phone_number": reserved_phone()}


@dataclass
class AuthorizedCalls:
    """The customer who makes most calls, the owner of the items in paths, and a frame."""

    stack: LinkStack
    calls: Iterator[int] = field(default_factory=itertools.count)
    items: dict[str, str] = field(default_factory=dict)
    customer: SignedInCustomer = field(init=False)
    owner: SignedInCustomer = field(init=False)
    ending: SignedInCustomer = field(init=False)
    phone: str = ""
    confirmation: str = ""

    def __post_init__(self) -> None:
        """Sign in both customers and start the frame's session."""
        self.customer, self.owner = self.stack.sign_in(), self.stack.sign_in()
        self.customer.post("enroll", {"contact": self.customer.contact})
        self.frame = self.stack.elements_session(self.customer, "address")

    def prepare(self, case: "Case[Any]") -> None:
        """Give a call valid credentials, and every third call a valid body too.

        Every fourth call stays as it was generated.
        """
        number = next(self.calls)
        # Invalid credentials count against an address, so each call has its own.
        case.headers["X-Forwarded-For"] = f"10.0.{number // 256 % 256}.{number % 256}"
        if number % 4 == 0:
            return
        method, path = case.operation.method.upper(), case.operation.path
        if (method, path) in _ENDING:
            self.ending = self.stack.sign_in()
        headers = self._credentials(method, path, number) | self._confirmed(method, path)
        if number % 3 == 0 and (method, path) in VALID_CALLS:
            body, own = VALID_CALLS[method, path](self)
            headers |= own
            is_report = path == f"{ELEMENTS}/reports"
            case.body = body
            case.media_type = "application/csp-report" if is_report else "application/json"
        if "{id}" in path:
            case.path_parameters["id"] = self._item(method, path)
            headers |= {"Link-Confirmation": self.confirmation} if "contacts" in path else {}
        if "business_id" in (case.query or {}):
            case.query["business_id"] = DEMO_BUSINESS
        for name in ("DPoP", "Link-Otp-Binding", "Link-Otp-Asker", "Link-Otp-Business-Name"):
            case.headers.pop(name, None)
        case.headers.update({"Idempotency-Key": new_key(), **headers})

    def _confirmed(self, method: str, path: str) -> dict[str, str]:
        """Return the header by which a call of the account presents its confirmation."""

        async def confirmed(token: str, purpose: CodePurpose) -> str:
            async with connect(self.stack.redis_url) as redis:
                return await confirm_by_token(redis, token, purpose)

        if (purpose := _CONFIRMED.get((method, path))) is None:
            return {}
        caller = self.ending if (method, path) in _ENDING else self.customer
        confirmation = self.stack.thread.run(confirmed(caller.session_token, purpose))
        return {"Link-Confirmation": confirmation}

    def _credentials(self, method: str, path: str, number: int) -> dict[str, str]:
        origin = {"Origin": self.stack.elements_origin}
        if path in {f"{ELEMENTS}/bootstrap", f"{ELEMENTS}/diagnose"}:
            return {"Origin": self.stack.shop_origin}
        if path in {f"{ELEMENTS}/init", f"{ELEMENTS}/refresh"}:
            return origin
        if path == f"{ELEMENTS}/logout":
            return origin | self.stack.elements_session().headers(method, self.url(path))
        if path.startswith(ELEMENTS) or (number % 5 == 0 and "{id}" not in path):
            return origin | self.frame.headers(method, self.url(path))
        caller = self.owner if "{id}" in path else self.customer
        if (method, path) in _ENDING:
            caller = self.ending
        return origin | {"Authorization": f"Bearer {caller.session_token}"}

    def url(self, path: str) -> str:
        """Return the URL that a frame's DPoP proof must name."""
        return f"{self.stack.elements_origin}{path}"

    def _item(self, method: str, path: str) -> str:
        """Return the id of an item of the owner."""
        if path.startswith(SESSIONS):
            return str(self.ending.get("sessions")[0]["id"])
        route = path.split("/")[3]
        if route == "contacts":
            return self._removable_contact()
        if method != "DELETE" and route in self.items:
            return self.items[route]
        saved = str(self.owner.post(route, ITEMS[route]())["id"])
        return saved if method == "DELETE" else self.items.setdefault(route, saved)

    def _removable_contact(self) -> str:
        """Return the id of a second contact of the owner's, whose removal is confirmed."""
        first, *others = self.owner.get("contacts")
        if others:
            second = others[0]
        else:
            self._confirm("add_contact", first["id"], self.owner.contact)
            new = {"purpose": "new_contact", "contact": reserved_phone(), "contact_type": "phone"}
            self._owner_posts("contacts/request-otp", new)
            self.phone = new["contact"]
            code = {"otp_code": self.stack.code_sent_to(self.phone)}
            second = self._owner_posts("contacts/verify-otp", new | code)
        self._confirm("remove_contact", second["id"], self.phone)
        return str(second["id"])

    def _confirm(self, purpose: str, contact_id: str, contact: str) -> None:
        """Confirm a purpose in the owner's session by a code to a contact."""
        self.stack.forget_codes()
        self.owner.post("contacts/request-otp", {"purpose": purpose, "contact_id": contact_id})
        code = self.stack.code_sent_to(contact)
        confirmed = self.owner.post("contacts/verify-otp", {"purpose": purpose, "otp_code": code})
        self.confirmation = confirmed["confirmation"]

    def _owner_posts(self, path: str, body: Json) -> Any:  # noqa: ANN401  # JSON
        return self.owner.call("POST", path, body, confirmation=self.confirmation).data

    def init(self) -> ValidCall:
        """Return a valid body for `init`."""
        verifier = to_base64url(secrets.token_bytes(32))
        challenge = to_base64url(hashlib.sha256(verifier.encode()).digest())
        url = self.url(f"{ELEMENTS}/bootstrap?business_id={DEMO_BUSINESS}")
        asked = {"element": "payment", "code_challenge": challenge}
        granted = call("POST", url, asked, {"Origin": self.stack.shop_origin}).data
        body = {
            "bootstrap_token": granted["bootstrap_token"],
            "code_verifier": verifier,
            "business_id": DEMO_BUSINESS,
            "element": "payment",
            "parent_origin": self.stack.shop_origin,
        }
        return body, {}

    def refresh(self) -> ValidCall:
        """Return a valid body and proof for `refresh`."""
        session = self.stack.elements_session()
        token = session.grant["refresh_token"]
        proof = session.key.proof("POST", self.url(f"{ELEMENTS}/refresh"), token=token)
        return {"refresh_token": token}, {"DPoP": proof}

    def contact(self) -> ValidCall:
        """Return a valid body that asks for a code."""
        self.stack.forget_codes()
        return {"contact": reserved_phone(), "contact_type": "phone"}, {}

    def purpose(self) -> ValidCall:
        """Return a valid body that asks for a code of one purpose."""
        self.stack.forget_codes()
        return {"purpose": "add_contact"}, {}

    def code_of_purpose(self) -> ValidCall:
        """Return a valid body that confirms a purpose in the login's session."""
        body, _ = self.purpose()
        caller = {"Authorization": f"Bearer {self.customer.session_token}"}
        own = {"Origin": self.stack.elements_origin}  # as the call that verifies it
        self.stack.call("POST", "contacts/request-otp", body, headers=caller | own)
        return body | {"otp_code": self.stack.code_sent_to(self.customer.contact)}, {}

    def code(self) -> ValidCall:
        """Return a valid body that verifies the code of a login."""
        body, _ = self.contact()
        own = {"Origin": self.stack.elements_origin}  # as the call that verifies it
        self.stack.call("POST", "auth/request-otp", body, headers=own)
        return body | {"otp_code": self.stack.code_sent_to(body["contact"])}, {}

    def code_in_frame(self) -> ValidCall:
        """Return a valid body that verifies the code of a new frame, and the frame's headers."""
        session = self.stack.elements_session()
        body, _ = self.contact()
        session.call("POST", "elements/request-otp", body)
        code = {"otp_code": self.stack.code_sent_to(body["contact"])}
        return body | code, session.headers("POST", self.url(f"{ELEMENTS}/verify-otp"))

    def order(self) -> ValidCall:
        """Return the body of an order that does not exist yet."""
        body = {"order_id": f"order-{secrets.token_hex(8)}", "business_id": DEMO_BUSINESS}
        return body | {"order_type": "pickup"}, {}

    def login_refresh(self) -> ValidCall:
        """Return a valid body that refreshes a login."""
        return {"refresh_token": self.stack.sign_in().refresh_token}, {}


def new_key() -> str:
    """Return a fresh `Idempotency-Key`."""
    return secrets.token_urlsafe(24)


ITEMS: Final[dict[str, Callable[[], Json]]] = {
    "addresses": lambda: dict(HOME),
    "mobile-money": new_wallet,
}
VALID_CALLS: Final[dict[tuple[str, str], Callable[[AuthorizedCalls], ValidCall]]] = {
    ("POST", f"{ELEMENTS}/init"): AuthorizedCalls.init,
    ("POST", f"{ELEMENTS}/refresh"): AuthorizedCalls.refresh,
    ("POST", f"{ELEMENTS}/reports"): lambda _: ({"csp-report": {}}, {}),
    ("POST", f"{ELEMENTS}/failures"): lambda _: ({"code": "timeout"}, {}),
    ("POST", f"{ELEMENTS}/request-otp"): AuthorizedCalls.contact,
    ("POST", f"{ELEMENTS}/verify-otp"): AuthorizedCalls.code_in_frame,
    ("POST", f"{AUTH}/request-otp"): AuthorizedCalls.contact,
    ("POST", f"{AUTH}/verify-otp"): AuthorizedCalls.code,
    ("POST", f"{AUTH}/refresh"): AuthorizedCalls.login_refresh,
    ("POST", "/v1/link/contacts/request-otp"): AuthorizedCalls.purpose,
    ("POST", "/v1/link/contacts/verify-otp"): AuthorizedCalls.code_of_purpose,
    ("POST", "/v1/link/addresses"): lambda _: (dict(HOME), {}),
    ("POST", "/v1/link/mobile-money"): lambda _: (new_wallet(), {}),
    ("POST", "/v1/link/check-status"): lambda _: ({"contact": reserved_phone()}, {}),
    ("POST", "/v1/link/enroll"): lambda p: ({"contact": p.customer.contact}, {}),
    ("POST", "/v1/link/enroll-and-link-order"): AuthorizedCalls.order,
    ("POST", "/v1/link/preferences"): lambda _: ({"notify_on_order": False}, {}),
}
