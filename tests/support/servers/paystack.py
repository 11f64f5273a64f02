"""A fake Paystack server: successes, errors, and no answer at all."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.servers.production_server import ProductionTestServer

KEY = "sk_test_0123456789abcdefABCDEF"
HOLDER = "AMA SERWAA MENSAH"
UNKNOWN = {
    "status": False,
    "message": "Could not resolve account name. Check parameters or try again.",
}


def known(account: str) -> dict[str, Any]:
    """Return the response for an existing account."""
    return {
        "status": True,
        "message": "Account number resolved",
        "data": {"account_number": account, "account_name": HOLDER, "bank_id": 28},
    }


@dataclass
class FakePaystack:
    """One server: what it is to answer next, and what it was asked.

    Without an `answer` every account exists; `silent` lets a call wait until the server ends.
    """

    url: str = ""
    status: int = 200
    answer: object = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def resolve(self, request: web.Request) -> web.Response:
        """`GET /bank/resolve`."""
        self.asked.append(dict(request.query))
        self.keys.append(request.headers["Authorization"])
        self.heard.set()
        if self.silent:
            await self.over.wait()
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status, headers=self.headers)
        answer = self.answer or known(request.query["account_number"])
        return web.json_response(answer, status=self.status, headers=self.headers)


@asynccontextmanager
async def serving_paystack() -> AsyncIterator[FakePaystack]:
    """Serve the fake on a free port."""
    paystack = FakePaystack()
    app = web.Application()
    app.router.add_get("/bank/resolve", paystack.resolve)
    async with ProductionTestServer(app) as server:
        paystack.url = str(server.make_url("/")).rstrip("/")
        yield paystack
        paystack.over.set()
