"""A receiver of OTP webhooks that checks signatures as `docs/otp-senders.md` documents."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from aiohttp.test_utils import TestServer

GUIDE = Path(__file__).parents[3] / "docs" / "otp-senders.md"
SECRET = "whsec_bm90IGEgc2VjcmV0OiB0aGlzIGlzIG9mIGEgdGVzdA=="
OTHER_SECRET = "whsec_bm90IHRoZSBvbmUgdGhhdCBzaWduZWQgYW55dGhpbmc="

Answer = int | Literal["drop", "hang"]
Verifier = Callable[[str, dict[str, str], bytes], bool]


def documented_verifier() -> Verifier:
    """Return the verification function that the guide gives for a receiver."""
    found = re.search(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102  # our own guide
    verifier: Verifier = names["is_genuine"]
    return verifier


@dataclass(frozen=True)
class Delivery:
    """A request as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        """The parsed body."""
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass
class Receiver:
    """Answers each delivery with the next of `answers`, and with 204 when none is left."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    followed: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Handle one delivery."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.deliveries.append(Delivery(headers, await request.read()))
        answer = self.answers.pop(0) if self.answers else 204
        if answer == "drop":
            assert request.transport
            request.transport.abort()
            return web.Response()
        if answer == "hang":
            await self.closing.wait()
            return web.Response()
        return web.Response(status=answer, headers={"Location": "/elsewhere"})

    async def follow(self, _request: web.Request) -> web.Response:
        """Handle a request that followed a redirect."""
        self.followed += 1
        return web.Response()


@asynccontextmanager
async def hook_receiver(
    *answers: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of loopback."""
    receiver = Receiver(answers=list(answers))
    app = web.Application()
    app.router.add_post("/otp", receiver.take)
    app.router.add_route("*", "/elsewhere", receiver.follow)
    scheme = "https" if tls else "http"
    server = TestServer(app, scheme=scheme, host="127.0.0.1")
    await server.start_server(ssl=tls)
    receiver.url = f"{scheme}://127.0.0.1:{server.port}/otp"
    try:
        yield receiver
    finally:
        receiver.closing.set()
        await server.close()
