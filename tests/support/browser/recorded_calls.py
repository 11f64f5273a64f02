"""Records the calls of the bridge that a browser made: requests and answers, secrets included."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Response

from tests.support.browser.servers import DEADLINE_S
from tests.support.clients.bridge_client import API

Json = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One call and its answer."""

    route: str
    sent: Json
    headers: dict[str, str]
    status: int
    answer: Json

    @property
    def data(self) -> Json:
        """`data` of a success."""
        assert self.status == 200, self.answer
        data: Json = self.answer["data"]
        return data


@dataclass
class RecordedCalls:
    """The calls recorded so far."""

    exchanges: list[Exchange] = field(default_factory=list)
    _reading: list[asyncio.Task[None]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, context: BrowserContext) -> Self:
        """Record the calls of all pages and frames from now on."""
        calls = cls()
        context.on("response", calls.take)
        return calls

    def take(self, response: Response) -> None:
        """Keep an answer of the bridge."""
        if urlsplit(response.url).path.startswith(API) and response.request.method == "POST":
            self._reading.append(asyncio.ensure_future(self._read(response)))

    async def exchange(self, route: str, times: int = 1) -> Exchange:
        """Wait for the answer to the `times`-th call of a route."""
        async with asyncio.timeout(DEADLINE_S):
            while len(found := [one for one in self.exchanges if one.route == route]) < times:
                self._news.clear()
                await self._news.wait()
        return found[times - 1]

    def secrets(self) -> set[str]:
        """Return all secrets in the calls: tokens, ids of sessions and customers, contacts."""
        found: set[str] = set()
        for exchange in self.exchanges:
            found |= _texts(exchange.sent, _SECRET_FIELDS) | _texts(exchange.answer, _SECRET_FIELDS)
        return found

    async def _read(self, response: Response) -> None:
        request = response.request
        route = urlsplit(response.url).path.removeprefix(f"{API}/")
        answer = await response.json()
        headers = await request.all_headers()
        sent = request.post_data_json or {}
        self.exchanges.append(Exchange(route, sent, headers, response.status, answer))
        self._news.set()


_SECRET_FIELDS = frozenset(
    {
        *("access_token", "refresh_token", "bootstrap_token", "code_verifier"),
        *("id", "customer_id", "account_id", "contact", "otp_code"),
    }
)


def _texts(value: object, names: frozenset[str]) -> set[str]:
    """Return the texts of the fields with these names, at any depth."""
    if not isinstance(value, dict):
        return set()
    found = {inner for name, inner in value.items() if name in names and isinstance(inner, str)}
    return found.union(*(_texts(inner, names) for inner in value.values()))
