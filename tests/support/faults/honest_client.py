"""A client that obeys the protocol: one `Idempotency-Key` until an answer comes, and no other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aiohttp import ClientError, ClientResponse

from tests.support.clients.bridge_client import Json, granted, new_key
from tests.support.clients.bridge_sign_in import ask
from tests.support.clients.link_client import Customer, new_phone
from tests.support.faults.stack import FaultyStack
from tests.support.frame_key import FrameKey

SERVED: Final = "served"
NO_ANSWER: Final = "no answer"
LOGGED_OUT: Final = "401"
TRIES: Final = 2
"""How many calls the first success after a fault may take."""
_HOME: Final = {
    "label": "Home",
    "street_address": "12 Ring Road",
    "city": "Accra",
    "region": "Accra",
}
_UNAVAILABLE: Final = {(502, "UPSTREAM_UNAVAILABLE"), (503, "STORE_UNAVAILABLE")}


@dataclass
class Call:
    """One call, which is sent again as it is until it is answered."""

    name: str
    send: Callable[[], Awaitable[ClientResponse]]
    data: Any = None
    """What the answer gave, once there is one."""

    async def attempt(self, within_s: float) -> str:
        """Send it; return `SERVED`, `NO_ANSWER`, `LOGGED_OUT` or a passing refusal."""
        try:
            async with asyncio.timeout(within_s):
                response = await self.send()
        except (ClientError, OSError, TimeoutError):
            return NO_ANSWER
        body = await response.json()
        if response.status in {200, 201}:
            self.data = body["data"]
            return SERVED
        if response.status == 401:
            return LOGGED_OUT
        error = body["error"]
        assert (response.status, error["code"]) in _UNAVAILABLE, (self.name, body)
        assert error["retryable"] is True
        assert int(response.headers["Retry-After"]) >= 1
        return f"{response.status} `{error['code']}`"

    async def until_served(self, within_s: float) -> int:
        """Send it until it is served; return how many calls that took."""
        for count in range(1, TRIES + 1):
            answer = await self.attempt(within_s)
            if answer == SERVED:
                return count
        raise AssertionError(f"{self.name}: still {answer} after {TRIES} calls")


@dataclass
class Visit:
    """A frame that refreshes, one that signs in, and a customer who reads and saves an address."""

    stack: FaultyStack
    refreshing: Json
    signing_in: Json
    code: Json
    customer: Customer
    keys: tuple[str, str, str] = field(default_factory=lambda: (new_key(), new_key(), new_key()))

    @classmethod
    async def begin(cls, stack: FaultyStack) -> "Visit":
        """Bring everything so far that each call is the next one."""
        stack = replace(stack, bridge=replace(stack.bridge, frame_key=FrameKey()))
        contact = {"contact": new_phone(), "contact_type": "phone"}
        refreshing, signing_in = await stack.bridge.init(), await stack.bridge.init()
        customer = await stack.link.sign_in()
        await ask(stack.bridge, signing_in, contact)
        code = {**contact, "otp_code": stack.link.outbox.code}
        return cls(stack, refreshing, signing_in, code, customer)

    def calls(self) -> list[Call]:
        """Return the calls of the visit."""
        bridge, customer = self.stack.bridge, self.customer
        refresh_key, code_key, address_key = self.keys
        token = self.signing_in["access_token"]
        return [
            Call("refresh", lambda: bridge.refresh(self.refreshing["refresh_token"], refresh_key)),
            Call(
                "verify-otp",
                lambda: bridge.post("verify-otp", self.code, token=token, key=code_key),
            ),
            Call("read", lambda: customer.call("GET", "addresses")),
            Call("write", lambda: customer.call("POST", "addresses", _HOME, key=address_key)),
        ]

    async def check(self, calls: list[Call]) -> None:
        """Check that everything was done once, and that it goes on.

        A second rotation would have made the successor a spent token, whose use ends the session.
        """
        refreshed, signed_in, _, _ = [call.data for call in calls]
        for grant in (refreshed, signed_in):
            answer = await self.stack.bridge.refresh(grant["refresh_token"])
            await granted(answer)
            assert answer.headers["X-Refresh-Outcome"] == "rotated"
        assert signed_in["session"]["state"] == "authenticated"
        logins = f"link:v1:{{{signed_in['session']['customer_id']}}}:session:*"
        assert len([key async for key in self.stack.redis.scan_iter(logins)]) == 1
        assert len(await self.customer.get("addresses")) == 1
