"""A running stack for tests that call it from outside its loop, and who calls it."""

import asyncio
import hashlib
import json
import secrets
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from link_dev.stack import Plan, Stack, open_stack
from link_kernel.ids import to_base64url

Json = dict[str, Any]
BUSINESS = "bus_demo"


@contextmanager
def served(plan: Plan) -> Iterator[Stack]:
    """Give a stack that runs in a thread of its own while the context lasts."""
    started: Future[tuple[Stack, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with open_stack(plan) as stack:
            started.set_result((stack, asyncio.get_running_loop(), stop))
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except Exception as error:  # noqa: BLE001  # whoever waits must hear of it
            if not started.done():
                started.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    stack, loop, stop = started.result()
    try:
        yield stack
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@dataclass(frozen=True)
class People:
    """A shop's page, its frames, and customers who sign in."""

    stack: Stack

    @property
    def link(self) -> dict[str, str]:
        """What a frame's calls carry, from an address that nobody else has."""
        return {"Origin": self.stack.origin("link"), "X-Forwarded-For": new_address()}

    def log_in(self) -> Json:
        """Return a new customer's login."""
        contact = new_phone()
        body = {"contact": contact, "contact_type": "phone"}
        sent = {"X-Forwarded-For": new_address()}
        auth = f"{self.stack.ports.link_url}/v1/link/auth"
        post(f"{auth}/request-otp", body, sent)
        code = {"otp_code": self.code_for(contact)}
        return post(f"{auth}/verify-otp", body | code, sent | {"Idempotency-Key": new_key()})

    def code_for(self, contact: str) -> str:
        """Return the newest code that was sent to a contact."""
        url = f"{self.stack.ports.internal_url}/dev/outbox"
        with urllib.request.urlopen(url) as response:  # noqa: S310  # our own listener
            sent = json.load(response)
        return str(next(one["code"] for one in sent if one["contact"] == contact))

    def init_body(self, link_token: str | None = None, *, element: str = "payment") -> Json:
        """Return a body of `init` for a new frame, a guest's or a customer's."""
        verifier = to_base64url(secrets.token_bytes(32))
        challenge = to_base64url(hashlib.sha256(verifier.encode()).digest())
        shop = self.stack.origin("shop")
        credential = {"Authorization": f"Bearer {link_token}"} if link_token else {}
        granted = post(
            f"{self.bridge}/bootstrap?business_id={BUSINESS}",
            {"element": element, "code_challenge": challenge},
            {"Origin": shop, **credential},
        )
        return {
            "bootstrap_token": granted["data"]["bootstrap_token"],
            "code_verifier": verifier,
            "business_id": BUSINESS,
            "element": element,
            "parent_origin": shop,
        }

    def frame(self, link_token: str | None = None, *, element: str = "payment") -> Json:
        """Return the grant of a new frame."""
        body = self.init_body(link_token, element=element)
        granted = post(f"{self.bridge}/init", body, self.link | {"Idempotency-Key": new_key()})
        data: Json = granted["data"]
        return data

    @property
    def bridge(self) -> str:
        """The URL of the bridge's routes."""
        return f"{self.stack.ports.loopback_url}/v1/link/elements"

    def saved(self, route: str, body: Json, token: str) -> str:
        """Save something of a customer's and return its id."""
        url = f"{self.stack.ports.link_url}/v1/link/{route}"
        return str(post(url, body, {"Authorization": f"Bearer {token}"})["data"]["id"])


def new_key() -> str:
    """Return a fresh `Idempotency-Key`."""
    return secrets.token_urlsafe(24)


def new_phone() -> str:
    """Return one of ten million valid numbers."""
    return f"+23324{secrets.randbelow(10**7):07}"


def new_address() -> str:
    """Return one of many addresses, so that nobody's bounds are another's."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


def post(url: str, body: Json, headers: Mapping[str, str]) -> Json:
    """Post JSON and return the JSON of a success."""
    request = urllib.request.Request(  # noqa: S310  # our own listener
        url,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
        method="POST",
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310  # likewise
        answer: Json = json.load(response)
    return answer
