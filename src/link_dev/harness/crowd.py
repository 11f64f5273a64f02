"""A crowd of customers behind one address, and one session that floods: real calls, from here.

No page can make them: a browser has one address, and the frame's key stays in the frame.
"""

import hashlib
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final

from aiohttp import ClientSession, web
from pydantic import BaseModel, ConfigDict, Field

from link_api.contract.operations import PREFIX
from link_dev.harness.addresses import Ports, host
from link_dev.testkit.proof_key import ProofKey
from link_kernel.ids import to_base64url
from link_kernel.web.client_address import FORWARDED_FOR
from link_kernel.web.request import read_body

# RFC 2544's networks, which nobody's customers have. Each run takes another address of them.
_ADDRESSES: Final = IPv4Network("198.18.0.0/15")
_BUSINESS: Final = "bus_demo"
_ELEMENT: Final = "payment"
_OK: Final = 200


class CrowdOrder(BaseModel):
    """How many customers come, how many of them ask for a code, and how often one session calls."""

    model_config = ConfigDict(extra="forbid", strict=True)

    customers: int = Field(ge=1, le=200)
    codes: int = Field(ge=0, le=200)
    flood: int = Field(ge=0, le=100)


@dataclass
class _Customer:
    """One customer's frame of the demo shop, as the services see it."""

    http: ClientSession
    ports: Ports
    address: str
    key: ProofKey = field(default_factory=ProofKey)
    token: str = ""

    async def handshake(self) -> int:
        """Start a guest's session; return the status of its last call."""
        verifier = to_base64url(secrets.token_bytes(32))
        challenge = to_base64url(hashlib.sha256(verifier.encode()).digest())
        shop = self.ports.origin("shop")
        asked = {"element": _ELEMENT, "code_challenge": challenge}
        status, data = await self._post(f"bootstrap?business_id={_BUSINESS}", asked, {}, shop)
        if status != _OK:
            return status
        body = {
            "bootstrap_token": data["bootstrap_token"],
            "code_verifier": verifier,
            "business_id": _BUSINESS,
            "element": _ELEMENT,
            "parent_origin": shop,
        }
        status, data = await self._proved("init", body, data["bootstrap_token"])
        self.token = data.get("access_token", "")
        return status

    async def ask_for_code(self) -> int:
        """Ask for a code to a phone number of one's own; return the status."""
        return (await self._signed("request-otp", _own_number()))[0]

    async def try_code(self) -> int:
        """Try a code for a number to which none was sent; return the status."""
        return (await self._signed("verify-otp", {**_own_number(), "otp_code": "000000"}))[0]

    async def _signed(self, route: str, body: dict[str, str]) -> tuple[int, Any]:
        headers = {"Authorization": f"DPoP {self.token}"}
        return await self._proved(route, body, self.token, headers)

    async def _proved(
        self, route: str, body: object, token: str, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        url = f"{self.ports.origin('link')}{PREFIX}/elements/{route}"
        sent = {
            **(headers or {}),
            "Idempotency-Key": secrets.token_urlsafe(24),
            "DPoP": self.key.proof("POST", url, token=token),
        }
        return await self._post(route, body, sent, self.ports.origin("link"))

    async def _post(
        self, route: str, body: object, headers: dict[str, str], origin: str
    ) -> tuple[int, Any]:
        """Return the status and `data`, which is empty for an error."""
        sent = {
            **headers,
            "Content-Type": "application/json",
            "Host": f"{host('link')}:{self.ports.public}",
            "Origin": origin,
            FORWARDED_FOR: self.address,
        }
        url = f"{self.ports.loopback_url}{PREFIX}/elements/{route}"
        async with self.http.post(url, data=json.dumps(body), headers=sent) as response:
            answer = await response.json()
            return response.status, answer.get("data", {})


@dataclass(frozen=True, slots=True)
class Crowd:
    """Sends crowds to the services of one stack."""

    ports: Ports

    async def come(self, request: web.Request) -> web.Response:
        """`POST /dev/crowd`: statuses and how often each came, by what was called."""
        order = await read_body(request, CrowdOrder)
        address = str(_ADDRESSES[secrets.randbelow(_ADDRESSES.num_addresses)])
        async with ClientSession() as http:
            customers = [_Customer(http, self.ports, address) for _ in range(order.customers)]
            handshakes = [await customer.handshake() for customer in customers]
            guests = [customer for customer in customers if customer.token]
            codes = [await guest.ask_for_code() for guest in guests[: order.codes]]
            flood = [await guest.try_code() for guest in guests[-1:] for _ in range(order.flood)]
            late = _Customer(http, self.ports, address)
            afterwards = [await late.handshake()]
        return web.json_response(
            {
                "address": address,
                "handshakes": Counter(handshakes),
                "codes": Counter(codes),
                "flood": Counter(flood),
                "afterwards": Counter(afterwards),
            }
        )


def _own_number() -> dict[str, str]:
    """Return a random phone number of Ghana, one of ten million, as a contact."""
    return {"contact": f"+23324{secrets.randbelow(10**7):07}", "contact_type": "phone"}
