"""Other people of a scenario: a crowd behind one address, strangers who guess codes; real calls.

No page can make them: a browser has one address, and the frame's key stays in the frame.
"""

import asyncio
import hashlib
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from itertools import islice
from typing import Any, Final

from aiohttp import ClientSession, web
from pydantic import Field

from link_api.contract.operations import PREFIX
from link_dev.harness.addresses import Ports, host
from link_dev.harness.outbox import Outbox
from link_dev.harness.whose import OfBusiness
from link_dev.testkit.proof_key import ProofKey
from link_kernel.ids import to_base64url
from link_kernel.web.client_address import FORWARDED_FOR
from link_kernel.web.request import read_body

# RFC 2544's networks, which nobody's customers have. Each run takes another address of them.
_ADDRESSES: Final = IPv4Network("198.18.0.0/15")
_BUSINESS: Final = "bus_demo"
_ELEMENT: Final = "payment"
_OK: Final = 200
_TRIES_OF_ONE: Final = 25  # fewer than a session may make in a minute


class CrowdOrder(OfBusiness):
    """How many customers come, how many of them ask for a code, and how often one session calls."""

    customers: int = Field(ge=1, le=200)
    codes: int = Field(ge=0, le=200)
    flood: int = Field(ge=0, le=100)


class StrangersOrder(OfBusiness):
    """For which contact strangers try codes, and how often."""

    contact: str = Field(min_length=3, max_length=254)
    tries: int = Field(ge=1, le=200)


@dataclass
class _Customer:
    """One customer's frame of the demo shop, as the services see it."""

    http: ClientSession
    ports: Ports
    address: str
    business_id: str
    key: ProofKey = field(default_factory=ProofKey)
    token: str = ""

    async def handshake(self) -> int:
        """Start a guest's session; return the status of its last call."""
        verifier = to_base64url(secrets.token_bytes(32))
        challenge = to_base64url(hashlib.sha256(verifier.encode()).digest())
        shop = self.ports.origin("shop")
        asked = {"element": _ELEMENT, "code_challenge": challenge}
        status, data = await self._post(
            f"bootstrap?business_id={self.business_id}", asked, {}, shop
        )
        if status != _OK:
            return status
        body = {
            "bootstrap_token": data["bootstrap_token"],
            "code_verifier": verifier,
            "business_id": self.business_id,
            "element": _ELEMENT,
            "parent_origin": shop,
        }
        status, data = await self._proved("init", body, data["bootstrap_token"])
        self.token = data.get("access_token", "")
        return status

    async def ask_for_code(self) -> int:
        """Ask for a code to a phone number of one's own; return the status."""
        return (await self._signed("request-otp", _claim(_own_number())))[0]

    async def try_code(self, contact: str, code: str) -> int:
        """Try a code for a contact; return the status."""
        return (await self._signed("verify-otp", {**_claim(contact), "otp_code": code}))[0]

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
class Others:
    """Plays other people towards the services of one stack."""

    ports: Ports
    outbox: Outbox

    async def crowd(self, request: web.Request) -> web.Response:
        """`POST /dev/crowd`: statuses and how often each came, by what was called."""
        order = await read_body(request, CrowdOrder)
        address, shop = _new_address(), order.business_id or _BUSINESS
        async with ClientSession() as http:
            customers = [_Customer(http, self.ports, address, shop) for _ in range(order.customers)]
            handshakes = await asyncio.gather(*(customer.handshake() for customer in customers))
            guests = [customer for customer in customers if customer.token][: order.codes]
            codes = await asyncio.gather(*(guest.ask_for_code() for guest in guests))
            flooder = _Customer(http, self.ports, address, shop)
            handshakes.append(await flooder.handshake())
            flood = [await flooder.try_code(_own_number(), "000000") for _ in range(order.flood)]
            late = _Customer(http, self.ports, address, shop)
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

    async def strangers(self, request: web.Request) -> web.Response:
        """`POST /dev/strangers`: statuses of wrong codes for a contact, and how often each came."""
        order = await read_body(request, StrangersOrder)
        right = {sent.code for sent in self.outbox.sent if sent.contact == order.contact}
        codes = (f"{number:06}" for number in range(10**6))
        wrong = [code for code in islice(codes, order.tries + len(right)) if code not in right]
        statuses, shop = Counter[int](), order.business_id or _BUSINESS
        async with ClientSession() as http:
            for first in range(0, order.tries, _TRIES_OF_ONE):
                stranger = _Customer(http, self.ports, _new_address(), shop)
                await stranger.handshake()
                for code in wrong[: order.tries][first : first + _TRIES_OF_ONE]:
                    statuses[await stranger.try_code(order.contact, code)] += 1
        return web.json_response(statuses)


def _new_address() -> str:
    return str(_ADDRESSES[secrets.randbelow(_ADDRESSES.num_addresses)])


def _own_number() -> str:
    """Return a random phone number of Ghana, one of ten million."""
    return f"+23324{secrets.randbelow(10**7):07}"


def _claim(contact: str) -> dict[str, str]:
    return {"contact": contact, "contact_type": "email" if "@" in contact else "phone"}
